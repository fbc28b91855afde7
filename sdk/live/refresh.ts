// The generated TypeScript client at a running service: what tsc knows of its answers, and that they come.
import { type ErrorResponse, type VerifaVersion, refreshAuthSession } from '../generated/typescript/index.js';
import { createClient } from '../generated/typescript/client/index.js';

/** Compiles only where the type of the value is exactly the one named: assertType<boolean>()(value). */
const assertType =
  <Expected>() =>
  <Actual>(_value: Actual, ..._same: (<T>() => T extends Actual ? 1 : 2) extends <T>() => T extends Expected ? 1 : 2 ? [] : [never]) => {};

const fail = (what: string, found: unknown): never => {
  console.error(`typescript: ${what}: ${JSON.stringify(found)}`);
  process.exit(1);
};

// The scheme of the document that is a cookie is the token's; the API key, the other one, is left out.
const client = (token: string | undefined) =>
  createClient({ baseUrl: process.env['SERVICE'] ?? '', auth: ({ in: place }) => (place === 'cookie' ? token : undefined) });

const version: VerifaVersion = '2026-01-01';
const good = await refreshAuthSession({ client: client(process.env['TOKEN']), headers: { 'Verifa-Version': version } });
if (good.data === undefined) fail('not refreshed', good.error);
else {
  assertType<boolean>()(good.data.refreshed);
  if (good.data.refreshed !== true || good.response.headers.get('Verifa-Version') !== version) fail('not refreshed as asked', good.data);
}

const bad = await refreshAuthSession({ client: client('a.b.c') });
if (bad.error === undefined) fail('not refused', bad.data);
else {
  assertType<ErrorResponse>()(bad.error);
  if (bad.error.error !== 'unauthorized' || bad.error.status_code !== 401) fail('not refused as unauthorized', bad.error);
}

// @ts-expect-error: a version that the document does not list does not compile
const other: VerifaVersion = '1999-01-01';
void other;

console.log('typescript: refreshed, and refused');
