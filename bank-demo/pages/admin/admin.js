// The operations page: the session and the requests.
//
// The overview is requested every two seconds, one request at a time; its answer decides whether the
// node counts as answering. All other requests are less frequent, and may be late or fail alone.
// A hidden tab sends no requests.
import { Api, Problem } from '../common/api.js';
import { byId, setText } from '../common/dom.js';
import { follow } from '../common/follow.js';
import { focusLogin, hideLogin, setUpLogin, showLogin } from '../common/login.js';
import { LineChart } from './charts.js';
import { msText, rateText } from './figures.js';
import { clearEvents, showEvent, showFindings, showRestart } from './live_events.js';
import { Jobs } from './jobs.js';
import { findings, wellText } from './judge.js';
import { countedNow, showMoney } from './money_meter.js';
import { clearParts, showParts } from './parts.js';
import { Reading } from './reading.js';
import { refusalText, whyNot } from './refusals.js';
import { showErrors, showNoRequests, showRequests, windowAsked } from './requests.js';
import { Samples } from './samples.js';
import { clearActors, showActors } from './tree.js';
import { clearVerdict, showConnection, showVerdict } from './verdict.js';

const periodMs = 2_000;
const overviewTimeoutMs = 5_000;
const readingTimeoutMs = 15_000;
const spanMs = 10 * 60_000;
const longestGapMs = 15_000;
const tokenKey = 'bank.operator';

/** A session, from log-in to log-out. */
class Watch {
  #api;
  #stream;
  #jobs;
  #samples = new Samples(spanMs, longestGapMs);
  #overview;
  #actors;
  #link = { ok: true };
  #worst;
  #begun = false;
  #over = false;
  #wake = () => {};
  #charts;
  #readings;

  constructor(token) {
    this.#api = new Api(token);
    this.#jobs = new Jobs(this.#api, () => this.#look(this.#jobReading));
    this.#charts = {
      throughput: new LineChart('throughput', 'Throughput per second', ['requests', 'ledger entries'], { suggestedMax: 10, textOf: rateText }),
      latency: new LineChart('latency', 'Latency of requests', ['p50', 'p95', 'p99'], { suggestedMax: 5, textOf: msText }),
      errors: new LineChart('errors', 'Share of requests that fail', ['failed'], { suggestedMax: 10, textOf: (y) => `${rateText(y)}\u00a0%` }),
    };
    this.#readings = [
      new Reading(2, () => this.#readActors()), this.#jobReading = new Reading(4, () => this.#readJobs()),
      this.#logReading = new Reading(4, () => this.#readLog()), this.#configReading = new Reading(Infinity, () => this.#readConfig()),
    ];
    byId('money-count').onclick = () => this.#countMoney();
    byId('window').onchange = () => this.#look(this.#logReading);
    showConnection('connecting');
    this.#stream = follow('/v1/events?topics=jobs,system', token, {
      onOpen: () => this.#wake(),
      onEvent: (event) => {
        showEvent(event);
        if (event.type === 'job.changed') this.#look(this.#jobReading);
        if (event.type.startsWith('system.')) this.#wake();
      },
      onLost: () => {},
      onRefused: () => this.#refused({ status: 401 }),
    });
    this.#run();
  }

  #jobReading;
  #logReading;
  #configReading;

  end() {
    this.#over = true;
    this.#wake();
    this.#stream.stop();
    this.#api.close();
    this.#jobs.clear();
    Object.values(this.#charts).forEach((c) => c.clear());
    clearParts();
    clearActors();
    clearEvents();
    clearVerdict();
  }

  paint() {
    Object.values(this.#charts).forEach((c) => c.paint());
  }

  hurry() {
    this.#stream.hurry();
    this.#wake();
  }

  #look(reading) {
    reading.hurry();
    reading.round();
  }

  async #run() {
    while (!this.#over) {
      if (!document.hidden) await this.#round();
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, periodMs);
        this.#wake = () => (clearTimeout(timer), resolve());
      });
    }
  }

  async #round() {
    try {
      const overview = await this.#api.ask('/v1/admin/overview', overviewTimeoutMs);
      if (this.#over) return;
      this.#take(overview);
    } catch (problem) {
      if (this.#over) return;
      if (!(problem instanceof Problem)) return console.error(problem);
      if (problem.status === 401 || problem.status === 403) return this.#refused(problem);
      this.#link = { ok: false, code: problem.code, lastAt: this.#samples.last?.at };
      this.#judge();
      showConnection(problem.status > 0 ? 'blind' : 'lost');
      return;
    }
    this.#readings.forEach((r) => r.round());
    if (!this.#begun) this.#begin();
  }

  /** The charts start with the node's history: a restart of the node or a reload of the page ends no line. */
  async #begin() {
    this.#begun = true;
    try {
      const history = await this.#api.ask(`/v1/admin/history?window=${spanMs / 1000}s`, readingTimeoutMs);
      if (this.#over) return;
      this.#samples.begin(history.points);
      this.#draw();
    } catch (problem) {
      // Without a request log there is no history; the charts then start now.
      if (!this.#over && !(problem instanceof Problem)) console.error(problem);
    }
  }

  #take(overview) {
    const restarted = this.#overview && this.#overview.started_at !== overview.started_at;
    this.#overview = overview;
    this.#link = { ok: true };
    this.#samples.add(overview, Date.now());
    if (restarted) {
      showRestart(overview);
      this.#readings.forEach((r) => r.hurry());
    }
    showConnection('live');
    showParts(overview, this.#samples);
    showMoney(overview.money);
    this.#draw();
    this.#judge();
  }

  #draw() {
    const now = this.#samples.last.at;
    const draw = (chart, ...values) => chart.draw(values.map((v) => this.#samples.line(v)), now, spanMs);
    draw(this.#charts.throughput, (s) => s.perSecond?.requests, (s) => s.perSecond?.entries);
    draw(this.#charts.latency, (s) => s.minute.p50_ms, (s) => s.minute.p95_ms, (s) => s.minute.p99_ms);
    draw(this.#charts.errors, (s) => s.minute.error_share * 100);
  }

  #judge() {
    const found = findings({ link: this.#link, overview: this.#overview, actors: this.#actors, samples: this.#samples });
    // Problems show in the request log, too: read it again when the worst finding changes.
    const worst = found[0]?.where;
    if (worst !== this.#worst) this.#logReading.hurry();
    this.#worst = worst;
    const perSecond = this.#samples.last?.perSecond?.requests;
    showVerdict(found, this.#overview ? wellText(this.#overview, perSecond) : '');
    showFindings(found, !this.#link.ok);
  }

  async #readActors() {
    const actors = await this.#api.ask('/v1/admin/actors', readingTimeoutMs);
    if (this.#over) return;
    this.#actors = actors;
    showActors(actors);
    this.#judge();
  }

  async #readJobs() {
    const { data } = await this.#api.ask('/v1/jobs?limit=20', readingTimeoutMs);
    if (!this.#over) this.#jobs.show(data, this.#overview?.jobs);
  }

  async #readLog() {
    const window = windowAsked();
    try {
      const [requests, errors] = await Promise.all([
        this.#api.ask(`/v1/admin/requests?window=${window}`, readingTimeoutMs),
        this.#api.ask(`/v1/admin/errors?window=${window}`, readingTimeoutMs)]);
      if (this.#over || window !== windowAsked()) return;
      showRequests(requests);
      showErrors(errors);
    } catch (problem) {
      if (this.#over || !(problem instanceof Problem)) throw problem;
      showNoRequests(problem.status === 404 ? 'The request log is off (request_log.enabled).' : `The request log could not be read: ${whyNot(problem)}.`);
    }
  }

  async #readConfig() {
    const config = await this.#api.ask('/v1/admin/config', readingTimeoutMs);
    if (!this.#over) setText(byId('config'), JSON.stringify(config, null, 2));
  }

  async #countMoney() {
    byId('money-count').disabled = true;
    try {
      const totals = await this.#api.ask('/v1/admin/money', readingTimeoutMs);
      if (!this.#over) showMoney(countedNow(totals, this.#overview?.money));
    } catch (problem) {
      if (!this.#over && problem instanceof Problem) setText(byId('money-text'), `The sums could not be read: ${whyNot(problem)}.`);
    }
    byId('money-count').disabled = false;
  }

  #refused(problem) {
    if (!this.#over) logOut(refusalText(problem));
  }
}

let watch;

function enter(token) {
  sessionStorage.setItem(tokenKey, token);
  hideLogin();
  byId('watch').hidden = false;
  byId('who').hidden = false;
  watch = new Watch(token);
}

function logOut(why) {
  watch?.end();
  watch = undefined;
  sessionStorage.removeItem(tokenKey);
  byId('watch').hidden = true;
  byId('who').hidden = true;
  showLogin(why);
  focusLogin();
}

setUpLogin({
  path: '/v1/admin/overview',
  onEnter: (token) => {
    enter(token);
    byId('verdict').focus();
  },
  wordsOf: refusalText,
});
byId('log-out').addEventListener('click', () => logOut(''));
addEventListener('online', () => watch?.hurry());
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) watch?.hurry();
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => watch?.paint());

const kept = sessionStorage.getItem(tokenKey);
if (kept) {
  enter(kept);
} else {
  showLogin('');
}
document.documentElement.dataset.ready = 'true';
