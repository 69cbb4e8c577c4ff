// Live events while the page is open, newest first: the node's events and changes of the findings.
import { byId, element } from '../common/dom.js';
import { timeText } from '../common/times.js';
import { countText, shareText } from './figures.js';
import { stateText } from './jobs.js';

const mostShown = 40;
const list = byId('live-events');
/** Findings that the node reports with an event of its own. */
const reportedByEvents = new Set(['requests']);
let before = new Map();

function addEntry(level, title, detail = '') {
  const at = new Date().toISOString();
  list.prepend(element('li', { class: 'entry', 'data-level': level },
    element('p', { class: 'title' }, title),
    element('time', { class: 'hint', datetime: at }, timeText(at)),
    element('p', { class: 'detail hint' }, detail)));
  while (list.children.length > mostShown) list.lastElementChild.remove();
  byId('live-events-empty').hidden = true;
}

const failuresText = (d) => `${countText(d.errors)} of ${countText(d.requests)} requests of the last minute failed (${shareText(d.error_rate)}).`;

/** Level, title and detail of each event that is shown. */
const entryOf = {
  // The store's alarm is not shown: the findings contain it, with its effects.
  'system.alarm': (d) => d.what === 'error_rate' && ['bad', 'Alarm: too many requests fail', failuresText(d)],
  'system.alarm_over': (d) => d.what === 'error_rate' && ['good', 'Alarm over', failuresText(d)],
  'system.closing': () => ['warn', 'The node is draining', 'It finishes running requests, then stops.'],
  'job.changed': (d) => [d.state === 'failed' ? 'bad' : 'good', `Job ${d.kind}: ${stateText(d)}`, d.failure ?? ''],
  gap: (d) => ['warn', `${countText(d.missed)} events were missed`, 'The page was disconnected for too long.'],
};

const jobStates = new Map();

export function showEvent({ type, data }) {
  if (type === 'job.changed') {
    // Progress of a job is not listed, only changes of its state.
    if (jobStates.get(data.id) === data.state) return;
    jobStates.set(data.id, data.state);
  }
  const entry = entryOf[type]?.(data);
  if (entry) addEntry(...entry);
}

/** `found`: the current findings. While the node does not answer, earlier findings are not resolved. */
export function showFindings(found, isDisconnected) {
  const seen = new Map(found.filter((f) => !reportedByEvents.has(f.where)).map((f) => [`${f.where} ${f.level}`, f]));
  const now = isDisconnected ? new Map([...before, ...seen]) : seen;
  for (const [what, f] of now) if (!before.has(what)) addEntry(f.level, f.text);
  for (const [what, f] of before) if (!now.has(what)) addEntry('good', 'Resolved', f.text);
  before = now;
}

/** The node restarted since the page's last request. */
export const showRestart = (overview) => addEntry('warn', 'The node restarted', `Running since ${timeText(overview.started_at)}.`);

export function clearEvents() {
  list.replaceChildren();
  byId('live-events-empty').hidden = false;
  before = new Map();
  jobStates.clear();
}
