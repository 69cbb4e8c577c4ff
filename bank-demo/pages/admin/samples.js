// The overviews of the last minutes, and the rates between two of them.

/** An overview's counters by the page's names: all grow while a node runs. */
const countersOf = (o) => ({
  requests: o.traffic.requests,
  entries: o.journal.entries ?? 0,
  failedCommits: o.journal.failed_commits,
  failedCalls: o.store.failed_calls,
  missedEvents: o.bus?.missed ?? 0,
  droppedRows: o.request_log?.dropped ?? 0,
  droppedLines: o.program_log?.dropped ?? 0,
  refusedByNode: o.limiter.refused_node,
  failures: o.restarts?.failures ?? 0,
});

const rate = (before, now, name) =>
  Math.max(0, now.counters[name] - before.counters[name]) / (now.uptime - before.uptime);

/** The node keeps a point per minute: a longer gap between two breaks the line. */
const longestNotedGapMs = 150_000;
const near = (before, at) => before !== undefined && at - before.at <= longestNotedGapMs;

export class Samples {
  #keepMs;
  #longestGapMs;
  #all = [];

  /** Keeps samples younger than `keepMs`. Between two samples further apart than `longestGapMs` there
   * is no rate. */
  constructor(keepMs, longestGapMs) {
    this.#keepMs = keepMs;
    this.#longestGapMs = longestGapMs;
  }

  /** `at`: time of the answer, in milliseconds. */
  add(overview, at) {
    const last = this.#all.at(-1);
    const now = {
      at,
      startedAt: overview.started_at,
      uptime: overview.uptime_seconds,
      counters: countersOf(overview),
      minute: overview.traffic.last_minute,
    };
    const sameRun = last && last.startedAt === now.startedAt && now.uptime > last.uptime;
    const follows = sameRun && at - last.at <= this.#longestGapMs;
    now.follows = follows;
    now.perSecond = follows
      ? { requests: rate(last, now, 'requests'), entries: rate(last, now, 'entries') }
      : undefined;
    this.#all.push(now);
    while (this.#all[0].at < at - this.#keepMs) this.#all.shift();
  }

  /** Adds the points of the node's history from before the first sample. */
  begin(points) {
    const first = this.#all[0];
    const noted = [];
    for (const p of points) {
      const at = Date.parse(p.at);
      if (first && at >= first.at) break;
      noted.push({ at, follows: near(noted.at(-1), at), perSecond: { requests: p.per_second }, minute: p });
    }
    if (first) first.follows = near(noted.at(-1), first.at);
    this.#all.unshift(...noted);
  }

  get last() {
    return this.#all.at(-1);
  }

  /** The points of a line, {x, y}; `y` is NaN where the line breaks. */
  line(valueOf) {
    const points = [];
    for (const s of this.#all) {
      const value = valueOf(s);
      if (!s.follows && points.length > 0) points.push({ x: s.at, y: NaN });
      if (value !== undefined) points.push({ x: s.at, y: value });
    }
    return points;
  }

  /** Growth of a counter within the last `ms`, within this run of the node. */
  growth(name, ms) {
    const now = this.last;
    if (!now) return 0;
    const first = this.#all.find((s) => s.startedAt === now.startedAt && s.at >= now.at - ms);
    return Math.max(0, now.counters[name] - first.counters[name]);
  }
}
