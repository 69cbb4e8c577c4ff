// An account's history, newest first, page by page.
import { byId, element, setText } from '../common/dom.js';
import { moneyText } from '../common/money.js';
import { timeText } from '../common/times.js';
import { readTrouble } from './problems.js';
import { accountName, directionOf } from './texts.js';

const rowsAtOnce = 10;

export class History {
  #api;
  #choice = byId('history-account');
  #list = byId('history-list');
  #note = byId('history-note');
  #older = byId('history-older');
  #own = new Map();
  #rows = [];
  #next = null;

  constructor(api) {
    this.#api = api;
    this.#choice.onchange = () => this.#begin();
    this.#older.onclick = () => this.#more();
  }

  /** The accounts to choose from. */
  offer(accounts) {
    this.#own = new Map(accounts.map((a) => [a.id, a]));
    const shown = [...this.#choice.options].map((o) => o.value).join();
    if (shown === accounts.map((a) => a.id).join()) return;
    const chosen = this.#choice.value;
    this.#choice.replaceChildren(
      ...accounts.map((a) => element('option', { value: a.id }, `${accountName(a)} (${a.currency})`)));
    if (this.#own.has(chosen)) this.#choice.value = chosen;
  }

  /** Reads the newest page again. Older loaded rows stay if they still join it. */
  async refresh() {
    const account = this.#choice.value;
    if (account === '') return;
    const page = await this.#read(account, null);
    if (account !== this.#choice.value) return;
    const known = this.#rows.length > 0 ? page.data.findIndex((r) => r.id === this.#rows[0].id) : -1;
    if (known >= 0) {
      this.#rows = [...page.data.slice(0, known), ...this.#rows];
    } else {
      this.#rows = page.data;
      this.#next = page.next_cursor;
    }
    this.#show();
  }

  clear() {
    this.#choice.replaceChildren();
    this.#rows = [];
    this.#next = null;
    this.#show();
  }

  #read(account, cursor) {
    const from = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
    return this.#api.get(`/v1/accounts/${account}/history?limit=${rowsAtOnce}${from}`);
  }

  async #begin() {
    this.#rows = [];
    await this.#guarded(() => this.refresh());
  }

  async #more() {
    const account = this.#choice.value;
    const before = this.#rows.length;
    await this.#guarded(async () => {
      const page = await this.#read(account, this.#next);
      if (account !== this.#choice.value) return;
      this.#rows = [...this.#rows, ...page.data];
      this.#next = page.next_cursor;
      this.#show();
      this.#list.children[before]?.focus();
    });
  }

  async #guarded(work) {
    this.#older.disabled = true;
    try {
      await work();
    } catch (problem) {
      if (problem.name !== 'AbortError') setText(this.#note, readTrouble(problem));
    }
    this.#older.disabled = false;
  }

  #show() {
    const account = this.#choice.value;
    const nodeOf = (row) => this.#rowNode(row, account);
    const shown = [...this.#list.children].map((n) => n.dataset.transfer);
    const first = this.#rows.findIndex((r) => r.id === shown[0]);
    const joins = first >= 0 && shown.every((id, i) => this.#rows[first + i]?.id === id);
    if (joins) {  // existing rows stay, and so does the focus
      this.#list.prepend(...this.#rows.slice(0, first).map(nodeOf));
      this.#list.append(...this.#rows.slice(first + shown.length).map(nodeOf));
    } else {
      this.#list.replaceChildren(...this.#rows.map(nodeOf));
    }
    this.#older.hidden = this.#next === null;
    setText(this.#note, this.#rows.length === 0 ? 'This account has no transfers yet.' : '');
  }

  #rowNode(row, account) {
    const into = row.to === account;
    const direction = directionOf(row, this.#own);
    const amount = moneyText(into ? row.amount : -row.amount, row.currency);
    const detail = row.memo ? `${direction.other} · ${row.memo}` : direction.other;
    return element('li', { class: 'entry', tabindex: '-1', 'data-transfer': row.id },
      element('p', { class: 'title' }, direction.title),
      element('p', { class: into ? 'money in' : 'money' }, into ? `+${amount}` : amount),
      element('p', { class: 'detail hint' }, detail),
      element('time', { class: 'hint', datetime: row.posted_at ?? row.created_at },
        timeText(row.posted_at ?? row.created_at)),
      element('p', { class: 'after hint' }, `Balance ${moneyText(row.balance_after, row.currency)}`));
  }
}
