// Compares every answer recorded by the API's tests (tests/api) with the API's description.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDocument } from './support/document.js';
import { ExchangeChecker } from './support/exchange_checker.js';
import { recordedExchanges } from './support/recorded.js';

const folder = process.env.EXCHANGE_FOLDER;
if (!folder) throw new Error('EXCHANGE_FOLDER must name a folder: start these tests with ctest');

const checker = new ExchangeChecker(readDocument());
const shown = 50;

test('each answer is as described', (t) => {
  const faults = new Map();
  let count = 0;
  for (const exchange of recordedExchanges(folder)) {
    ++count;
    const { method, target } = exchange.request;
    for (const fault of checker.check(exchange)) {
      const where = `${exchange.test}: ${method} ${target?.slice(0, 100)} ${exchange.answer.status}`;
      if (!faults.has(fault)) faults.set(fault, where);
    }
  }
  t.diagnostic(`${count} answers`);
  assert.ok(count > 0, 'the tests of the API recorded nothing');
  assert.deepEqual([...faults].slice(0, shown).map(([fault, where]) => `${fault} (${where})`), []);
});

test('each described success was answered', () => {
  // 304 is tested for every operation by the client (client.test.js).
  assert.deepEqual(checker.unseen().filter((name) => !name.endsWith(' 304')), []);
});
