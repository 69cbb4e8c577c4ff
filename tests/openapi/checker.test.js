// The faults that the comparison finds. Without these tests, finding nothing would prove nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { areDisjoint } from './support/disjoint.js';
import { readDocument } from './support/document.js';
import { ExchangeChecker } from './support/exchange_checker.js';

const document = readDocument();
const example = (name) => structuredClone(document.components.schemas[name].examples[0]);
const account = example('account');
const problem = example('problem');

const read = (answer = {}, request = {}) => ({
  request: { method: 'GET', target: `/v1/accounts/${account.id}`, headers: {}, body: '', ...request },
  answer: {
    status: 200,
    headers: { 'content-type': 'application/json', 'x-request-id': 'r', etag: '"7"', ...answer.headers },
    body: answer.text ?? JSON.stringify({ ...account, ...answer.body }),
    ...(answer.status ? { status: answer.status } : {}),
  },
});
const move = (answer = {}, body = example('new_transfer')) => ({
  request: { method: 'POST', target: '/v1/transfers', headers: {}, body: JSON.stringify(body) },
  answer: {
    status: answer.status ?? 422,
    headers: { 'content-type': 'application/problem+json', 'x-request-id': problem.request_id, ...answer.headers },
    body: JSON.stringify({ ...problem, ...answer.body }),
  },
});
const made = (body) => ({
  request: move({}, body).request,
  answer: { status: 201, headers: { 'content-type': 'application/json', 'x-request-id': 'r' }, body: JSON.stringify(example('transfer')) },
});
const json = { 'content-type': 'application/problem+json', 'x-request-id': problem.request_id };
const unavailable = { status: 503, code: 'overloaded', retry_after: 1 };

test('finds no fault in described answers', () => {
  const checker = new ExchangeChecker(document);
  const live = { status: 200, headers: { 'content-type': 'application/json', 'x-request-id': 'r' }, body: '{"status":"live"}' };
  const probed = { request: { method: 'GET', target: '/livez?anything', headers: {}, body: '' }, answer: live };
  for (const exchange of [read(), move(), probed, read({ text: '' }, { method: 'HEAD' }), read({}, { target: `/v1/%61ccounts/${account.id}` })]) {
    assert.deepEqual(checker.check(exchange), []);
  }
  const missing = { status: 404, headers: json, body: { ...problem, status: 404, code: 'not_found' } };
  const nowhere = { ...move(missing), answer: { status: 404, headers: json, body: JSON.stringify(missing.body) } };
  for (const target of ['/nowhere', '//accounts?owner=alice']) {
    assert.deepEqual(checker.check({ ...nowhere, request: { method: 'GET', target, headers: {}, body: '' } }), []);
  }
});

for (const [what, exchange, fault] of [
  ['a status', read({ status: 202 }), 'getAccount does not describe the status 202'],
  ['a member', read({ body: { colour: 'red' } }), 'the answer: it must NOT have unevaluated properties (colour)'],
  ['a member within', read({ body: { balance: { ...account.balance, held: 1 } } }), 'the answer: /balance must NOT have unevaluated properties (held)'],
  ['a missing member', read({ body: { version: undefined } }), "the answer: it must have required property 'version'"],
  ['a value', read({ body: { state: 'melted' } }), 'the answer: /state must be equal to one of the allowed values'],
  ['a time', read({ body: { created_at: 'yesterday' } }), 'the answer: /created_at must match format "date-time"'],
  ['a content type', read({ headers: { 'content-type': 'text/plain' } }), 'the content type text/plain is not described'],
  ['a header', read({ headers: { 'x-mood': 'good' } }), 'the header x-mood is not described'],
  ['a missing header', read({ headers: { etag: undefined } }), 'the header ETag is missing'],
  ['a body of HEAD', read({}, { method: 'HEAD' }), 'HEAD has a body'],
  ['a parameter', read({}, { target: `/v1/accounts/${account.id}?colour=red` }), 'the parameter colour is not described'],
  ['a code', move({ body: { code: 'not_found' } }), 'its response does not name the code not_found'],
  ['another status inside', move({ body: { status: 409 } }), "the problem's status is 409, the answer's 422"],
  ['another request id', move({ body: { request_id: 'other' } }), 'the problem has another request id'],
  ['no outcome', move({ status: 503, headers: { 'retry-after': '1' }, body: unavailable }), 'there is no outcome'],
  ['no Retry-After', move({ status: 503, body: { ...unavailable, outcome: 'none' } }), 'the header Retry-After is missing'],
  ['a request that should be refused', made({ ...example('new_transfer'), tip: 1 }), 'the request: it must NOT have additional properties (tip)'],
  ['a method in lower case', { ...move(), request: { method: 'post', target: '/v1/transfers' } }, 'the status 422 is described for no operation, and is not 405'],
  ['a method', { ...move(), request: { method: 'PUT', target: '/v1/transfers' } }, 'the status 422 is described for no operation, and is not 405'],
]) {
  test(`finds ${what} that is not described`, () => {
    const headers = Object.fromEntries(Object.entries(exchange.answer.headers).filter(([, value]) => value !== undefined));
    const faults = new ExchangeChecker(document).check({ ...exchange, answer: { ...exchange.answer, headers } });
    assert.ok(faults.includes(fault), JSON.stringify(faults));
  });
}

test('lists successes that it has not seen', () => {
  const checker = new ExchangeChecker(document);
  checker.check(read());
  assert.ok(!checker.unseen().includes('getAccount 200'));
  assert.ok(checker.unseen().includes('getAccount 304') && checker.unseen().includes('openWebSocket 101'));
});

for (const [what, a, b, disjoint] of [
  ['a format is no difference', { type: 'string', format: 'uuid' }, { type: 'string', const: 'world' }, false],
  ['a pattern is one', { type: 'string', pattern: '^[0-9]+$' }, { type: 'string', const: 'world' }, true],
  ['types are', { type: 'string' }, { type: ['integer', 'null'] }, true],
  ['an integer is a number', { type: 'integer' }, { type: 'number' }, false],
  ['a range may leave a value out', { type: 'integer', const: 201 }, { type: 'integer', minimum: 400 }, true],
  ['members that may be missing are none', { type: 'object', properties: { a: { const: 1 } } }, { type: 'object', properties: { a: { const: 2 } } }, false],
  ['members that both need are', { type: 'object', required: ['a'], properties: { a: { const: 1 } } },
    { type: 'object', required: ['a'], properties: { a: { const: 2 } } }, true],
]) {
  test(`branches of a oneOf: ${what}`, () => assert.equal(areDisjoint(document, a, b), disjoint));
}
