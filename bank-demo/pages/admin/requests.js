// Figures of the request log over a time window.
import { byId, setText } from '../common/dom.js';
import { timeText } from '../common/times.js';
import { countText, manyText, msText, rateText, shareText } from './figures.js';
import { fillFigures, fillTable } from './table.js';

const slowestColumns = [
  { title: 'Path' }, { title: 'Requests', right: true }, { title: 'Mean', right: true }, { title: 'Slowest', right: true }, { title: 'Request id' },
];
const patternColumns = [{ title: 'Path' }, { title: 'Status' }, { title: 'Code' }, { title: 'Count', right: true }, { title: 'Last' }, { title: 'Detail' }];

const windowText = () => byId('window').selectedOptions[0].textContent;

export const windowAsked = () => byId('window').value;

export function showRequests(r) {
  const dropped = r.dropped_rows > 0 ? ` ${manyText(r.dropped_rows, 'row')} dropped since the start ${r.dropped_rows === 1 ? 'is' : 'are'} missing here.` : '';
  const text = r.requests === 0 ? `No requests within ${windowText()}.`
    : r.server_errors === 0 ? `No server errors within ${windowText()}.`
      : `${countText(r.server_errors)} of ${manyText(r.requests, 'request')} had a server error within ${windowText()}.`;
  setText(byId('requests-text'), text + dropped);
  fillFigures(byId('requests-figures'), [
    ['Requests', countText(r.requests)], ['Per second', rateText(r.per_second)], ['Mean', msText(r.mean_ms)],
    ['p50', msText(r.p50_ms)], ['p95', msText(r.p95_ms)], ['p99', msText(r.p99_ms)], ['Failed', shareText(r.error_rate)],
    ['Refused (4xx)', countText(r.client_errors)], ['Callers', countText(r.unique_callers)],
  ]);
  fillTable(byId('slowest'), slowestColumns, r.slowest_paths.map((p) => [
    `${p.method} ${p.path}`, countText(p.requests), msText(p.mean_ms), msText(p.max_ms), p.slowest_request]), 'None.');
}

export function showErrors({ patterns }) {
  fillTable(byId('patterns'), patternColumns, patterns.map((p) => [
    `${p.method} ${p.path}`, String(p.status), p.code, countText(p.count), timeText(p.last_at), p.last_detail || `request ${p.last_request}`]), 'None.');
}

/** Shows the reason why there are no figures. */
export function showNoRequests(why) {
  setText(byId('requests-text'), why);
}

