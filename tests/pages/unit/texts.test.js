import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Problem } from '../../../bank-demo/pages/common/api.js';
import { isUuid, makeUuid } from '../../../bank-demo/pages/common/uuid.js';
import { transferTrouble } from '../../../bank-demo/pages/customer/problems.js';
import { directionOf, eventTexts } from '../../../bank-demo/pages/customer/texts.js';

globalThis.crypto ??= webcrypto;  // Node.js 18 has none, browsers do

const codes = readFileSync(new URL('../../../bank-demo/bank/api/http/problem.cpp', import.meta.url), 'utf8');
const account = { currency: 'USD', balance: { available: 1000 } };

/** Codes that the page's requests can't cause: they are bugs, and the node's detail is shown. */
const defects = ['malformed_json', 'invalid_field', 'method_not_allowed', 'in_progress', 'request_timeout',
  'target_too_long', 'unsupported_media_type', 'headers_too_large', 'amount_above_hold', 'internal',
  'precondition_failed', 'expectation_failed', 'upgrade_required', 'not_implemented', 'quota_exceeded'];

test('every problem of a transfer has its own text', () => {
  const all = [...codes.matchAll(/^ {4}\{"([a-z_]+)", [45]\d\d,/gm)].map((m) => m[1]);
  assert.ok(all.length > 25);
  for (const code of all.filter((c) => !defects.includes(c))) {
    const { text } = transferTrouble(new Problem(422, { code, detail: 'DETAIL' }), { currency: 'USD' }, account);
    assert.doesNotMatch(text, /DETAIL|undefined|Something went wrong/, code);
  }
  const { text } = transferTrouble(new Problem(500, { code: 'internal', detail: 'a bug', request_id: 'r-1' }), {}, account);
  assert.match(text, /a bug \(request r-1\)/);
});

test('a problem is shown at its field', () => {
  const of = (body) => transferTrouble(new Problem(422, body), { currency: 'USD' }, account);
  assert.deepEqual(of({ code: 'insufficient_funds' }),
    { field: 'amount', text: 'Not enough money in that account: 10.00\u00a0USD available.' });
  assert.equal(of({ code: 'not_found' }).field, 'to');
  assert.deepEqual(of({ code: 'invalid_field', field: 'memo', detail: 'too long' }), { field: 'memo', text: 'Invalid input: too long.' });
});

test('a transfer is described from the viewer’s side', () => {
  const own = new Map([['a', { id: 'a', type: 'checking', ref: 'checking' }], ['b', { id: 'b', type: 'savings', ref: 'rainy days' }]]);
  const of = (from, to) => directionOf({ from, to }, own);
  assert.deepEqual(of('a', 'x-123456'), { title: 'Paid', other: 'to account\u00a0…\u2060123456', sign: -1 });
  assert.deepEqual(of('x-123456', 'b'), { title: 'Received', other: 'from account\u00a0…\u2060123456', sign: 1 });
  assert.deepEqual(of('a', 'b'), { title: 'Between your accounts', other: 'Checking to Savings · rainy days', sign: 0 });
  assert.equal(of('world', 'a').title, 'Deposit');
  assert.equal(of('a', 'world').title, 'Withdrawal');
});

test('every type of event has a text, an unknown one has none', () => {
  const own = new Map();
  const data = { id: 'i', from: 'a-1', to: 'b-2', amount: 1, currency: 'USD', type: 'checking', state: 'open', missed: 3 };
  for (const type of ['transfer.posted', 'transfer.pending', 'transfer.voided', 'transfer.expired', 'transfer.rejected',
    'transfer.scheduled', 'account.opened', 'account.changed', 'gap']) {
    const texts = eventTexts({ type, data }, own);
    assert.doesNotMatch(`${texts.title} ${texts.detail}`, /undefined|transfer\.|account\./, type);
  }
  assert.equal(eventTexts({ type: 'transfer.voided', data }, own).title, 'Scheduled transfer cancelled');
  assert.equal(eventTexts({ type: 'transfer.voided', data: { ...data, held_amount: 1 } }, own).title, 'Hold released');
  assert.equal(eventTexts({ type: 'system.closing', data: {} }, own), undefined);
});

test('identifiers are distinct UUIDs of version 4', () => {
  const made = new Set(Array.from({ length: 1000 }, makeUuid));
  assert.equal(made.size, 1000);
  for (const id of made) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.ok(isUuid('01935F2E-7a00-7000-8000-000000000001'));
  assert.ok(!isUuid('01935f2e7a00-7000-8000-000000000001'));
});
