// The accounts and their balances.
import { byId, element, setText } from '../common/dom.js';
import { amountText, moneyText } from '../common/money.js';
import { accountName } from './texts.js';

const list = byId('account-list');
const totals = byId('totals');
const none = byId('no-accounts');
/** DOM nodes by account id. They stay in place, so focus and scroll position do too. */
const cards = new Map();

function figure(label) {
  const value = element('dd');
  return { value, node: element('div', {}, element('dt', {}, label), value) };
}

function copyButton(account) {
  const button = element('button', { type: 'button', class: 'quiet' }, 'Copy');
  button.setAttribute('aria-label', `Copy the number of ${accountName(account)}`);
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(account.id);
      setText(button, 'Copied');
      setTimeout(() => setText(button, 'Copy'), 2000);
    } catch {
      const number = button.previousElementSibling;
      getSelection().selectAllChildren(number);
    }
  });
  return button;
}

function makeCard(account, showOwner) {
  const available = element('p', { class: 'available' });
  const state = element('span', { class: 'state' });
  const posted = figure('Balance');
  const held = figure('On hold');
  const coming = figure('Coming in');
  const title = element('h3', {}, accountName(account), state);
  const owner = showOwner ? element('p', { class: 'hint' }, account.owner) : undefined;
  const number = element('p', { class: 'number' }, element('code', {}, account.id), copyButton(account));
  const node = element('li', { 'data-account': account.id }, title, owner, available,
    element('dl', {}, posted.node, held.node, coming.node), number);
  return { node, available, state, posted, held, coming };
}

function update(card, account) {
  const { balance, currency } = account;
  const shown = moneyText(balance.available, currency);
  if (card.shown !== shown) {
    card.shown = shown;
    card.available.replaceChildren(
      element('span', { class: 'figure' }, amountText(balance.available, currency)),
      element('span', { class: 'unit' }, ` ${currency} available`));
  }
  setText(card.state, account.state === 'open' ? '' : account.state);
  setText(card.posted.value, amountText(balance.posted, currency));
  setText(card.held.value, amountText(balance.pending_out, currency));
  setText(card.coming.value, amountText(balance.pending_in, currency));
  card.held.node.hidden = balance.pending_out === 0;
  card.coming.node.hidden = balance.pending_in === 0;
}

function totalsText(accounts) {
  const sums = new Map();
  for (const { currency, balance } of accounts) {
    sums.set(currency, (sums.get(currency) ?? 0n) + BigInt(balance.posted));
  }
  return [...sums].map(([currency, sum]) => moneyText(sum, currency)).join(' and ');
}

/** `accounts`: the node's list. */
export function showAccounts(accounts) {
  const owners = new Set(accounts.map((a) => a.owner));
  for (const account of accounts) {
    if (!cards.has(account.id)) {
      const card = makeCard(account, owners.size > 1);
      cards.set(account.id, card);
      list.append(card.node);
    }
    update(cards.get(account.id), account);
  }
  none.hidden = accounts.length > 0;
  setText(totals, accounts.length > 1 ? `${totalsText(accounts)} in all` : '');
}

export function clearAccounts() {
  cards.clear();
  list.replaceChildren();
  setText(totals, '');
}
