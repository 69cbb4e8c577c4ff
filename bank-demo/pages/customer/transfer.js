// The form and its running transfer.
//
// The transfer's id is made once, when the form is submitted, and is part of every try. So the bank
// makes the transfer at most once, however often it is sent, also after a reload. The same request is
// sent again until an answer has its outcome (the connection may break, the node may restart).
import { Problem } from '../common/api.js';
import { byId, element, setText } from '../common/dom.js';
import { moneyText, parseAmount } from '../common/money.js';
import { isUuid, makeUuid } from '../common/uuid.js';
import { transferTrouble } from './problems.js';
import { forgetAttempt, keepAttempt, readAttempt } from './session.js';
import { accountName, shortNumber, sideName } from './texts.js';

const fieldNames = ['from', 'to', 'amount', 'memo'];
const somebodyElse = 'other';
const firstWaitMs = 500;
const longestWaitMs = 5_000;

/** Does this answer leave the outcome open? After one such answer, 429 and 5xx leave it open, too: a
 * busy node has not looked for the transfer. */
export function isOpen(problem, wasOpen) {
  if (problem.code === 'no_answer' || problem.code === 'in_progress') return true;
  if (problem.outcome === 'unknown') return true;
  return wasOpen && (problem.status === 429 || problem.status >= 500);
}

export class TransferForm {
  #api;
  #onMade;
  #onRefused;
  #form = byId('transfer-form');
  #set = byId('transfer-fields');
  #from = byId('transfer-from');
  #choice = byId('transfer-choice');
  #number = byId('transfer-to');
  #amount = byId('transfer-amount');
  #memo = byId('transfer-memo');
  #message = byId('transfer-message');
  #stop = byId('transfer-stop');
  #own = new Map();
  #body;
  #ended = false;
  #stopTrying = () => {};

  /** `onMade(transfer)` is called for each transfer made, `onRefused()` if the token is refused. */
  constructor(api, { onMade, onRefused }) {
    this.#api = api;
    this.#onMade = onMade;
    this.#onRefused = onRefused;
    this.#form.onsubmit = (event) => {
      event.preventDefault();
      this.#submit();
    };
    this.#from.onchange = () => this.#offerTargets();
    this.#choice.onchange = () => this.#showNumber();
    this.#stop.onclick = () => this.#stopTrying();
    for (const name of fieldNames) this.#input(name).addEventListener('input', () => this.#complain(name, ''));
  }

  /** Sets the accounts to choose from; keeps the current choice. */
  offer(accounts) {
    this.#own = new Map(accounts.map((a) => [a.id, a]));
    const open = accounts.filter((a) => a.state === 'open' && a.type !== 'world');
    fillChoice(this.#from, open.map((a) => [a.id, `${accountName(a)}: ${moneyText(a.balance.available, a.currency)}`]));
    this.#offerTargets();
    this.#set.disabled = this.#body !== undefined || open.length === 0;
    if (!this.#body) this.#resume();
  }

  /** Ends the session. */
  close() {
    this.#ended = true;
    this.#stopTrying();
    this.#form.reset();
    for (const name of fieldNames) this.#complain(name, '');
    this.#say('', '');
    this.#from.replaceChildren();
    this.#choice.replaceChildren();
  }

  #input(name) {
    return byId(`transfer-${name}`);
  }

  #offerTargets() {
    const payer = this.#own.get(this.#from.value);
    const others = [...this.#own.values()].filter(
      (a) => a.id !== payer?.id && a.state === 'open' && a.currency === payer?.currency && a.type !== 'world');
    fillChoice(this.#choice, [
      [somebodyElse, 'Somebody else’s account'],
      ...others.map((a) => [a.id, `Your ${accountName(a)}`]),
    ]);
    setText(byId('transfer-currency'), payer?.currency ?? '');
    this.#showNumber();
  }

  #showNumber() {
    byId('transfer-to-row').hidden = this.#choice.value !== somebodyElse;
    this.#complain('to', '');
  }

  /** The form as a request body; undefined, with errors at the fields, if it is invalid. */
  #read() {
    const payer = this.#own.get(this.#from.value);
    const to = this.#choice.value === somebodyElse ? this.#number.value.trim().toLowerCase() : this.#choice.value;
    const amount = parseAmount(this.#amount.value, payer.currency);
    const wrong = {
      to: to === '' ? 'Enter the number of the account.'
        : !isUuid(to) ? 'An account’s number looks like 01935f2e-7a00-7000-8000-000000000001.'
          : to === payer.id ? 'From and to are the same account.' : '',
      amount: amount.error ?? '',
    };
    for (const [name, text] of Object.entries(wrong)) this.#complain(name, text);
    const first = fieldNames.find((name) => wrong[name]);
    if (first) return this.#input(first).focus();
    const memo = this.#memo.value.trim();
    return { from: payer.id, to, amount: amount.minor, currency: payer.currency, ...(memo ? { memo } : {}) };
  }

  async #submit() {
    if (this.#body) return;
    this.#say('', '');
    const filledIn = this.#read();
    if (filledIn) await this.#settle({ id: makeUuid(), ...filledIn }, false);
  }

  /** Continues a transfer that was running when the page was left. */
  #resume() {
    const body = readAttempt();
    if (body) this.#settle(body, true);
  }

  async #settle(body, wasOpen) {
    this.#body = body;
    keepAttempt(body);
    const hadFocus = this.#form.contains(document.activeElement);
    this.#set.disabled = true;
    this.#say('busy', 'Sending…');
    const end = await this.#send(body, wasOpen);
    if (this.#ended) return;
    this.#body = undefined;
    forgetAttempt();
    this.#stop.hidden = true;
    this.#set.disabled = false;
    const after = this.#tell(end, body);
    if (hadFocus) after.focus();
  }

  /** Sends until the outcome is known: {transfer}, {problem}, or {} if the customer stops trying. */
  async #send(body, wasOpen) {
    let open = wasOpen;
    let stopped = false;
    const stop = new Promise((resolve) => {
      this.#stopTrying = () => resolve((stopped = true));
    });
    for (let tries = 0; !stopped; ++tries) {
      try {
        return { transfer: await this.#api.post('/v1/transfers', body) };
      } catch (problem) {
        if (!(problem instanceof Problem)) return {};
        if (!isOpen(problem, open)) return { problem };
        open = true;
        this.#say('busy', `The bank does not answer. Retrying your payment of ${this.#asText(body)}; it is paid once at most.`);
        this.#stop.hidden = false;
        const wait = Math.max(problem.retryAfterMs, Math.min(firstWaitMs * 2 ** tries, longestWaitMs));
        await Promise.race([stop, new Promise((resolve) => setTimeout(resolve, wait))]);
      }
    }
    return {};
  }

  /** Shows the outcome; returns the element to focus. */
  #tell({ transfer, problem }, body) {
    const button = byId('transfer-send');
    if (transfer) {
      this.#say('good', `Paid: ${this.#asText(body)}.`);
      for (const input of [this.#amount, this.#memo]) input.value = '';
      this.#onMade(transfer);
      return button;
    }
    if (!problem) {
      this.#say('bad', `The outcome of your payment of ${this.#asText(body)} is unknown. Check the history before you send it again.`);
      return button;
    }
    if (problem.status === 401) {
      this.#onRefused();
      return button;
    }
    const { field, text } = transferTrouble(problem, body, this.#own.get(body.from));
    const place = field && !this.#input(field).closest('[hidden]') ? field : undefined;
    if (place) this.#complain(place, text);
    this.#say(place ? '' : 'bad', place ? '' : text);
    return place ? this.#input(place) : button;
  }

  #asText(body) {
    const to = this.#own.has(body.to) ? `your ${sideName(body.to, this.#own)}` : `account ${shortNumber(body.to)}`;
    return `${moneyText(body.amount, body.currency)} to ${to}`;
  }

  #complain(name, text) {
    setText(byId(`transfer-${name}-error`), text);
    const input = this.#input(name);
    text ? input.setAttribute('aria-invalid', 'true') : input.removeAttribute('aria-invalid');
  }

  #say(kind, text) {
    this.#message.dataset.kind = kind;
    setText(this.#message, text);
  }
}

/** Changes only options that differ. */
function fillChoice(select, pairs) {
  const chosen = select.value;
  for (const [i, [value, text]] of pairs.entries()) {
    const option = select.options[i] ?? select.appendChild(element('option'));
    option.value = value;
    setText(option, text);
  }
  while (select.options.length > pairs.length) select.lastElementChild.remove();
  if (pairs.some(([value]) => value === chosen)) select.value = chosen;
}
