// The customer page: the session and the requests.
import { Api, Problem } from '../common/api.js';
import { byId, setText } from '../common/dom.js';
import { follow } from '../common/follow.js';
import { focusLogin, hideLogin, setUpLogin, showLogin } from '../common/login.js';
import { clearAccounts, showAccounts } from './accounts.js';
import { clearFeed, connectionState, showConnection, showEvent } from './feed.js';
import { History } from './history.js';
import { readTrouble } from './problems.js';
import { forgetAll, keepToken, readToken } from './session.js';
import { TransferForm } from './transfer.js';

/** Least time between two reads, so that a busy account stays below the rate limit. */
const betweenReadingsMs = 600;
/** Upper limit of that time, which doubles with each failed read. */
const longestBetweenMs = 10_000;
const accountsAtOnce = 200;
const mostAccounts = 1000;

const bank = byId('bank');

const typeOrder = ['checking', 'merchant', 'savings'];

/** Order of the accounts: by type, those that are paid from first; then oldest first. */
const inOrder = (a, b) =>
  typeOrder.indexOf(a.type) - typeOrder.indexOf(b.type) || a.created_at.localeCompare(b.created_at);

async function readAccounts(api) {
  const all = [];
  let cursor = null;
  do {
    const from = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
    const page = await api.get(`/v1/accounts?limit=${accountsAtOnce}${from}`);
    all.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor && all.length < mostAccounts);
  return all.filter((a) => a.type !== 'world').sort(inOrder);
}

/** A session, from log-in to log-out. */
class Visit {
  #api;
  #stream;
  #history;
  #form;
  #own = new Map();
  #reading = false;
  #wanted = false;
  #over = false;
  #failures = 0;
  #readNow = () => {};

  constructor(token) {
    this.#api = new Api(token);
    this.#history = new History(this.#api);
    this.#form = new TransferForm(this.#api, {
      onMade: () => this.read(),
      onRefused: () => logOut('You were logged out: the bank does not accept your token any more.'),
    });
    showConnection('connecting');
    this.#stream = follow('/v1/events?topics=transfers,accounts,system', token, {
      onOpen: (again) => {
        showConnection(again ? 'again' : 'live');
        this.#failures = 0;
        this.read();
        this.#readNow();
      },
      onEvent: (event) => this.#handle(event),
      onLost: () => showConnection('lost'),
      onRefused: () => logOut('You were logged out: the bank does not accept your token any more.'),
    });
  }

  end() {
    this.#over = true;
    this.#stream.stop();
    this.#api.close();
    this.#form.close();
    this.#history.clear();
    clearAccounts();
    clearFeed();
  }

  hurry() {
    this.#stream.hurry();
  }

  #handle(event) {
    if (event.type === 'system.closing') return;
    showEvent(event, this.#own);
    this.read();
  }

  /** Reads everything shown. Calls during a read are merged into one more read. */
  async read() {
    this.#wanted = true;
    if (this.#reading) return;
    this.#reading = true;
    while (this.#wanted && !this.#over) {
      this.#wanted = false;
      await this.#readOnce();
      const wait = Math.min(betweenReadingsMs * 2 ** this.#failures, longestBetweenMs);
      await new Promise((resolve) => {
        setTimeout(resolve, wait);
        this.#readNow = resolve;
      });
    }
    this.#reading = false;
  }

  async #readOnce() {
    const trouble = byId('trouble');
    try {
      const accounts = await readAccounts(this.#api);
      if (this.#over) return;
      this.#show(accounts);
      await this.#history.refresh();
      setText(trouble, '');
      this.#failures = 0;
    } catch (problem) {
      if (this.#over) return;
      if (!(problem instanceof Problem)) {
        console.error(problem);
        return;
      }
      this.#failures = Math.min(this.#failures + 1, 10);
      // A lost stream shows its own message, and its return triggers a read.
      setText(trouble, connectionState() === 'lost' ? '' : readTrouble(problem));
      if (problem.code !== 'unauthenticated') this.#wanted ||= connectionState() === 'live';
    }
  }

  #show(accounts) {
    this.#own = new Map(accounts.map((a) => [a.id, a]));
    const owners = new Set(accounts.map((a) => a.owner));
    setText(byId('owner'), owners.size === 1 ? [...owners][0] : '');
    showAccounts(accounts);
    this.#form.offer(accounts);
    this.#history.offer(accounts);
  }
}

let visit;

function enter(token) {
  keepToken(token);
  hideLogin();
  bank.hidden = false;
  byId('who').hidden = false;
  visit = new Visit(token);
}

function logOut(why) {
  visit?.end();
  visit = undefined;
  forgetAll();
  bank.hidden = true;
  byId('who').hidden = true;
  setText(byId('owner'), '');
  showLogin(why);
  focusLogin();
}

function wordsOf(problem) {
  const unknown = problem.code === 'unauthenticated';
  return unknown ? 'The bank does not accept this token. Check that you have copied all of it.' : readTrouble(problem);
}

setUpLogin({
  path: '/v1/accounts?limit=1',
  onEnter: (token) => {
    enter(token);
    byId('accounts-title').focus();
  },
  wordsOf,
});
byId('log-out').addEventListener('click', () => logOut(''));
addEventListener('online', () => visit?.hurry());
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) visit?.hurry();
});

const kept = readToken();
if (kept) {
  enter(kept);
} else {
  showLogin('');
}
document.documentElement.dataset.ready = 'true';
