import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ageText, countText, manyText, msText, rateText, shareText } from '../../../bank-demo/pages/admin/figures.js';
import { findings, wellText } from '../../../bank-demo/pages/admin/judge.js';
import { Samples } from '../../../bank-demo/pages/admin/samples.js';

const started = '2026-01-01T10:00:00.000Z';
const noon = Date.parse('2026-01-01T12:00:00.000Z');

/** The overview of a healthy node, with changed members. */
const overviewOf = (more = {}) => ({
  now: '2026-01-01T12:00:00.000Z', started_at: started, uptime_seconds: 7200, status: 'serving', state: 'serving',
  traffic: { requests: 0, alarm: false, last_minute: { requests: 100, errors: 0, error_share: 0, p50_ms: 2.4, p95_ms: 3, p99_ms: 4 } },
  ledger: { healthy: true }, journal: { entries: 0, failed_commits: 0 },
  store: { breaker: { state: 'closed', retry_after_ms: 0 }, failed_calls: 0, lanes: [{ lane: 'read', threads: 2, waiting: 3 }] },
  limiter: { refused_node: 0 }, bus: { missed: 0 }, request_log: { dropped: 0 }, restarts: { failures: 0 },
  money: { at: '2026-01-01T11:59:30.000Z', currencies: [{ currency: 'USD', sum: 0, pending: 0 }] },
  ...more,
});
const actor = (more) => ({ path: 'node/journal', state: 'running', since: started, starts: 1, failures: 0, last_reason: '', ...more });
const judged = (more, { link = { ok: true }, tree = [actor()], samples } = {}) => {
  const overview = overviewOf(more);
  const seen = samples ?? new Samples(600_000, 10_000);
  seen.add(overview, noon);
  return findings({ link, overview, actors: { tree }, samples: seen }, noon);
};

describe('the findings', () => {
  test('are empty for a healthy node', () => assert.deepEqual(judged({}), []));

  test('name the problem and its place', () => {
    const open = { ...overviewOf().store, breaker: { state: 'open', retry_after_ms: 700 } };
    const table = [
      [{ status: 'store_unavailable', store: open }, 'bad', 'store', /^The store does not answer \(circuit open\): /],
      [{ status: 'store_unavailable', store: { ...open, breaker: { state: 'half_open' } } }, 'bad', 'store', /tried again/],
      [{ status: 'starting' }, 'bad', 'top', /starting/],
      [{ status: 'shutting_down' }, 'bad', 'top', /shutting down/],
      [{ status: 'ledger_starting', state: "the ledger's actors are being started" }, 'bad', 'ledger', /actors are being started\.$/],
      [{ status: 'store_read_only', state: 'the store cannot be written to: the disk is full' }, 'bad', 'store', /^Writes are refused .*: the disk is full\.$/],
      [{ status: 'commit_unknown' }, 'bad', 'journal', /^The store did not report the outcome of a commit/],
      [{ money: { at: started, currencies: [{ currency: 'USD', sum: -1, pending: 0 }] } }, 'bad', 'money', /sum to −0\.01\sUSD, but must sum to 0/],
      [{ money: { at: started, currencies: [] } }, 'warn', 'money', /2\sh old/],
      [{ money: null }, 'warn', 'money', /has no reading/],
      [{ traffic: { requests: 9, alarm: true, last_minute: { requests: 200, errors: 30, error_share: 0.15 } } }, 'bad', 'requests', /30 of 200 in the last minute \(15\s%\)/],
      [{ store: { ...overviewOf().store, lanes: [{ lane: 'commit', threads: 1, waiting: 40 }] } }, 'warn', 'store', /^40 calls wait in the commit lane, which has 1 thread\.$/],
    ];
    for (const [more, level, where, text] of table) {
      const [found] = judged(more);
      assert.equal(found.level, level, String(text));
      assert.equal(found.where, where, String(text));
      assert.match(found.text, text);
    }
  });

  test('name an actor that is down, and for some minutes one that was restarted', () => {
    const why = { failures: 1, last_reason: 'std::bad_alloc' };
    const [down] = judged({}, { tree: [actor({ state: 'restarting', ...why }), actor({ path: 'node/http', state: 'stopped' })] });
    assert.deepEqual(down, { level: 'bad', where: 'actors', text: 'The actor node/journal is restarting: std::bad_alloc; 1 other actor is down, too.' });
    const [back] = judged({}, { tree: [actor({ since: '2026-01-01T11:58:00.000Z', ...why })] });
    assert.equal(back.level, 'warn');
    assert.match(back.text, /^The actor node\/journal failed and was restarted at .*: std::bad_alloc\.$/);
    assert.deepEqual(judged({}, { tree: [actor({ since: '2026-01-01T11:50:00.000Z', ...why })] }), []);
  });

  test('contain losses of the last minute only', () => {
    const samples = new Samples(600_000, 10_000);
    samples.add(overviewOf({ uptime_seconds: 7000, request_log: { dropped: 50 }, bus: { missed: 7 } }), noon - 200_000);
    samples.add(overviewOf({ uptime_seconds: 7198, request_log: { dropped: 50 }, bus: { missed: 9 } }), noon - 2_000);
    const found = judged({ request_log: { dropped: 53 }, bus: { missed: 9 } }, { samples });
    assert.deepEqual(found.map((f) => f.where), ['log']);
    assert.match(found[0].text, /dropped 3 rows/);
  });

  test('contain dropped lines of the program log', () => {
    const samples = new Samples(600_000, 10_000);
    samples.add(overviewOf({ uptime_seconds: 7198, program_log: { dropped: 0 } }), noon - 2_000);
    const [found] = judged({ program_log: { dropped: 12 } }, { samples });
    assert.equal(found.where, 'log');
    assert.match(found.text, /program log dropped 12 lines in the last minute/);
  });

  test('have errors before warnings', () => {
    const found = judged({ status: 'starting', money: null });
    assert.deepEqual(found.map((f) => f.level), ['bad', 'warn']);
  });

  test('of a node that does not answer are only that', () => {
    const link = { ok: false, code: 'no_answer', lastAt: noon };
    const [only, ...others] = judged({}, { link });
    assert.deepEqual(others, []);
    assert.match(only.text, /^The node does not answer\. The data below is from .*keeps trying/);
    const [token] = judged({}, { link: { ok: false, code: 'store_unavailable' } });
    assert.match(token.text, /^The store does not answer, so the node could not check your token\./);
  });

  test('have a text for a healthy node, busy or idle', () => {
    assert.match(wellText(overviewOf(), 0.5), /^Serving for 2\sh\. There is little traffic.* ready/);
    assert.match(wellText(overviewOf(), 1234), /1,234 requests per second; median latency 2\.4\sms\.$/);
  });
});

describe('samples', () => {
  const at = (uptime, requests, more = {}) => overviewOf({ uptime_seconds: uptime, traffic: { ...overviewOf().traffic, requests }, ...more });

  test('give a rate between two overviews, by the node’s clock', () => {
    const s = new Samples(60_000, 10_000);
    s.add(at(10, 100), 0);
    assert.equal(s.last.perSecond, undefined);
    s.add(at(12, 300), 2_500);
    assert.equal(s.last.perSecond.requests, 100);
  });

  test('have no rate across a restart or a long gap', () => {
    const s = new Samples(60_000, 10_000);
    s.add(at(10, 100), 0);
    s.add(at(2, 5, { started_at: '2026-01-01T10:00:09.000Z' }), 2_000);
    assert.equal(s.last.perSecond, undefined);
    s.add(at(22, 25, { started_at: '2026-01-01T10:00:09.000Z' }), 22_000);
    assert.equal(s.last.perSecond, undefined);
    const line = s.line((one) => one.counters.requests);
    assert.deepEqual(line.map((p) => p.y), [100, NaN, 5, NaN, 25]);
    assert.equal(s.growth('requests', 60_000), 20);
  });

  test('begin with the node’s history, across a restart and a downtime', () => {
    const s = new Samples(600_000, 10_000);
    const noted = (second, perSecond) => ({ at: new Date(second * 1000).toISOString(), per_second: perSecond, error_share: 0, p50_ms: 1, p95_ms: 2, p99_ms: 3 });
    s.add(at(12, 300), 520_000);
    s.begin([noted(60, 5), noted(120, 6), noted(420, 7), noted(480, 8), noted(540, 9)]);
    s.add(at(14, 500), 522_000);
    const line = s.line((one) => one.perSecond?.requests);
    assert.deepEqual(line.map((p) => [p.x / 1000, p.y]), [[60, 5], [120, 6], [420, NaN], [420, 7], [480, 8], [522, 100]]);
    assert.deepEqual(s.line((one) => one.minute.p99_ms).map((p) => p.y), [3, 3, NaN, 3, 3, 4, 4]);
    assert.equal(s.growth('requests', 60_000), 200);
    assert.equal(s.last.perSecond.requests, 100);
  });

  test('are dropped when they are old', () => {
    const s = new Samples(5_000, 10_000);
    for (let i = 0; i < 10; ++i) s.add(at(i, i), i * 1_000);
    assert.deepEqual(s.line((one) => one.counters.requests).map((p) => p.y), [4, 5, 6, 7, 8, 9]);
  });
});

test('figures are formatted, small and large', () => {
  const table = [
    [countText(1234567), '1,234,567'], [countText(undefined), '–'], [manyText(1, 'call'), '1 call'], [manyText(2000, 'call'), '2,000 calls'],
    [rateText(3.14), '3.1'], [rateText(314.15), '314'], [rateText(NaN), '–'],
    [msText(0), '0\u00a0ms'], [msText(0.04), '<\u00a00.1\u00a0ms'], [msText(0.42), '0.4\u00a0ms'], [msText(1234), '1.2\u00a0s'],
    [shareText(0), '0\u00a0%'], [shareText(0.0004), '<\u00a00.1\u00a0%'], [shareText(0.0512), '5.1\u00a0%'], [shareText(1), '100\u00a0%'],
    [ageText(0), '0\u00a0s'], [ageText(59.9), '59\u00a0s'], [ageText(7500), '2\u00a0h 5\u00a0min'], [ageText(7200), '2\u00a0h'], [ageText(3605), '1\u00a0h'],
    [ageText(90_000), '1\u00a0d 1\u00a0h'], [ageText(-3), '0\u00a0s'],
  ];
  for (const [shown, wanted] of table) assert.equal(shown, wanted);
});
