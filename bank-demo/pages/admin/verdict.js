// Shows the findings and the connection.
import { byId, element, setText } from '../common/dom.js';

const connectionTexts = { live: 'Live', lost: 'No answer. Retrying…', blind: 'Token not checked. Retrying…', connecting: 'Connecting…' };

/** state: one of connecting, live, lost (no answer) and blind (the node answers with an error). */
export function showConnection(state) {
  const known = state === 'blind' ? 'lost' : state;
  byId('connection').dataset.state = known;
  setText(byId('connection'), connectionTexts[state]);
  byId('watch').dataset.link = known;
}

function showOthers(found) {
  const list = byId('verdict-others');
  const text = found.map((f) => f.text).join('\n');
  if (list.dataset.text === text) return;
  list.dataset.text = text;
  list.replaceChildren(...found.map((f) => element('li', { 'data-level': f.level }, element('a', { href: `#${f.where}` }, f.text))));
}

/** `well`: the text for a healthy node. */
export function showVerdict([first, ...others], well) {
  byId('top').dataset.level = first?.level ?? 'good';
  setText(byId('verdict'), first?.text ?? 'The node is healthy.');
  setText(byId('verdict-more'), first ? '' : well);
  showOthers(others);
  const word = !first ? '✔ Healthy' : first.level === 'bad' ? '✖ Problem' : '! Warning';
  document.title = `${word} · Operations · Lifeline Bank`;
}

export function clearVerdict() {
  setText(byId('verdict'), 'Checking…');
  setText(byId('verdict-more'), '');
  showOthers([]);
  byId('top').dataset.level = 'none';
  document.title = 'Operations · Lifeline Bank';
}
