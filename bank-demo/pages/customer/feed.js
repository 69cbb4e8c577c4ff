// The live activity list and the state of the connection.
import { byId, element, setText } from '../common/dom.js';
import { timeText } from '../common/times.js';
import { eventWords } from './words.js';

const mostShown = 30;
const list = byId('feed-list');
const empty = byId('feed-empty');
const status = byId('connection');

const connectionWords = {
  connecting: 'Connecting…',
  live: 'Live',
  again: 'Live again, and up to date',
  lost: 'Connection lost. Retrying…',
};

/** state: one of connecting, live, again, lost. */
export function showConnection(state) {
  status.dataset.state = state === 'again' ? 'live' : state;
  setText(status, connectionWords[state]);
}

export const connectionState = () => status.dataset.state;

/** `own`: a Map of the customer's accounts. */
export function showEvent(event, own) {
  const words = eventWords(event, own);
  if (!words) return;
  const at = words.at ?? new Date().toISOString();
  const money = words.money && element('p', { class: words.sign > 0 ? 'money in' : 'money' },
    words.sign > 0 ? `+${words.money}` : words.sign < 0 ? `−${words.money}` : words.money);
  list.prepend(element('li', { class: 'entry', 'data-transfer': event.data.id ?? null },
    element('p', { class: 'title' }, words.title),
    money ?? element('p'),
    element('p', { class: 'detail hint' }, words.detail),
    element('time', { class: 'hint', datetime: at }, timeText(at))));
  while (list.children.length > mostShown) list.lastElementChild.remove();
  empty.hidden = true;
}

export function clearFeed() {
  list.replaceChildren();
  empty.hidden = false;
}
