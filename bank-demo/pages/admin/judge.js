// Findings about the node: what is wrong, worst first, and the part of the page with details.
import { moneyText } from '../common/money.js';
import { timeText } from '../common/times.js';
import { ageText, countText, manyText, msText, shareText } from './figures.js';

const minuteMs = 60_000;
/** A restart is a finding for this long. */
const recentMs = 5 * minuteMs;
/** More waiting calls per thread of a lane than this are a finding. */
const manyPerThread = 25;

const bad = (where, text) => ({ level: 'bad', where, text });
const warn = (where, text) => ({ level: 'warn', where, text });

/** State of the store's circuit breaker, or 'none'. */
export const breakerOf = (overview) => overview.store.breaker?.state ?? 'none';

function ofStore({ state, retry_after_ms: retryAfter } = {}) {
  if (state === 'half_open') return 'The store did not answer; it is being tried again with one request at a time (circuit half-open).';
  const next = retryAfter > 0 ? ' It is tried again every second.' : '';
  return `The store does not answer (circuit open): requests that need it get 503 at once; cached reads are still answered.${next}`;
}

function ofState({ status, state, store, ledger }) {
  switch (status) {
    case 'serving': return ledger.healthy ? [] : [bad('ledger', `The ledger refuses transfers: ${ledger.reason}.`)];
    case 'starting': return [bad('top', 'The node is starting: it serves no requests yet.')];
    case 'shutting_down': return [bad('top', 'The node is shutting down (draining): it finishes running requests and refuses new ones.')];
    case 'store_unavailable': return [bad('store', ofStore(store.breaker))];
    case 'store_read_only': return [bad('store', `Writes are refused (503), reads are answered: ${state}.`)];
    case 'commit_unknown': return [bad('journal', 'The store did not report the outcome of a commit. The journal asks until it is known; transfers are refused until then (503).')];
    default: return [bad('ledger', `The ledger refuses transfers: ${state}.`)];
  }
}

function ofMoney({ money, uptime_seconds: uptime, now }) {
  if (!money) return uptime > 180 ? [warn('money', 'The money meter has no reading since the node’s start: it could not read the store.')] : [];
  const off = money.currencies.filter((c) => c.sum !== 0);
  if (off.length > 0) {
    const sums = off.map((c) => moneyText(c.sum, c.currency)).join(', ');
    return [bad('money', `The books do not balance: all balances sum to ${sums}, but must sum to 0. Stop all payments and run bank-node verify.`)];
  }
  const age = (Date.parse(now) - Date.parse(money.at)) / 1000;
  return age > 300 ? [warn('money', `The money meter’s last reading is ${ageText(age)} old.`)] : [];
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
    const others = down.length > 1 ? `; ${manyText(down.length - 1, 'other actor is', 'other actors are')} down, too` : '';
    const what = first.state === 'restarting' ? 'is restarting' : 'has stopped and will not be restarted';
    return [bad('actors', `The actor ${first.path} ${what}${why(first)}${others}.`)];
  }
  const fresh = actors.tree.filter((a) => a.failures > 0 && now - Date.parse(a.since) < recentMs)
    .sort((a, b) => b.since.localeCompare(a.since));
  if (fresh.length === 0) return [];
  const [last] = fresh;
  return [warn('actors', `The actor ${last.path} failed and was restarted at ${timeText(last.since, new Date(now))}${why(last)}.`)];
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
  if (lost('refusedByNode') > 0) found.push(warn('limiter', `The node refused ${manyText(lost('refusedByNode'), 'request')} in the last minute: the node-wide rate limit (rate_limit.node_per_second) was exceeded.`));
  if (lost('missedEvents') > 0) found.push(warn('bus', `Subscribers missed ${manyText(lost('missedEvents'), 'event')} in the last minute: they read too slowly.`));
  if (lost('droppedRows') > 0) found.push(warn('log', `The request log dropped ${manyText(lost('droppedRows'), 'row')} in the last minute: paths and errors are a sample.`));
  if (lost('droppedLines') > 0) found.push(warn('log', `The program log dropped ${manyText(lost('droppedLines'), 'line')} in the last minute: writing was too slow.`));
  return found;
}

function ofLink(link) {
  if (link.ok) return [];
  const since = link.lastAt ? ` The data below is from ${timeText(link.lastAt)}.` : '';
  const why = link.code === 'store_unavailable'
    ? 'The store does not answer, so the node could not check your token.'
    : link.code === 'shutting_down' ? 'The node is restarting.' : 'The node does not answer.';
  return [bad('top', `${why}${since} The page keeps trying.`)];
}

/** The findings: [{level: 'bad' | 'warn', where, text}], worst first; empty if the node is healthy.
 * `link` is {ok, code?, lastAt?}: was the last request answered? */
export function findings({ link, overview, actors, samples }, now = Date.now()) {
  if (!link.ok || !overview) return ofLink(link);
  const all = [
    ...ofMoney(overview), ...ofState(overview), ...ofTraffic(overview), ...ofActors(actors, now),
    ...ofLosses(overview, samples),
  ];
  return [...all.filter((f) => f.level === 'bad'), ...all.filter((f) => f.level === 'warn')];
}

/** For a healthy node: its activity, so that an idle node does not look dead. */
export function wellText({ uptime_seconds: uptime, traffic }, perSecond) {
  const up = `Serving for ${ageText(uptime)}`;
  const m = traffic.last_minute;
  // The page's own requests count, too.
  if (perSecond === undefined || perSecond < 3) return `${up}. There is little traffic; the node is ready.`;
  return `${up}. ${countText(Math.round(perSecond))} requests per second; median latency ${msText(m.p50_ms)}.`;
}
