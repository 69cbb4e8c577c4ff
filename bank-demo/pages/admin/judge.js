// How the node fares, in words: what is wrong, the worst first, and where on the page to look.
import { moneyText } from '../common/money.js';
import { timeText } from '../common/times.js';
import { ageText, countText, manyText, shareText } from './figures.js';

const minuteMs = 60_000;
/** A restart is news for this long. */
const recentMs = 5 * minuteMs;
/** In a lane: more than that many calls for each thread are a queue, not a breath. */
const manyPerThread = 25;

const bad = (where, text) => ({ level: 'bad', where, text });
const warn = (where, text) => ({ level: 'warn', where, text });

/** The breaker before the store, or that there is none. */
export const breakerOf = (overview) => overview.store.breaker?.state ?? 'none';

function ofState({ state, store, ledger }) {
  if (state === 'serving') return ledger.healthy ? [] : [bad('ledger', `The ledger does not take transfers: ${ledger.reason}.`)];
  if (state === 'starting') return [bad('top', 'The node is starting: it answers, but serves nothing yet.')];
  if (state === 'shutting down') return [bad('top', 'The node is shutting down: it finishes what runs, and takes nothing new.')];
  const breaker = store.breaker?.state;
  if (breaker === 'open' || breaker === 'forced_open') {
    const next = store.breaker.retry_after_ms > 0 ? ' It is tried again each second.' : '';
    return [bad('store', `The store does not answer: whoever needs it hears so at once (503), and what was kept of reads is answered still.${next}`)];
  }
  if (breaker === 'half_open') return [bad('store', 'The store did not answer, and is being tried again with one request at a time.')];
  if (state === ledger.reason && state.includes('commit')) return [bad('journal', `The store did not say what became of a commit: the journal asks until it knows, and transfers are refused until then (503).`)];
  return [bad('ledger', `The ledger takes no transfers at the moment: ${state}.`)];
}

function ofMoney({ money, uptime_seconds: uptime, now }) {
  if (!money) return uptime > 180 ? [warn('money', 'The money meter has not counted since the node was started: the books could not be read.')] : [];
  const off = money.currencies.filter((c) => c.sum !== 0);
  if (off.length > 0) {
    const sums = off.map((c) => moneyText(c.sum, c.currency)).join(', ');
    return [bad('money', `The books do not balance: they sum to ${sums}, and must to 0. Stop paying, and run bank-node verify.`)];
  }
  const age = (Date.parse(now) - Date.parse(money.at)) / 1000;
  return age > 300 ? [warn('money', `The money meter last counted ${ageText(age)} ago.`)] : [];
}

function ofTraffic({ traffic }) {
  if (!traffic.alarm) return [];
  const m = traffic.last_minute;
  return [bad('requests', `Too many requests fail: ${countText(m.errors)} of ${countText(m.requests)} in the last minute (${shareText(m.error_share)}).`)];
}

/** The last part of a path in the tree. */
export const nameOf = (path) => path.slice(path.lastIndexOf('/') + 1);

function ofActors(actors, now) {
  if (!actors) return [];
  const why = (a) => (a.last_reason ? `: ${a.last_reason}` : '');
  const down = actors.tree.filter((a) => a.state !== 'running');
  if (down.length > 0) {
    const [first] = down;
    const others = down.length > 1 ? `, and ${manyText(down.length - 1, 'other')}` : '';
    const what = first.state === 'restarting' ? 'is being started again' : 'has stopped, and is not started again';
    return [bad('actors', `The actor ${first.path} ${what}${why(first)}${others}.`)];
  }
  const fresh = actors.tree.filter((a) => a.failures > 0 && now - Date.parse(a.since) < recentMs)
    .sort((a, b) => b.since.localeCompare(a.since));
  if (fresh.length === 0) return [];
  const [last] = fresh;
  return [warn('actors', `The actor ${last.path} failed and was started again at ${timeText(last.since, new Date(now))}${why(last)}.`)];
}

function ofLosses(overview, samples) {
  const found = [];
  const lost = (name) => samples.growth(name, minuteMs);
  if (lost('failedCommits') > 0) found.push(warn('journal', `${manyText(lost('failedCommits'), 'commit')} failed in the last minute.`));
  for (const l of overview.store.lanes) {
    if (l.waiting > manyPerThread * l.threads) {
      found.push(warn('store', `${manyText(l.waiting, 'call')} wait in the ${l.lane} lane, which has ${manyText(l.threads, 'thread')}.`));
    }
  }
  if (lost('refusedByNode') > 0) found.push(warn('limiter', `The node refused ${manyText(lost('refusedByNode'), 'request')} in the last minute: it is asked more than rate_limit.node_per_second allows.`));
  if (lost('missedEvents') > 0) found.push(warn('bus', `Subscribers missed ${manyText(lost('missedEvents'), 'event')} in the last minute: they read too slowly.`));
  if (lost('droppedRows') > 0) found.push(warn('log', `The request log dropped ${manyText(lost('droppedRows'), 'row')} in the last minute: paths and errors are a sample.`));
  if (lost('droppedLines') > 0) found.push(warn('log', `The program’s log dropped ${manyText(lost('droppedLines'), 'line')} in the last minute: they could not be written as fast.`));
  return found;
}

function ofLink(link) {
  if (link.ok) return [];
  const since = link.lastAt ? ` Below is what it told at ${timeText(link.lastAt)}.` : '';
  const why = link.code === 'store_unavailable'
    ? 'The store does not answer, and the node could not check your token.'
    : link.code === 'shutting_down' ? 'The node is restarting.' : 'The node does not answer.';
  return [bad('top', `${why}${since} It is asked again without end.`)];
}

/** What the node said and what the page saw: [{level: 'bad' | 'warn', where, text}], the worst first.
 * `link` is {ok, code?, lastAt?}: whether the last question was answered. Empty: all is well. */
export function findings({ link, overview, actors, samples }, now = Date.now()) {
  if (!link.ok || !overview) return ofLink(link);
  const all = [
    ...ofMoney(overview), ...ofState(overview), ...ofTraffic(overview), ...ofActors(actors, now),
    ...ofLosses(overview, samples),
  ];
  return [...all.filter((f) => f.level === 'bad'), ...all.filter((f) => f.level === 'warn')];
}

/** Of a node that is well: what it does, so that one that nobody asks does not look dead. */
export function wellText({ uptime_seconds: uptime, traffic }, perSecond) {
  const up = `Serving for ${ageText(uptime)}`;
  const m = traffic.last_minute;
  // The page's own questions are requests, too.
  if (perSecond === undefined || perSecond < 3) return `${up}. Nobody asks for much at the moment; the node is ready, and answers this page each time it looks.`;
  return `${up}. ${countText(Math.round(perSecond))} requests a second, half of them answered within ${m.p50_ms < 1 ? 'a millisecond' : manyText(Math.round(m.p50_ms), 'millisecond')}.`;
}
