// What README.md says of installing works, in an empty project: the module is found, and so are its types.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const DASHBOARD = fileURLToPath(new URL("..", import.meta.url));
const PAGE = await readFile(join(DASHBOARD, "README.md"), "utf8");
const START = PAGE.slice(0, PAGE.indexOf("```js"));
const WAYS = {
  "as a tarball": [...START.matchAll(/^ {4}(npm .*)$/gm)].map(([, command]) => command),
  "as a link": [/`(npm install [^`]+)`/.exec(START)[1]],
};
const TYPED = `import { keepSession } from "session-keeper";
keepSession({ url: "/refresh", onExpired: () => {} }).stop();
// @ts-expect-error: an option that the declarations do not have
keepSession({ nonsense: 1 });
`;
const FOUND = `import { keepSession } from "session-keeper"; console.log(typeof keepSession)`;

for (const [way, commands] of Object.entries(WAYS)) {
  test(`installed ${way}, it is found by node and by tsc`, async (t) => {
    const project = await mkdtemp(join(tmpdir(), "project-"));
    t.after(() => rm(project, { recursive: true }));
    await writeFile(join(project, "package.json"), '{"type": "module"}');
    await writeFile(join(project, "page.ts"), TYPED);
    await symlink(join(DASHBOARD, ".."), join(project, "session-refresh"));
    // Nothing is fetched, and the settings of the npm that runs this test are not this project's.
    const kept = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name));
    const env = { ...Object.fromEntries(kept), npm_config_offline: "true", npm_config_audit: "false" };
    const run = (file, ...parts) => execFileSync(file, parts, { cwd: project, env, encoding: "utf8", stdio: "pipe" });

    assert.notEqual(commands.length, 0);
    for (const command of commands) run("sh", "-c", command);
    assert.equal(run("node", "--input-type=module", "--eval", FOUND), "function\n");
    const tsc = join(DASHBOARD, "node_modules", ".bin", "tsc");
    run(tsc, "--noEmit", "--strict", "--module", "nodenext", "page.ts");
  });
}
