// The judgement as the page shows it, and whether the node can be asked at all.
import { byId, element, setText } from '../common/dom.js';

const connectionWords = { live: 'Live', lost: 'No answer. Trying again…', blind: 'It can’t tell. Trying again…', connecting: 'Connecting…' };

/** state: one of connecting, live, lost (no answer came) and blind (the node can't tell). */
export function showConnection(state) {
  const known = state === 'blind' ? 'lost' : state;
  byId('connection').dataset.state = known;
  setText(byId('connection'), connectionWords[state]);
  byId('watch').dataset.link = known;
}

function showOthers(found) {
  const list = byId('verdict-others');
  const text = found.map((f) => f.text).join('\n');
  if (list.dataset.text === text) return;
  list.dataset.text = text;
  list.replaceChildren(...found.map((f) => element('li', { 'data-level': f.level }, element('a', { href: `#${f.where}` }, f.text))));
}

/** `found`: as the judgement has it; `well`: what the node does, should nothing be wrong. */
export function showVerdict([first, ...others], well) {
  byId('top').dataset.level = first?.level ?? 'good';
  setText(byId('verdict'), first?.text ?? 'Everything is well.');
  setText(byId('verdict-more'), first ? '' : well);
  showOthers(others);
  const word = !first ? '✔ Well' : first.level === 'bad' ? '✖ Trouble' : '! Look';
  document.title = `${word} · Operations · Lifeline Bank`;
}

export function clearVerdict() {
  setText(byId('verdict'), 'Looking…');
  setText(byId('verdict-more'), '');
  showOthers([]);
  byId('top').dataset.level = 'none';
  document.title = 'Operations · Lifeline Bank';
}
