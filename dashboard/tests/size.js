// What a page pays for the module: minified, gzipped. Fails above the limit.
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { minify } from "terser";

const LIMIT = 3584;
const source = await readFile(new URL("../session-keeper.js", import.meta.url), "utf8");
const { code } = await minify(source, { module: true });
const size = gzipSync(code, { level: 9 }).length;
console.log(`session-keeper.js: ${size} bytes minified and gzipped, of ${LIMIT}`);
process.exitCode = size > LIMIT ? 1 : 0;
