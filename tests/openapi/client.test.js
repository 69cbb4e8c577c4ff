// Generates a client from the description that a node serves, compiles it, and uses it with that node.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';
import { BankNode } from '../pages/support/bank_node.js';
import { ExchangeChecker } from './support/exchange_checker.js';

const folder = process.env.CLIENT_FOLDER;
if (!folder) throw new Error('CLIENT_FOLDER must name a folder: start these tests with ctest');
const here = (name) => fileURLToPath(new URL(name, import.meta.url));

let node, document, checker, walk, bank, account;
const faults = [];

/** Asks again for what is there: it can't be newer than anything. */
async function expectNotModified(request) {
  const again = new Request(request.url, { headers: request.headers });
  again.headers.set('If-None-Match', '*');
  const { status } = await checkedFetch(again);
  if (status !== 304) faults.push(`${request.url}: ${status} with If-None-Match: *`);
}

/** Forwards the client's requests, and compares the answers with the description. */
async function checkedFetch(request) {
  const sent = await request.clone().text();
  const response = await fetch(request);
  const isStream = response.headers.get('content-type') === 'text/event-stream';
  const body = isStream ? '' : await response.clone().text();
  const { pathname, search } = new URL(request.url);
  const found = checker.check({
    request: { method: request.method, target: pathname + search, headers: Object.fromEntries(request.headers), body: sent },
    answer: { status: response.status, headers: Object.fromEntries(response.headers), body },
  });
  faults.push(...found.map((fault) => `${request.method} ${pathname}: ${fault}`));
  if (request.method === 'GET' && response.ok && response.headers.has('etag')) await expectNotModified(request);
  return response;
}

/** Returns the compiler's errors, one per line. */
function compile() {
  const program = ts.createProgram([join(folder, 'walk.ts')], {
    strict: true,
    noUncheckedIndexedAccess: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.asynciterable.d.ts'],
    types: [],
    skipLibCheck: true,
  });
  const { diagnostics } = program.emit();
  return [...ts.getPreEmitDiagnostics(program), ...diagnostics].map((d) => {
    const line = d.file ? d.file.getLineAndCharacterOfPosition(d.start).line + 1 : 0;
    return `${d.file?.fileName}:${line}: ${ts.flattenDiagnosticMessageText(d.messageText, '\n')}`;
  });
}

before(async () => {
  node = await BankNode.start();
  document = await (await fetch(`${node.url}/openapi.json`)).json();
  checker = new ExchangeChecker(document);
});
after(() => node.stop());

test('a client is generated, and compiles with the calls below', async () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  symlinkSync(here('node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  writeFileSync(join(folder, 'api.d.ts'), astToString(await openapiTS(structuredClone(document))));
  copyFileSync(here('client/walk.ts'), join(folder, 'walk.ts'));
  assert.deepEqual(compile(), []);
  walk = await import(pathToFileURL(join(folder, 'walk.js')));
  bank = walk.clientOf(node.url, node.adminToken, checkedFetch);
});

test('it opens accounts and moves money', async () => { account = await walk.openAndMove(bank); });
test('it pages through lists', () => walk.pageThroughLists(bank, account));
test('it posts and voids holds', () => walk.holdMoney(bank, account));
test('it sends a batch of transfers', () => walk.moveMany(bank, account));
test('it creates standing orders', () => walk.orderPayments(bank, account));
test('it runs jobs until they end', () => walk.runJobs(bank, account));
test('it issues and revokes tokens', () => walk.manageTokens(bank, (token) => walk.clientOf(node.url, token, checkedFetch)));
test('it reads errors', () => walk.readErrors(bank, account));
test('it reads the operations data', () => walk.watchTheNode(bank));

test('all its answers are as described, and no operation was left out', () => {
  assert.deepEqual(faults, []);
  // A WebSocket is not fetched; a job that has ended can't be cancelled.
  assert.deepEqual(checker.unseen(), ['openWebSocket 101', 'cancelJob 200']);
});
