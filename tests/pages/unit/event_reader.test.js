import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventReader } from '../../../bank-demo/pages/common/event_reader.js';

const stream =
  '\ufeffretry: 1000\n\n' +
  'id: 7\nevent: transfer.posted\ndata: {"a":1}\n\n' +
  ':\n\n' +
  'event: gap\r\ndata: one\r\ndata:two\r\ndata\r\n\r\n' +
  'id\rdata: x\r\r' +
  'event: lost\n\n' +
  'unknown: field\nid: 9\ndata:  two blanks\n\n' +
  'data: never whole';

const expected = [
  { type: 'transfer.posted', data: '{"a":1}', id: '7' },
  { type: 'gap', data: 'one\ntwo\n', id: '7' },
  { type: 'message', data: 'x', id: '' },
  { type: 'message', data: ' two blanks', id: '9' },
];

test('events are read by the standard', () => {
  const reader = new EventReader();
  assert.deepEqual(reader.push(stream), expected);
  assert.equal(reader.lastId, '9');
  assert.equal(reader.retryMs, 1000);
});

test('the stream may be cut anywhere', () => {
  for (let cut = 0; cut <= stream.length; ++cut) {
    const reader = new EventReader();
    const events = [...reader.push(stream.slice(0, cut)), ...reader.push(''), ...reader.push(stream.slice(cut))];
    assert.deepEqual(events, expected, `cut at ${cut}`);
  }
  const reader = new EventReader();
  assert.deepEqual([...stream].flatMap((c) => reader.push(c)), expected);
});

test('an id counts when its event is complete, with or without data', () => {
  const reader = new EventReader('3');
  assert.deepEqual(reader.push('id: 8\n'), []);
  assert.equal(reader.lastId, '3');
  assert.deepEqual(reader.push('\nid: 9\ndata: half'), []);
  assert.equal(reader.lastId, '8');
});

test('a reconnecting client keeps its last id', () => {
  assert.deepEqual(new EventReader('41').push('data: x\n\n'), [{ type: 'message', data: 'x', id: '41' }]);
});
