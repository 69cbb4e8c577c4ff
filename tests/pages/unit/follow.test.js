import assert from 'node:assert/strict';
import { test } from 'node:test';
import { follow, waitBefore } from '../../../bank-demo/pages/common/follow.js';

/** Replaces the network: one connection after another, as listed. */
function network(t, connections) {
  const asked = [];
  t.mock.method(globalThis, 'fetch', async (url, { headers, signal }) => {
    asked.push(headers);
    const next = connections.shift();
    if (next === undefined) return new Promise((_, no) => signal.addEventListener('abort', () => no(signal.reason)));
    if (next === 'refused') throw new TypeError('fetch failed');
    if (typeof next === 'number') return new Response('{}', { status: next, headers: { 'Retry-After': '0' } });
    return new Response(next);
  });
  return asked;
}

/** Runs until `enough` callbacks were called. */
function hear(enough) {
  const received = [];
  return new Promise((resolve) => {
    const note = (what) => {
      received.push(what);
      if (received.length === enough) {
        stream.stop();
        resolve(received);
      }
    };
    const stream = follow('http://bank/v1/events', 'secret', {
      onOpen: (again) => note(again ? 'again' : 'open'),
      onEvent: (e) => note(e.data.n ?? e.type),
      onLost: () => (note('lost'), queueMicrotask(() => setTimeout(() => stream.hurry(), 0))),
      onRefused: () => note('refused'),
    });
  });
}

test('it resumes after the last delivered event', async (t) => {
  const asked = network(t, ['id: 4\ndata: {"n":4}\n\nid: 5\ndata: {"n":5}\n\nid: 6\ndata: {"n"', 'refused', 503, 'id: 6\ndata: {"n":6}\n\n']);
  assert.deepEqual(await hear(8), ['open', 4, 5, 'lost', 'lost', 'lost', 'again', 6]);
  assert.deepEqual(asked.slice(0, 4).map((h) => h['Last-Event-ID']), [undefined, '5', '5', '5']);
  assert.ok(asked.every((h) => h.Authorization === 'Bearer secret'));
});

test('a refused token ends it', async (t) => {
  const asked = network(t, ['data: {"n":1}\n\n', 401]);
  assert.deepEqual(await hear(4), ['open', 1, 'lost', 'refused']);
  assert.equal(asked.length, 2);
});

test('an event that is not JSON, or makes its listener throw, is skipped', async (t) => {
  network(t, ['id: 1\ndata: {nonsense\n\nid: 2\ndata: {"n":2}\n\n']);
  const said = t.mock.method(console, 'error', () => {});
  assert.deepEqual(await hear(2), ['open', 2]);
  assert.equal(said.mock.callCount(), 1);
});

test('its wait doubles each time, up to a limit, with jitter', () => {
  assert.equal(waitBefore(0, 1), 500);
  assert.equal(waitBefore(3, 1), 4000);
  assert.equal(waitBefore(1000, 1), 8000);
  assert.equal(waitBefore(3, 0), 2000);
});
