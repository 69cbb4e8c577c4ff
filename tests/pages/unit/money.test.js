import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { amountText, exponentOf, moneyText, parseAmount } from '../../../bank-demo/pages/common/money.js';

const ledger = readFileSync(new URL('../../../actors/lifeline/ledger/values/money.cpp', import.meta.url), 'utf8');

/** The codes of one of the ledger's lists. */
const listed = (name) => {
  const text = new RegExp(`${name} =\\s*((?:"[A-Z ]+"\\s*)+);`).exec(ledger)[1];
  return text.match(/[A-Z]{3}/g);
};

test('every currency has as many decimals as in the ledger', () => {
  const lists = { without_decimals: 0, two_decimals: 2, three_decimals: 3, four_decimals: 4 };
  let known = 0;
  for (const [name, decimals] of Object.entries(lists)) {
    for (const code of listed(name)) {
      assert.equal(exponentOf(code), decimals, code);
      known += 1;
    }
  }
  assert.ok(known > 150, `${known} currencies`);
});

test('amounts are written out exactly, to the largest', () => {
  for (const [minor, currency, text] of [
    [0, 'USD', '0.00'], [5, 'USD', '0.05'], [-5, 'USD', '−0.05'], [123456, 'USD', '1,234.56'],
    [123456, 'JPY', '123,456'], [0, 'JPY', '0'], [1234, 'BHD', '1.234'], [-1, 'CLF', '−0.0001'],
    [Number.MAX_SAFE_INTEGER, 'USD', '90,071,992,547,409.91'], [2n ** 60n, 'JPY', '1,152,921,504,606,846,976'],
  ]) assert.equal(amountText(minor, currency), text);
  assert.equal(moneyText(100, 'USD'), '1.00\u00a0USD');
});

test('what is typed is read exactly', () => {
  for (const [typed, currency, minor] of [
    ['12', 'USD', 1200], ['12.5', 'USD', 1250], ['12,50', 'USD', 1250], ['.5', 'USD', 50], ['12.', 'USD', 1200],
    [' 1 234.56 ', 'USD', 123456], ['1,234.56', 'USD', 123456], ['1,234,567', 'USD', 123456700],
    ['0.1', 'USD', 10], ['0.29', 'USD', 29], ['1.15', 'USD', 115], ['4.35', 'USD', 435], ['007', 'JPY', 7],
    ['1.234', 'BHD', 1234], ['12,345', 'XXX', undefined], ["1'000", 'CHF', 100000],
    ['90071992547409.91', 'USD', Number.MAX_SAFE_INTEGER],
  ]) assert.equal(parseAmount(typed, currency).minor, minor, typed);
});

test('an invalid or ambiguous amount is refused with a text', () => {
  for (const [typed, currency, words] of [
    ['', 'USD', /Enter an amount/], ['-5', 'USD', /more than zero/], ['−5', 'USD', /more than zero/],
    ['0', 'USD', /more than zero/], ['0.00', 'USD', /more than zero/], ['abc', 'USD', /digits, like 12\.50/],
    ['1e3', 'USD', /digits/], ['0x10', 'USD', /digits/], ['.', 'USD', /digits/], ['1.2.3', 'USD', /digits/],
    ['1,234', 'USD', /decimal point/], ['1.234', 'USD', /2 decimals at most/], ['1.5', 'JPY', /no decimals/],
    ['12 34', 'USD', /digits/], ['90071992547409.92', 'USD', /too large for a transfer/], ['1,234,50', 'USD', /digits|decimal point/],
  ]) {
    const { error, minor } = parseAmount(typed, currency);
    assert.equal(minor, undefined, typed);
    assert.match(error, words, typed);
  }
});

test('reading undoes writing, for any amount', () => {
  const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
  console.log(`SEED=${seed}`);
  let state = seed;
  const random = () => (state = (state * 48271 + 11) % 2147483647) / 2147483647;
  for (let i = 0; i < 5000; ++i) {
    const currency = ['USD', 'JPY', 'BHD', 'CLF'][i % 4];
    const minor = 1 + Math.floor(random() * 10 ** (1 + Math.floor(random() * 15)));
    const text = amountText(minor, currency).replaceAll(',', '');
    assert.equal(parseAmount(text, currency).minor, minor, text);
  }
});
