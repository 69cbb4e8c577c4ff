// What happened while the page looked, the newest first: the node's events, and how the judgement of
// it changed.
import { byId, element } from '../common/dom.js';
import { timeText } from '../common/times.js';
import { countText, shareText } from './figures.js';
import { stateText } from './jobs.js';

const mostShown = 40;
const list = byId('happened');
/** Of these the node tells itself, with an event. */
const toldByEvents = new Set(['requests']);
let before = new Map();

function tell(level, title, detail = '') {
  const at = new Date().toISOString();
  list.prepend(element('li', { class: 'entry', 'data-level': level },
    element('p', { class: 'title' }, title),
    element('time', { class: 'hint', datetime: at }, timeText(at)),
    element('p', { class: 'detail hint' }, detail)));
  while (list.children.length > mostShown) list.lastElementChild.remove();
  byId('happened-empty').hidden = true;
}

const rateWords = (d) => `${countText(d.errors)} of ${countText(d.requests)} requests of the last minute failed (${shareText(d.error_rate)}).`;

/** The title, detail and level of an event that says something here. */
const words = {
  // The store's own alarm is among the findings, with what follows from it.
  'system.alarm': (d) => d.what === 'error_rate' && ['bad', 'Alarm: too many requests fail', rateWords(d)],
  'system.alarm_over': (d) => d.what === 'error_rate' && ['good', 'The alarm is over', rateWords(d)],
  'system.closing': () => ['warn', 'The node stops', 'It finishes what runs.'],
  'job.changed': (d) => [d.state === 'failed' ? 'bad' : 'good', `The job ${d.kind} ${stateText(d)}`, d.failure ?? ''],
  gap: (d) => ['warn', `${countText(d.missed)} events were missed`, 'The page was away for long.'],
};

const jobStates = new Map();

export function hearEvent({ type, data }) {
  if (type === 'job.changed') {
    // A job that goes on says so too often for a list of what happened.
    if (jobStates.get(data.id) === data.state) return;
    jobStates.set(data.id, data.state);
  }
  const said = words[type]?.(data);
  if (said) tell(...said);
}

/** `found`: the judgement as it is now; while the node tells nothing, nothing else is known to be over. */
export function hearFindings(found, isBlind) {
  const seen = new Map(found.filter((f) => !toldByEvents.has(f.where)).map((f) => [`${f.where} ${f.level}`, f]));
  const now = isBlind ? new Map([...before, ...seen]) : seen;
  for (const [what, f] of now) if (!before.has(what)) tell(f.level, f.text);
  for (const [what, f] of before) if (!now.has(what)) tell('good', 'That is over', f.text);
  before = now;
}

/** The node was started anew since the page last asked. */
export const hearRestart = (overview) => tell('warn', 'The node was started again', `It runs since ${timeText(overview.started_at)}.`);

export function clearHappened() {
  list.replaceChildren();
  byId('happened-empty').hidden = false;
  before = new Map();
  jobStates.clear();
}
