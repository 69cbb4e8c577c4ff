// The money meter: the sums that the node reads once a minute, or on demand.
import { byId, setText } from '../common/dom.js';
import { amountText } from '../common/money.js';
import { timeText } from '../common/times.js';
import { ageText, countText } from './figures.js';
import { fillTable } from './table.js';

const columns = [{ title: 'Currency' }, { title: 'Sum of all accounts', right: true }, { title: 'On hold', right: true }];

function verifiedText({ verified_sequence: verified, sequence }) {
  if (!verified) return 'The hash chain was not verified since the start; “Verify the books” below does that.';
  const rest = sequence > verified ? `; ${countText(sequence - verified)} came later` : ', the last one';
  return `The hash chain is verified up to entry ${countText(verified)}${rest}.`;
}

function holdText({ oldest_hold_seconds: age }) {
  return age === null || age === undefined ? 'No hold is open.' : `The oldest open hold is ${ageText(age)} old.`;
}

/** `money`: the overview's reading, or null. */
export function showMoney(money) {
  if (!money) {
    setText(byId('money-text'), 'No reading yet: the first comes shortly after the start, the next at intervals of metrics.money_ms.');
    return fillTable(byId('money-table'), columns, [], '');
  }
  const whole = money.currencies.every((c) => c.sum === 0);
  const sums = whole
    ? 'Every currency sums to 0: no money was created or lost.'
    : 'The books do not balance: a sum that is not 0 means that money was created or lost.';
  setText(byId('money-text'), `${sums} Read at ${timeText(money.at)}, at entry ${countText(money.sequence)}. ${holdText(money)} ${verifiedText(money)}`);
  fillTable(byId('money-table'), columns, money.currencies.map((c) => [c.currency, amountText(c.sum, c.currency), amountText(c.pending, c.currency)]),
    'There is no money in the books yet.');
}

/** The store's current totals, with the members that only the overview has. */
export const countedNow = (totals, money) => ({ ...money, ...totals, at: new Date().toISOString() });
