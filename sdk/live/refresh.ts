// The generated TypeScript client at a running service: what tsc knows of its answers, and that they come.
import { type ApiVersion, type ErrorResponse, refreshAuthSession } from '../generated/typescript/index.js';
import { createClient } from '../generated/typescript/client/index.js';

/** Compiles only where the type of the value is exactly the one named: assertType<boolean>()(value). */
const assertType =
  <Expected>() =>
  <Actual>(_value: Actual, ..._same: (<T>() => T extends Actual ? 1 : 2) extends <T>() => T extends Expected ? 1 : 2 ? [] : [never]) => {};

const fail = (what: string, found: unknown): never => {
  console.error(`typescript: ${what}: ${JSON.stringify(found)}`);
  process.exit(1);
};

/** Sends the token with each request, and the API key if there is one: a cookie and a header of the document. */
const client = (token: string, key?: string) =>
  createClient({ baseUrl: process.env['SERVICE'] ?? '', auth: ({ in: place }) => (place === 'cookie' ? token : key) });

/** Refreshes a session, and returns the token that takes the place of this one. */
const next = async (token: string) => {
  const headers = { 'Verifa-Version': '2026-01-01' } as const;
  const { response } = await refreshAuthSession({ client: client(token), headers, throwOnError: true });
  return /^vk_org_token=([^;]+)/.exec(response.headers.get('Set-Cookie') ?? '')?.[1] ?? '';
};

const token = process.env['TOKEN'] ?? '';
const second = await next(token);
if (second === token || (await next(second)) === '') fail('the token stayed the same, or is none', second);

const good = await refreshAuthSession({ client: client(token, process.env['API_KEY']) });
if (good.data === undefined) fail('not refreshed by key', good.error);
else {
  assertType<boolean>()(good.data.refreshed);
  const version: ApiVersion = '2026-01-01';
  if (good.data.refreshed !== true || good.response.headers.get('Verifa-Version') !== version) fail('not the version of the key', good.data);
}

const bad = await refreshAuthSession({ client: client('a.b.c') });
if (bad.error === undefined) fail('not refused', bad.data);
else {
  assertType<ErrorResponse>()(bad.error);
  if (bad.error.error !== 'unauthorized' || bad.error.status_code !== 401) fail('not refused as unauthorized', bad.error);
}

// @ts-expect-error: a version that the document does not list does not compile
const other: ApiVersion = '1999-01-01';
void other;

console.log('typescript: refreshed, and refused');
