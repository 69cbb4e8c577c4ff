// The node's parts, one card each: how it fares, what that means, and its figures.
import { byId, element, setText } from '../common/dom.js';
import { timeText } from '../common/times.js';
import { ageText, countText, manyText, msText, rateText, shareOf, shareText } from './figures.js';
import { breakerOf } from './judge.js';
import { fillFigures, fillTable, setChip } from './table.js';

const good = (word) => ['good', word];
const breakerWords = {
  closed: [good('answers'), 'The breaker before it is closed: every call goes through.'],
  open: [['bad', 'does not answer'], 'The breaker before it is open: calls are refused at once, so that nobody waits in vain. The store is tried again each second.'],
  half_open: [['warn', 'is tried again'], 'The breaker before it is half open: one call at a time goes through, and if that succeeds, all do.'],
  forced_open: [['bad', 'shut off'], 'The breaker before it is held open by hand.'],
  forced_closed: [good('answers'), 'The breaker before it is held closed by hand.'],
  none: [good('in use'), 'No breaker stands before it.'],
};

const columnsOf = (first, ...numbers) => [...first, ...numbers.map((title) => ({ title, right: true }))];
const lanes = {
  label: 'Lanes to the store',
  columns: columnsOf([{ title: 'Lane' }], 'Threads', 'Run', 'Wait', 'Done', 'Refused'),
  rows: (o) => o.store.lanes.map((l) => [l.lane, ...[l.threads, l.running, l.waiting, l.done, l.refused].map(countText)]),
};
const subscribers = {
  label: 'Subscribers that are furthest behind',
  columns: columnsOf([{ title: 'Who' }, { title: 'By' }], 'Behind', 'Missed', 'Heard'),
  rows: (o) => o.bus.furthest_behind.map((s) => [s.who || '–', s.kind, ...[s.lag, s.missed, s.delivered].map(countText)]),
};

/** Of what took how long since the start. */
const timesText = (t, what) => (t?.count > 0 ? ` ${what}: half within ${msText(t.p50_ms)}, 99\u00a0% within ${msText(t.p99_ms)}.` : '');

function requestLogText(l) {
  if (!l) return 'The request log is switched off (request_log.enabled): there are no slowest paths and no errors below.';
  return l.dropped === 0 ? 'Every request was written down.' : `${manyText(l.dropped, 'row')} of the request log dropped since the start, so that no request waited; what is told of paths and errors is a sample.`;
}

const programLogText = (dropped) => (dropped === 0
  ? 'No line of the program’s log was lost.'
  : `${manyText(dropped, 'line')} of the program’s log dropped since the start: it could not be written as fast.`);

const parts = {
  node: {
    title: 'Node',
    state: (o) => (o.state === 'serving' ? good('serves') : ['bad', 'does not serve']),
    words: (o) => `Version ${o.version}, up for ${ageText(o.uptime_seconds)}, since ${timeText(o.started_at, new Date(o.now))}.`,
    figures: (o) => [
      ['Requests', countText(o.traffic.requests)], ['Under way', countText(o.traffic.in_flight)],
      ['Connections', countText(o.traffic.connections)], ['Timers', countText(o.timers)],
    ],
  },
  ledger: {
    title: 'Ledger',
    state: (o) => (o.ledger.healthy ? good('takes transfers') : ['bad', 'takes none']),
    words: (o) => (o.ledger.healthy
      ? `${o.ledger.in_flight === 0 ? 'Nothing is under way.' : `${manyText(o.ledger.in_flight, 'transfer')} under way.`}${
        timesText(o.ledger.durable, 'From request to disk') || ' None was made since the start.'}`
      : `It waits: ${o.ledger.reason}.`),
    figures: (o) => [['Under way', countText(o.ledger.in_flight)], ['Durable', countText(o.ledger.durable?.count)]],
  },
  journal: {
    title: 'Journal',
    state: (o, s) => (o.ledger.reason?.includes('commit') ? ['bad', 'asks the store'] : s.growth('failedCommits', 60_000) > 0 ? ['warn', 'commits fail'] : good(o.journal.waiting_entries > 0 ? 'writes' : 'rests')),
    words: (o) => {
      if (!o.journal.commits) return 'Nothing was written since the start: there was nothing to write.';
      return `Each commit carries ${rateText(o.journal.entries_per_commit)} entries: what comes while one is written goes with the next.${timesText(o.journal.commit, 'A commit takes')}`;
    },
    figures: (o) => [
      ['Entries', countText(o.journal.entries)], ['Commits', countText(o.journal.commits)],
      ['Wait', countText(o.journal.waiting_entries)], ['Failed', countText(o.journal.failed_commits)],
    ],
  },
  store: {
    title: 'Store',
    state: (o) => breakerWords[breakerOf(o)]?.[0] ?? ['warn', breakerOf(o)],
    words: (o) => breakerWords[breakerOf(o)]?.[1] ?? '',
    figures: (o) => [['Calls', countText(o.store.calls)], ['Failed', countText(o.store.failed_calls)]],
    table: lanes,
  },
  cache: {
    title: 'Cache',
    state: (o) => (o.cache.failed > 0 && breakerOf(o) === 'open' ? ['warn', 'on its own'] : good('works')),
    words: ({ cache: c }) => {
      const kept = c.hit + c.absent + c.stale;
      const all = kept + (c.redis ?? 0) + c.miss + c.failed;
      if (all === 0) return 'No account was read since the start.';
      return `${shareText(shareOf(kept, all))} of the reads were answered from memory${c.stale > 0 ? `, ${countText(c.stale)} of them marked stale, as the store could not be read` : ''}.`;
    },
    figures: ({ cache: c }) => [
      ['Kept', countText(c.hit)], ['Known absent', countText(c.absent)], ['Stale', countText(c.stale)],
      ...(c.redis > 0 ? [['From Redis', countText(c.redis)]] : []), ['Read', countText(c.miss)], ['Failed', countText(c.failed)],
    ],
  },
  limiter: {
    title: 'Rate limiter',
    state: (o, s) => (s.growth('refusedByNode', 60_000) > 0 ? ['warn', 'refuses'] : good('admits')),
    words: ({ limiter: l }) => {
      const refused = l.refused_caller + l.refused_node;
      return refused === 0 ? 'Nobody was refused since the start.' : `${manyText(refused, 'request')} refused since the start (429): ${countText(l.refused_caller)} of callers who sent too many, ${countText(l.refused_node)} as all together were.`;
    },
    figures: ({ limiter: l }) => [['Admitted', countText(l.admitted)], ['Refused, caller', countText(l.refused_caller)], ['Refused, node', countText(l.refused_node)]],
  },
  bus: {
    title: 'Events',
    state: ({ bus: b }, s) => (s.growth('missedEvents', 60_000) > 0 ? ['warn', 'some are missed'] : b.subscribers > 0 ? good('followed') : ['idle', 'nobody follows']),
    words: ({ bus: b }) => {
      const lag = b.most_behind > 0 ? `the slowest is ${manyText(b.most_behind, 'event')} behind` : 'none is behind';
      const missed = b.missed > 0 ? ` ${manyText(b.missed, 'event')} missed since the start by who read too slowly.` : ' Nobody missed any.';
      return `${b.subscribers === 1 ? 'One subscriber, this page or another' : manyText(b.subscribers, 'subscriber')}; ${lag}.${missed}`;
    },
    figures: ({ bus: b }) => [['Subscribers', countText(b.subscribers)], ['Most behind', countText(b.most_behind)], ['Delivered', countText(b.delivered)], ['Missed', countText(b.missed)]],
    table: subscribers,
  },
  messages: {
    title: 'Messages',
    state: ({ messages: m }) => (m.balances || m.in_flight > 0 ? good('all told') : ['idle', 'being counted']),
    words: ({ messages: m }) => {
      const lost = m.dropped + m.dead_lettered;
      return `${countText(m.offered)} sent in the ledger, each of them accounted for: ${lost === 0 ? 'none was lost' : `${countText(lost)} found no receiver`}, ${
        m.expired + m.cancelled === 0 ? 'none came too late.' : `${countText(m.expired + m.cancelled)} were shed, for nobody waited any more.`}`;
    },
    figures: ({ messages: m }) => [
      ['Handled', countText(m.handled)], ['In flight', countText(m.in_flight)], ['Expired', countText(m.expired)],
      ['Cancelled', countText(m.cancelled)], ['Dropped', countText(m.dropped)], ['Dead letters', countText(m.dead_lettered)],
    ],
  },
  log: {
    title: 'Logs',
    state: ({ request_log: l }, s) => (s.growth('droppedRows', 60_000) > 0 ? ['warn', 'drops rows'] : s.growth('droppedLines', 60_000) > 0 ? ['warn', 'drops lines'] : l ? good('writes') : ['idle', 'off']),
    words: (o) => `${requestLogText(o.request_log)} ${programLogText(o.program_log?.dropped ?? 0)}`,
    figures: ({ request_log: l, program_log: p }) => [
      ...(l ? [['Rows written', countText(l.written)], ['Rows wait', countText(l.waiting)], ['Rows dropped', countText(l.dropped)]] : []),
      ...(p ? [['Lines dropped', countText(p.dropped)]] : []),
    ],
  },
};

const list = byId('part-list');
const cards = new Map();

function cardOf(id) {
  if (cards.has(id)) return cards.get(id);
  const card = { chip: element('span'), words: element('p', { class: 'words' }), figures: element('dl', { class: 'figures' }) };
  card.node = element('li', { id, tabindex: '-1' }, element('h3', {}, parts[id].title, card.chip), card.words, card.figures);
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
    setText(card.words, part.words(overview, samples));
    fillFigures(card.figures, part.figures(overview));
    if (part.table) fillTable(card.table, part.table.columns, part.table.rows(overview), '');
  }
}

export function clearParts() {
  cards.clear();
  list.replaceChildren();
}
