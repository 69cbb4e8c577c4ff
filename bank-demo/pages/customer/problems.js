// The node's problems in plain words, and the field of the form each belongs to.
import { moneyText } from '../common/money.js';

const words = {
  insufficient_funds: { field: 'amount', text: ({ available }) => `There is not enough in that account: ${available} can be spent.` },
  balance_limit: { field: 'amount', text: () => 'The receiving account can’t hold that much.' },
  currency_mismatch: { field: 'to', text: ({ currency }) => `That account is not kept in ${currency}: pay from one in its currency.` },
  same_account: { field: 'to', text: () => 'From and to are the same account.' },
  not_found: { field: 'to', text: () => 'There is no account with this number. Check it for a typing error.' },
  account_frozen: { text: () => 'One of the accounts is frozen. The bank has to release it before money can move.' },
  account_closed: { field: 'to', text: () => 'One of the accounts is closed.' },
  forbidden: { field: 'from', text: () => 'You can pay from your own accounts only.' },
  already_exists: { text: () => 'This transfer was made before. Look at your history.' },
  invalid_state: { text: () => 'The account’s state does not allow this.' },
  idempotency_mismatch: { text: () => 'This transfer’s number was used for another one. Nothing was paid: send it again.' },
  rate_limited: { text: () => 'That was too many requests at once. Wait a moment, then try again.' },
  overloaded: { text: () => 'The bank is very busy. Nothing was paid: try again in a moment.' },
  store_unavailable: { text: () => 'The bank can’t reach its books at the moment. Nothing was paid: try again in a moment.' },
  shutting_down: { text: () => 'The bank is restarting. Nothing was paid: try again in a moment.' },
  canceled: { text: () => 'The transfer was called off. Nothing was paid.' },
  deadline_exceeded: { text: () => 'The bank took too long and gave up. Nothing was paid: try again.' },
  body_too_large: { field: 'memo', text: () => 'The note is too long.' },
  unauthenticated: { text: () => 'You are logged out.' },
};

const fieldOf = { from: 'from', to: 'to', amount: 'amount', memo: 'memo', currency: 'from' };

/** {field?, text} for the form, of a problem and what was to be sent. */
export function transferTrouble(problem, body, account) {
  const known = words[problem.code];
  if (known) {
    const available = account ? moneyText(account.balance.available, account.currency) : 'less';
    return { field: known.field, text: known.text({ available, currency: body.currency }) };
  }
  const field = fieldOf[problem.field];
  const number = problem.requestId ? ` (request ${problem.requestId})` : '';
  if (problem.code === 'invalid_field') return { field, text: `This is not right: ${problem.detail}.` };
  return { field, text: `Something went wrong: ${problem.detail || problem.code}${number}. Nothing was paid.` };
}

/** Why a page could not be read. */
export function readTrouble(problem) {
  if (problem.code === 'no_answer') return 'The bank does not answer.';
  if (problem.code === 'rate_limited') return 'That was too much at once; it is tried again in a moment.';
  if (problem.code === 'shutting_down') return 'The bank is restarting.';
  if (problem.code === 'store_unavailable') return 'The bank can’t reach its books at the moment.';
  return `Something went wrong: ${problem.detail || problem.code}.`;
}
