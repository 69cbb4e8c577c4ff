// The node's events with npm's `eventsource` and `ws`: clients that are independent of this project.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { once } from 'node:events';
import { EventSource } from 'eventsource';
import WebSocket from 'ws';
import { BankNode } from './support/bank_node.js';

const ledgerEvents = ['account.opened', 'account.changed', 'transfer.posted', 'transfer.pending', 'transfer.voided',
  'transfer.expired', 'transfer.rejected', 'transfer.scheduled'];

/** Subscribes with EventSource; keeps the headers of each request. (An id without data, with which a
 * stream begins, it does not heed, as browsers do: customer.test.js has that.) */
function listen(node, query = '', token = node.adminToken) {
  const requests = [];
  const source = new EventSource(`${node.url}/v1/events${query}`, {
    fetch: (url, init) => {
      const headers = { ...init.headers, Authorization: `Bearer ${token}` };
      requests.push(headers);
      return fetch(url, { ...init, headers });
    },
  });
  open.push(source);
  const received = [];
  for (const type of [...ledgerEvents, 'gap', 'system.closing'])
    source.addEventListener(type, (e) => received.push({ type, id: e.lastEventId, data: JSON.parse(e.data) }));
  return { source, received, requests };
}

/** Connections left open by a failed test would keep the program running. */
const open = [];
afterEach(() => open.splice(0).forEach((one) => one.close()));

async function until(claim) {
  const giveUp = Date.now() + 30_000;
  while (!claim()) {
    if (Date.now() > giveUp) throw new Error(`never came true: ${claim}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A WebSocket and what comes over it. */
async function dial(node, query = '', token = node.adminToken) {
  const socket = new WebSocket(`${node.url.replace('http', 'ws')}/v1/ws${query}`, { headers: { Authorization: `Bearer ${token}` } });
  open.push(socket);
  const received = [];
  socket.on('message', (bytes, isBinary) => {
    assert.equal(isBinary, false);
    received.push(JSON.parse(bytes.toString()));
  });
  socket.on('error', () => {});
  await once(socket, 'open');
  return { socket, received };
}

async function deposits(node, account, n) {
  const made = [];
  for (let i = 1; i <= n; ++i) made.push((await node.transfer('world', account.id, i)).id);
  return made;
}

describe('eventsource', () => {
  let node;
  before(async () => (node = await BankNode.start()));
  after(async () => assert.equal(await node.stop(), 0));

  test('receives every event once, in order, also across a kill of the node', { timeout: 60_000 }, async () => {
    const account = await node.account('alice', 'checking');
    const { source, received, requests } = listen(node);
    await once(source, 'open');
    const made = await deposits(node, account, 20);
    await until(() => received.length === made.length);
    const broken = new Promise((resolve) => source.addEventListener('error', resolve, { once: true }));
    await node.kill();
    await broken;
    await node.begin();
    made.push(...(await deposits(node, account, 20)));
    await until(() => received.length >= made.length);
    source.close();
    assert.deepEqual(received.map((e) => e.data.id), made);
    const ids = received.map((e) => Number(e.id));
    assert.ok(ids.every((id, i) => i === 0 || id === ids[i - 1] + 1), `${ids}`);
    assert.equal(requests[0]['Last-Event-ID'], undefined);
    assert.equal(requests.at(-1)['Last-Event-ID'], String(ids[19]));
  });

  test('receives events of its own accounts only', { timeout: 60_000 }, async () => {
    const { source, received } = listen(node, '', node.tokens.bob);
    await once(source, 'open');
    await deposits(node, await node.account('alice', 'checking'), 3);
    const [own] = await deposits(node, await node.account('bob', 'checking'), 1);
    await until(() => received.length > 0);
    source.close();
    assert.deepEqual(received.map((e) => e.data.id), [own]);
  });

  test('is refused without a token, and does not reconnect', { timeout: 60_000 }, async () => {
    const { source } = listen(node, '', 'wrong');
    const [event] = await once(source, 'error');
    assert.equal(event.code, 401);
    assert.equal(source.readyState, EventSource.CLOSED);
  });
});

describe('ws', () => {
  let node;
  before(async () => (node = await BankNode.start()));
  after(async () => assert.equal(await node.stop(), 0));

  test('receives the same events as eventsource', { timeout: 60_000 }, async () => {
    const { source, received: bySse } = listen(node);
    await once(source, 'open');
    const { socket, received } = await dial(node);
    await deposits(node, await node.account('alice', 'savings'), 10);
    await until(() => received.length === 10 && bySse.length === 10);
    source.close();
    socket.close();
    const [code] = await once(socket, 'close');
    assert.equal(code, 1000);
    assert.deepEqual(received.map(({ id, type, data }) => ({ id: String(id), type, data })), bySse.map(({ id, type, data }) => ({ id, type, data })));
  });

  test('resumes after an event across a kill of the node', { timeout: 60_000 }, async () => {
    const account = await node.account('alice', 'savings');
    const first = await dial(node);
    await deposits(node, account, 5);
    await until(() => first.received.length === 5);
    const gone = once(first.socket, 'close');
    await node.kill();
    const [code] = await gone;
    assert.equal(code, 1006);
    await node.begin();
    const made = await deposits(node, account, 5);
    const again = await dial(node, `?last_event_id=${first.received.at(-1).id}`);
    await until(() => again.received.length === 5);
    again.socket.close();
    assert.deepEqual(again.received.map((e) => e.data.id), made);
  });

  test('gets answers to pings, and a close code after a protocol error', { timeout: 60_000 }, async () => {
    const { socket } = await dial(node);
    const answered = once(socket, 'pong');
    socket.ping('are you there');
    assert.equal((await answered)[0].toString(), 'are you there');
    const ended = once(socket, 'close');
    socket._socket.write(Buffer.from([0xff, 0x80, 0, 0, 0, 0]));  // reserved bits, an unknown opcode
    assert.equal((await ended)[0], 1002);
  });

  test('receives system.closing when the node stops', { timeout: 60_000 }, async () => {
    const stopping = await BankNode.start();
    const { socket, received } = await dial(stopping);
    const ended = once(socket, 'close');
    assert.equal(await stopping.stop(), 0);
    assert.equal((await ended)[0], 1001);
    assert.deepEqual(received.map((e) => e.type), ['system.closing']);
  });
});

describe('both', () => {
  test('receive the number of missed events after too long an absence', { timeout: 60_000 }, async () => {
    const node = await BankNode.start({ events: { window: 16 } });
    const account = await node.account('alice', 'checking');
    const made = await deposits(node, account, 40);
    const last = (await node.ask('/v1/admin/money')).sequence;
    const { source, received } = listen(node, `?last_event_id=${last - 30}`);
    const { socket, received: overWs } = await dial(node, `?last_event_id=${last - 30}`);
    await until(() => received.length === 17 && overWs.length === 17);
    assert.deepEqual(received[0].data, { missed: 14 });
    assert.deepEqual(overWs[0], { type: 'gap', data: { missed: 14 } });
    assert.deepEqual(received.slice(1).map((e) => e.data.id), made.slice(-16));
    assert.deepEqual(overWs.slice(1).map((e) => e.data.id), made.slice(-16));
    source.close();
    socket.close();
    assert.equal(await node.stop(), 0);
  });

  test('receive heartbeats from an idle node', { timeout: 60_000 }, async (t) => {
    const node = await BankNode.start();
    const { socket } = await dial(node);
    const began = Date.now();
    const pinged = once(socket, 'ping');
    const answer = await fetch(`${node.url}/v1/events`, { headers: { Authorization: `Bearer ${node.adminToken}` } });
    const reader = answer.body.getReader();
    const text = new TextDecoder();
    let all = '';
    while (!all.includes('\n:')) all += text.decode((await reader.read()).value, { stream: true });
    await pinged;
    t.diagnostic(`first heartbeats after ${Date.now() - began} ms`);
    assert.match(all, /^retry: 1000\nid: \d+\n\n:\n\n$/);
    await reader.cancel();
    socket.close();
    assert.equal(await node.stop(), 0);
  });
});
