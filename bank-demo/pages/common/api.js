// The client of the node's API.

/** A problem from the node (RFC 9457); code 'no_answer' if there was no readable answer. */
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail ?? body.code);
    this.status = status;
    this.code = body.code;
    this.field = body.field;
    this.detail = body.detail ?? '';
    this.requestId = body.request_id;
    /** Of a failed write: 'none' if nothing happened, 'unknown' if it may have. */
    this.outcome = body.outcome;
    this.retryAfterMs = (body.retry_after ?? 0) * 1000;
  }
}

async function problemOf(answer) {
  const fallback = { code: answer.status >= 500 ? 'no_answer' : 'internal', outcome: 'unknown' };
  try {
    return new Problem(answer.status, await answer.json());
  } catch {
    return new Problem(answer.status, fallback);
  }
}

const sleep = (ms, signal) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => (clearTimeout(timer), reject(signal.reason)), { once: true });
  });

export class Api {
  #token;
  #life = new AbortController();

  constructor(token) {
    this.#token = token;
  }

  /** Aborts running requests; sends no more. */
  close() {
    this.#life.abort();
  }

  /** Reads; retries up to 3 times after 429 and 503. Throws a Problem. */
  async get(path) {
    for (let tries = 0; ; ++tries) {
      try {
        return await this.#send(path, {});
      } catch (problem) {
        const asksToWait = problem instanceof Problem && (problem.status === 429 || problem.status === 503);
        if (!asksToWait || tries >= 3) throw problem;
        await sleep(Math.max(problem.retryAfterMs, 300), this.#life.signal);
      }
    }
  }

  /** Reads once, within `timeoutMs`. Throws a Problem. */
  ask(path, timeoutMs) {
    return this.#send(path, { timeoutMs });
  }

  /** Deletes once. Throws a Problem. */
  delete(path) {
    return this.#send(path, { method: 'DELETE' });
  }

  /** Writes once. Throws a Problem; its `outcome` says whether the write may have had an effect. */
  post(path, body) {
    return this.#send(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json' },
    });
  }

  async #send(path, { headers = {}, timeoutMs, ...what }) {
    const one = new AbortController();
    const end = () => one.abort(this.#life.signal.reason);
    if (this.#life.signal.aborted) end();
    this.#life.signal.addEventListener('abort', end, { once: true });
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => one.abort(), timeoutMs);
    try {
      const answer = await fetch(path, {
        ...what,
        headers: { ...headers, Authorization: `Bearer ${this.#token}` },
        cache: 'no-store',
        signal: one.signal,
      });
      if (!answer.ok) throw await problemOf(answer);
      return await answer.json();
    } catch (why) {
      if (this.#life.signal.aborted || why instanceof Problem) throw why;
      throw new Problem(0, { code: 'no_answer', outcome: 'unknown' });
    } finally {
      clearTimeout(timer);
      this.#life.signal.removeEventListener('abort', end);
    }
  }
}
