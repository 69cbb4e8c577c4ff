// The node's components, one card each: state, explanation and figures.
import { byId, element, setText } from '../common/dom.js';
import { timeText } from '../common/times.js';
import { ageText, countText, manyText, msText, rateText, shareOf, shareText } from './figures.js';
import { breakerOf } from './judge.js';
import { fillFigures, fillTable, setChip } from './table.js';

const good = (word) => ['good', word];
const breakerTexts = {
  closed: [good('available'), 'Circuit closed: all calls reach the store.'],
  open: [['bad', 'circuit open'], 'Circuit open: the store failed too often, so calls are refused at once. The store is tried again every second.'],
  half_open: [['warn', 'circuit half-open'], 'Circuit half-open: one call at a time reaches the store; after a success all do.'],
  none: [good('in use'), 'The store has no circuit breaker.'],
};

const columnsOf = (first, ...numbers) => [...first, ...numbers.map((title) => ({ title, right: true }))];
const lanes = {
  label: 'Lanes of store calls',
  columns: columnsOf([{ title: 'Lane' }], 'Threads', 'Running', 'Waiting', 'Done', 'Refused'),
  rows: (o) => o.store.lanes.map((l) => [l.lane, ...[l.threads, l.running, l.waiting, l.done, l.refused].map(countText)]),
};
const subscribers = {
  label: 'Subscribers with the largest lag',
  columns: columnsOf([{ title: 'Caller' }, { title: 'Kind' }], 'Lag', 'Missed', 'Delivered'),
  rows: (o) => o.bus.furthest_behind.map((s) => [s.who || '–', s.kind, ...[s.lag, s.missed, s.delivered].map(countText)]),
};

/** Durations since the start. */
const timesText = (t, what) => (t?.count > 0 ? ` ${what}: median ${msText(t.p50_ms)}, p99 ${msText(t.p99_ms)}.` : '');

function requestLogText(l) {
  if (!l) return 'The request log is off (request_log.enabled): slowest paths and errors are not available.';
  return l.dropped === 0 ? 'The request log is complete.' : `${manyText(l.dropped, 'row')} of the request log dropped since the start, so that no request had to wait: paths and errors are a sample.`;
}

const programLogText = (dropped) => (dropped === 0
  ? 'The program log is complete.'
  : `${manyText(dropped, 'line')} of the program log dropped since the start: writing was too slow.`);

/** Why transfers are refused, by the ledger or because the store cannot be written to; '' if they are not. */
const refusalOf = ({ ledger, status, state }) => ledger.reason ?? (status.startsWith('store_') ? state : '');

const parts = {
  node: {
    title: 'Node',
    state: (o) => (o.status === 'serving' ? good('serving') : ['bad', 'not serving']),
    text: (o) => `Version ${o.version}, up for ${ageText(o.uptime_seconds)}, since ${timeText(o.started_at, new Date(o.now))}.`,
    figures: (o) => [
      ['Requests', countText(o.traffic.requests)], ['In flight', countText(o.traffic.in_flight)],
      ['Connections', countText(o.traffic.connections)], ['Timers', countText(o.timers)],
    ],
  },
  ledger: {
    title: 'Ledger',
    state: (o) => (refusalOf(o) ? ['bad', 'refuses transfers'] : good('accepts transfers')),
    text: (o) => (refusalOf(o) ? `Transfers are refused: ${refusalOf(o)}.`
      : `${o.ledger.in_flight === 0 ? 'No transfer is in flight.' : `${manyText(o.ledger.in_flight, 'transfer')} in flight.`}${
        timesText(o.ledger.durable, 'Time from request to commit') || ' No transfer since the start.'}`),
    figures: (o) => [['In flight', countText(o.ledger.in_flight)], ['Committed', countText(o.ledger.durable?.count)]],
  },
  journal: {
    title: 'Journal',
    state: (o, s) => (o.status === 'commit_unknown' ? ['bad', 'resolving a commit'] : s.growth('failedCommits', 60_000) > 0 ? ['warn', 'commits fail'] : good(o.journal.waiting_entries > 0 ? 'writing' : 'idle')),
    text: (o) => {
      if (!o.journal.commits) return 'No entry was written since the start.';
      return `Each commit has ${rateText(o.journal.entries_per_commit)} entries on average: entries that arrive during a commit go into the next.${timesText(o.journal.commit, 'Commit duration')}`;
    },
    figures: (o) => [
      ['Entries', countText(o.journal.entries)], ['Commits', countText(o.journal.commits)],
      ['Waiting', countText(o.journal.waiting_entries)], ['Failed', countText(o.journal.failed_commits)],
    ],
  },
  store: {
    title: 'Store',
    state: (o) => breakerTexts[breakerOf(o)]?.[0] ?? ['warn', breakerOf(o)],
    text: (o) => breakerTexts[breakerOf(o)]?.[1] ?? '',
    figures: (o) => [['Calls', countText(o.store.calls)], ['Failed', countText(o.store.failed_calls)]],
    table: lanes,
  },
  cache: {
    title: 'Cache',
    state: (o) => (o.cache.failed > 0 && breakerOf(o) === 'open' ? ['warn', 'cached reads only'] : good('working')),
    text: ({ cache: c }) => {
      const kept = c.hit + c.absent + c.stale;
      const all = kept + (c.redis ?? 0) + c.miss + c.failed;
      if (all === 0) return 'No account was read since the start.';
      return `${shareText(shareOf(kept, all))} of reads were answered from memory${c.stale > 0 ? `, ${countText(c.stale)} of them stale because the store could not be read` : ''}.`;
    },
    figures: ({ cache: c }) => [
      ['Hits', countText(c.hit)], ['Absent', countText(c.absent)], ['Stale', countText(c.stale)],
      ...(c.redis > 0 ? [['From Redis', countText(c.redis)]] : []), ['Misses', countText(c.miss)], ['Failed', countText(c.failed)],
    ],
  },
  limiter: {
    title: 'Rate limiter',
    state: (o, s) => (s.growth('refusedByNode', 60_000) > 0 ? ['warn', 'refusing'] : good('admitting')),
    text: ({ limiter: l }) => {
      const refused = l.refused_caller + l.refused_node;
      return refused === 0 ? 'No request was refused since the start.' : `${manyText(refused, 'request')} refused since the start (429): ${countText(l.refused_caller)} by the limit per caller, ${countText(l.refused_node)} by the node-wide limit.`;
    },
    figures: ({ limiter: l }) => [['Admitted', countText(l.admitted)], ['Refused, caller', countText(l.refused_caller)], ['Refused, node', countText(l.refused_node)]],
  },
  bus: {
    title: 'Events',
    state: ({ bus: b }, s) => (s.growth('missedEvents', 60_000) > 0 ? ['warn', 'events missed'] : b.subscribers > 0 ? good('active') : ['idle', 'no subscribers']),
    text: ({ bus: b }) => {
      const lag = b.most_behind > 0 ? `largest lag ${manyText(b.most_behind, 'event')}` : 'no lag';
      const missed = b.missed > 0 ? ` ${manyText(b.missed, 'event')} missed since the start by slow subscribers.` : ' No event was missed.';
      return `${manyText(b.subscribers, 'subscriber')}; ${lag}.${missed}`;
    },
    figures: ({ bus: b }) => [['Subscribers', countText(b.subscribers)], ['Largest lag', countText(b.most_behind)], ['Delivered', countText(b.delivered)], ['Missed', countText(b.missed)]],
    table: subscribers,
  },
  messages: {
    title: 'Messages',
    state: ({ messages: m }) => (m.balances || m.in_flight > 0 ? good('balanced') : ['idle', 'being counted']),
    text: ({ messages: m }) => {
      const lost = m.dropped + m.dead_lettered;
      return `${countText(m.offered)} sent in the ledger: ${lost === 0 ? 'none was lost' : `${countText(lost)} had no receiver`}, ${
        m.expired + m.cancelled === 0 ? 'none was too late.' : `${countText(m.expired + m.cancelled)} were shed because their request had ended.`}`;
    },
    figures: ({ messages: m }) => [
      ['Handled', countText(m.handled)], ['In flight', countText(m.in_flight)], ['Expired', countText(m.expired)],
      ['Cancelled', countText(m.cancelled)], ['Dropped', countText(m.dropped)], ['Dead letters', countText(m.dead_lettered)],
    ],
  },
  log: {
    title: 'Logs',
    state: ({ request_log: l }, s) => (s.growth('droppedRows', 60_000) > 0 ? ['warn', 'drops rows'] : s.growth('droppedLines', 60_000) > 0 ? ['warn', 'drops lines'] : l ? good('writing') : ['idle', 'off']),
    text: (o) => `${requestLogText(o.request_log)} ${programLogText(o.program_log?.dropped ?? 0)}`,
    figures: ({ request_log: l, program_log: p }) => [
      ...(l ? [['Rows written', countText(l.written)], ['Rows waiting', countText(l.waiting)], ['Rows dropped', countText(l.dropped)]] : []),
      ...(p ? [['Lines dropped', countText(p.dropped)]] : []),
    ],
  },
};

const list = byId('part-list');
const cards = new Map();

function cardOf(id) {
  if (cards.has(id)) return cards.get(id);
  const card = { chip: element('span'), text: element('p', { class: 'text' }), figures: element('dl', { class: 'figures' }) };
  card.node = element('li', { id, tabindex: '-1' }, element('h3', {}, parts[id].title, card.chip), card.text, card.figures);
  if (parts[id].table) {
    card.table = element('table');
    card.node.append(element('div', { class: 'scroll', role: 'region', 'aria-label': parts[id].table.label, tabindex: '0' }, card.table));
  }
  cards.set(id, card);
  list.append(card.node);
  return card;
}

export function showParts(overview, samples) {
  for (const [id, part] of Object.entries(parts)) {
    if (id === 'bus' && !overview.bus) continue;
    const card = cardOf(id);
    setChip(card.chip, ...part.state(overview, samples));
    setText(card.text, part.text(overview, samples));
    fillFigures(card.figures, part.figures(overview));
    if (part.table) fillTable(card.table, part.table.columns, part.table.rows(overview), '');
  }
}

export function clearParts() {
  cards.clear();
  list.replaceChildren();
}
