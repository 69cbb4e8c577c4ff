// Texts for the node's problems, and the form field each belongs to.
import { moneyText } from '../common/money.js';

const texts = {
  insufficient_funds: { field: 'amount', text: ({ available }) => `Not enough money in that account: ${available} available.` },
  balance_limit: { field: 'amount', text: () => 'The payee’s account can’t hold that much.' },
  currency_mismatch: { field: 'to', text: ({ currency }) => `That account is not in ${currency}. Pay from an account in its currency.` },
  same_account: { field: 'to', text: () => 'From and to are the same account.' },
  not_found: { field: 'to', text: () => 'There is no account with this number. Check it for a typing error.' },
  account_frozen: { text: () => 'One of the accounts is frozen. The bank has to release it before money can move.' },
  account_closed: { field: 'to', text: () => 'One of the accounts is closed.' },
  forbidden: { field: 'from', text: () => 'You can pay from your own accounts only.' },
  already_exists: { text: () => 'This transfer was already made. Check your history.' },
  invalid_state: { text: () => 'The account’s state does not allow this.' },
  idempotency_mismatch: { text: () => 'This transfer’s number belongs to another transfer. Nothing was paid: send it again.' },
  rate_limited: { text: () => 'Too many requests. Wait a moment, then try again.' },
  overloaded: { text: () => 'The bank is very busy. Nothing was paid: try again in a moment.' },
  store_unavailable: { text: () => 'The bank’s store is unavailable. Nothing was paid: try again in a moment.' },
  shutting_down: { text: () => 'The bank is restarting. Nothing was paid: try again in a moment.' },
  canceled: { text: () => 'The transfer was cancelled. Nothing was paid.' },
  deadline_exceeded: { text: () => 'The bank did not finish in time. Nothing was paid: try again.' },
  body_too_large: { field: 'memo', text: () => 'The note is too long.' },
  unauthenticated: { text: () => 'You are logged out.' },
};

const fieldOf = { from: 'from', to: 'to', amount: 'amount', memo: 'memo', currency: 'from' };

/** {field?, text} for the form; `body`: the request. */
export function transferTrouble(problem, body, account) {
  const known = texts[problem.code];
  if (known) {
    const available = account ? moneyText(account.balance.available, account.currency) : 'less';
    return { field: known.field, text: known.text({ available, currency: body.currency }) };
  }
  const field = fieldOf[problem.field];
  const number = problem.requestId ? ` (request ${problem.requestId})` : '';
  if (problem.code === 'invalid_field') return { field, text: `Invalid input: ${problem.detail}.` };
  return { field, text: `Something went wrong: ${problem.detail || problem.code}${number}. Nothing was paid.` };
}

/** Text for a failed read. */
export function readTrouble(problem) {
  if (problem.code === 'no_answer') return 'The bank does not answer.';
  if (problem.code === 'rate_limited') return 'Too many requests; the page tries again in a moment.';
  if (problem.code === 'shutting_down') return 'The bank is restarting.';
  if (problem.code === 'store_unavailable') return 'The bank’s store is unavailable.';
  return `Something went wrong: ${problem.detail || problem.code}.`;
}
