// The actors: the tree, figures by kind, and the restart history.
import { byId, element, setText } from '../common/dom.js';
import { timeText } from '../common/times.js';
import { countText, manyText, rateText } from './figures.js';
import { nameOf } from './judge.js';
import { fillTable, setChip } from './table.js';

const list = byId('tree');
const byNumber = new Intl.Collator('en', { numeric: true });
const parentOf = (path) => path.slice(0, Math.max(0, path.lastIndexOf('/')));
const chips = { running: ['good', 'running'], restarting: ['bad', 'restarting'], stopped: ['bad', 'stopped'] };
const mostRestarts = 12;

/** DOM nodes by path. */
let rows = new Map();
let groups = [];
let shape = '';

const detailOf = (a) => {
  const started = a.starts === 1 ? 'started once' : `started ${countText(a.starts)} times`;
  const why = a.last_reason ? ` · last reason: ${a.last_reason}` : '';
  return `${started}${a.failures > 0 ? `, failed ${a.failures === 1 ? 'once' : `${countText(a.failures)} times`}` : ''} · since ${timeText(a.since)}${why}`;
};

function makeRow(path) {
  const row = { chip: element('span'), detail: element('span', { class: 'hint' }) };
  row.node = element('span', { class: 'actor', 'data-path': path }, row.chip, element('span', { class: 'name' }, nameOf(path)), row.detail);
  rows.set(path, row);
  return row.node;
}

/** More numbered actors of a kind than this form a group, folded while all of them run. */
const mostApart = 3;
const kindOf = (path) => path.replace(/ \d+$/, '');

function makeGroup(kind, paths, items) {
  const label = element('span', { class: 'name' });
  const chip = element('span');
  const details = element('details', {},
    element('summary', {}, element('span', { class: 'actor' }, chip, label)), element('ul', {}, ...items));
  groups.push({ kind, paths, details, label, chip, calm: true });
  return element('li', {}, details);
}

/** The rows and groups below a path. */
function buildAll(paths, childrenOf, known) {
  const byKind = new Map();
  for (const path of paths.sort(byNumber.compare)) byKind.set(kindOf(path), [...(byKind.get(kindOf(path)) ?? []), path]);
  return [...byKind].flatMap(([kind, alike]) => {
    const items = alike.map((path) => build(path, childrenOf, known));
    return alike.length > mostApart ? [makeGroup(kind, alike, items)] : items;
  });
}

/** The root has no row of its own in the node's answer. */
function build(path, childrenOf, known) {
  const label = known.has(path) ? makeRow(path) : element('span', { class: 'name' }, nameOf(path));
  const below = childrenOf.get(path) ?? [];
  if (below.length === 0) return element('li', {}, label);
  const inside = element('ul', {}, ...buildAll(below, childrenOf, known));
  return element('li', {}, element('details', { open: '' }, element('summary', {}, label), inside));
}

function rebuild(tree) {
  rows = new Map();
  groups = [];
  const known = new Set(tree.map((a) => a.path));
  const childrenOf = new Map();
  const placed = new Set();
  const place = (path) => {
    if (path === '' || placed.has(path)) return;
    placed.add(path);
    const parent = parentOf(path);
    childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), path]);
    place(parent);
  };
  known.forEach(place);
  list.replaceChildren(...buildAll(childrenOf.get('') ?? [], childrenOf, known));
}

function showGroup(group, byPath) {
  const all = group.paths.map((p) => byPath.get(p));
  const down = all.filter((a) => a.state !== 'running').length;
  const failed = all.filter((a) => a.failures > 0).length;
  const calm = down === 0 && failed === 0;
  setChip(group.chip, ...(down > 0 ? ['bad', `${countText(down)} down`] : failed > 0 ? ['warn', 'restarted'] : ['good', 'running']));
  setText(group.label, `${countText(all.length)} × ${nameOf(group.kind)}`);
  if (group.calm && !calm) group.details.open = true;
  group.calm = calm;
}

function showTree(tree) {
  const now = tree.map((a) => a.path).join('\n');
  if (now !== shape) {
    shape = now;
    rebuild(tree);
  }
  for (const a of tree) {
    const row = rows.get(a.path);
    setChip(row.chip, ...(a.state === 'running' && a.failures > 0 ? ['warn', 'restarted'] : chips[a.state] ?? ['warn', a.state]));
    setText(row.detail, detailOf(a));
  }
  const byPath = new Map(tree.map((a) => [a.path, a]));
  for (const group of groups) showGroup(group, byPath);
}

const kindColumns = [
  { title: 'Kind' }, { title: 'Messages', right: true }, { title: 'Handler time, p50', right: true },
  { title: 'p99', right: true }, { title: 'Mailbox length, p50', right: true }, { title: 'p99', right: true },
];
const usText = (us) => (us === undefined ? '–' : `${rateText(us)}\u00a0µs`);

const eventNames = {
  started: 'started', failed_to_start: 'could not start', exited: 'exited', stopped: 'stopped as planned',
  killed: 'killed', abandoned: 'abandoned: it did not end', gave_up: 'too many restarts: its supervisor stops, too',
};

function showRestarts(events) {
  const onlyStarts = events.every((e) => e.event === 'started');
  setText(byId('restarts-none'), onlyStarts ? 'No restarts since the start.' : '');
  const newest = onlyStarts ? [] : events.slice(-mostRestarts).reverse();
  byId('restarts').replaceChildren(...newest.map((e) => element('li', { class: 'entry' },
    element('p', { class: 'title' }, `${e.supervisor}/${e.child}`),
    element('time', { class: 'hint', datetime: e.at }, timeText(e.at)),
    element('p', { class: 'detail hint' }, `${eventNames[e.event] ?? e.event}${e.reason ? `: ${e.reason}` : ''}`))));
}

let lastShown;

export function showActors({ tree, kinds, events }) {
  const failed = tree.filter((a) => a.failures > 0).length;
  const down = tree.filter((a) => a.state !== 'running').length;
  setText(byId('actors-text'), `${manyText(tree.length, 'actor')} under supervision${down > 0 ? `, ${countText(down)} of them down` : ', all running'}; ${
    failed > 0 ? `${manyText(failed, 'has', 'have')} failed since the start.` : 'none has failed since the start.'} Account actors start and stop on demand; they are counted by kind only.`);
  showTree(tree);
  fillTable(byId('kinds'), kindColumns, kinds.map((k) => [
    k.kind.replaceAll('_', ' '), countText(k.messages), ...(k.messages === 0 ? ['–', '–', '–', '–'] : [usText(k.handler_p50_us), usText(k.handler_p99_us),
    rateText(k.mailbox_p50), rateText(k.mailbox_p99)])]), 'No figures.');
  const last = events?.at(-1)?.number;
  if (last !== lastShown) showRestarts(events ?? []);
  lastShown = last;
}

export function clearActors() {
  list.replaceChildren();
  shape = '';
  lastShown = undefined;
}
