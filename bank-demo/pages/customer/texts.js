// Names and texts of the page.
import { moneyText } from '../common/money.js';

const typeNames = { checking: 'Checking', savings: 'Savings', merchant: 'Merchant', world: 'World' };

export const accountName = (account) => {
  const type = typeNames[account.type] ?? account.type;
  const named = account.ref && account.ref.toLowerCase() !== type.toLowerCase();
  return named ? `${type} · ${account.ref}` : type;
};

/** The last characters of an account's number; they never break across lines. */
export const shortNumber = (id) => `…\u2060${id.slice(-6)}`;

/** Name of a transfer's side: one of `own`, a Map of accounts, or another account. */
export function sideName(side, own) {
  if (side === 'world') return 'outside the bank';
  const account = own.get(side);
  return account ? accountName(account) : `account\u00a0${shortNumber(side)}`;
}

/** A transfer as the owner of these accounts sees it: {title, other, sign}. */
export function directionOf(transfer, own) {
  const out = own.has(transfer.from);
  const into = own.has(transfer.to);
  if (out && into) {
    const sides = `${sideName(transfer.from, own)} to ${sideName(transfer.to, own)}`;
    return { title: 'Between your accounts', other: sides, sign: 0 };
  }
  if (into) {
    return transfer.from === 'world'
      ? { title: 'Deposit', other: `to ${sideName(transfer.to, own)}`, sign: 1 }
      : { title: 'Received', other: `from ${sideName(transfer.from, own)}`, sign: 1 };
  }
  return transfer.to === 'world'
    ? { title: 'Withdrawal', other: `from ${sideName(transfer.from, own)}`, sign: -1 }
    : { title: 'Paid', other: `to ${sideName(transfer.to, own)}`, sign: -1 };
}

const stateTitles = {
  'transfer.scheduled': 'Scheduled',
  'transfer.pending': 'On hold',
  'transfer.voided': 'Hold released',
  'transfer.expired': 'Hold expired',
  'transfer.rejected': 'Rejected',
};

const titleOf = (type, data) => (
  type === 'transfer.voided' && data.held_amount === undefined ? 'Scheduled transfer cancelled' : stateTitles[type] ?? type);

/** Texts of an event: {title, detail, money, sign}; undefined for one that is not shown. */
export function eventTexts(event, own) {
  const { type, data } = event;
  if (type.startsWith('transfer.')) {
    const direction = directionOf(data, own);
    const posted = type === 'transfer.posted';
    const sides = posted ? direction.other : `${sideName(data.from, own)} to ${sideName(data.to, own)}`;
    return {
      title: posted ? direction.title : titleOf(type, data),
      detail: data.memo ? `${sides} · ${data.memo}` : sides,
      money: moneyText(data.amount, data.currency),
      sign: posted ? direction.sign : 0,
      at: posted ? data.posted_at ?? data.created_at : undefined,
    };
  }
  if (type === 'account.opened') {
    return { title: 'Account opened', detail: `${accountName(data)} in ${data.currency}`, sign: 0 };
  }
  if (type === 'account.changed') {
    return { title: 'Account changed', detail: `${sideName(data.id, own)} is ${data.state}`, sign: 0 };
  }
  if (type === 'gap') {
    return { title: 'The page was disconnected for too long', detail: 'Some activity may be missing here. Balances and history are complete.', sign: 0 };
  }
  return undefined;
}
