// The live activity list and the state of the connection.
import { byId, element, setText } from '../common/dom.js';
import { timeText } from '../common/times.js';
import { eventTexts } from './texts.js';

const mostShown = 30;
const list = byId('feed-list');
const empty = byId('feed-empty');
const status = byId('connection');

const connectionTexts = {
  connecting: 'Connecting…',
  live: 'Live',
  again: 'Live again, and up to date',
  lost: 'Connection lost. Retrying…',
};

/** state: one of connecting, live, again, lost. */
export function showConnection(state) {
  status.dataset.state = state === 'again' ? 'live' : state;
  setText(status, connectionTexts[state]);
}

export const connectionState = () => status.dataset.state;

/** `own`: a Map of the customer's accounts. */
export function showEvent(event, own) {
  const texts = eventTexts(event, own);
  if (!texts) return;
  const at = texts.at ?? new Date().toISOString();
  const money = texts.money && element('p', { class: texts.sign > 0 ? 'money in' : 'money' },
    texts.sign > 0 ? `+${texts.money}` : texts.sign < 0 ? `−${texts.money}` : texts.money);
  list.prepend(element('li', { class: 'entry', 'data-transfer': event.data.id ?? null },
    element('p', { class: 'title' }, texts.title),
    money ?? element('p'),
    element('p', { class: 'detail hint' }, texts.detail),
    element('time', { class: 'hint', datetime: at }, timeText(at))));
  while (list.children.length > mostShown) list.lastElementChild.remove();
  empty.hidden = true;
}

export function clearFeed() {
  list.replaceChildren();
  empty.hidden = false;
}
