// Subscribes to /v1/events while the page is open. EventSource can't send an Authorization header, so
// the stream is read with fetch.
import { EventReader } from './event_reader.js';

const firstWaitMs = 500;
const longestWaitMs = 8_000;
/** The node sends something every 15 s: after a much longer silence the connection is dead. */
const longestSilenceMs = 40_000;

/** Doubles with each attempt, with jitter; `random` is between 0 and 1. */
export const waitBefore = (attempt, random) =>
  Math.min(firstWaitMs * 2 ** Math.min(attempt, 10), longestWaitMs) * (0.5 + random / 2);

/**
 * Opens the stream. `callbacks` has callbacks:
 *   onOpen(again)   the stream is open: no event is missed from now on; read the current state now
 *   onEvent(event)  {type, data, id}, `data` parsed from JSON
 *   onLost()        the stream is lost; it is retried forever
 *   onRefused()     the token is not valid (any more): the stream has ended
 * Returns {stop(), hurry()}: `hurry` ends the wait before a retry.
 */
export function follow(url, token, callbacks) {
  const life = new AbortController();
  let hurry = () => {};
  let lastId = '';
  let opened = 0;
  let attempt = 0;

  async function pause(ms) {
    let timer;
    await new Promise((resolve) => {
      timer = setTimeout(resolve, ms);
      hurry = resolve;
    });
    clearTimeout(timer);
    hurry = () => {};
  }

  /** An exception in a callback must not end the stream. */
  function tell(event) {
    try {
      callbacks.onEvent({ ...event, data: JSON.parse(event.data) });
    } catch (why) {
      console.error(why);
    }
  }

  async function connect() {
    const one = new AbortController();
    const end = () => one.abort();
    life.signal.addEventListener('abort', end, { once: true });
    let watchdog = setTimeout(end, longestSilenceMs);
    try {
      const headers = { Authorization: `Bearer ${token}`, Accept: 'text/event-stream' };
      if (lastId !== '') headers['Last-Event-ID'] = lastId;
      const answer = await fetch(url, { headers, cache: 'no-store', signal: one.signal });
      if (answer.status === 401) return 'refused';
      if (answer.status !== 200) {
        const seconds = Number(answer.headers.get('Retry-After'));
        await answer.body?.cancel();
        return seconds > 0 ? Math.min(seconds * 1000, 30_000) : undefined;
      }
      callbacks.onOpen(opened > 0);
      opened += 1;
      const bytes = answer.body.getReader();
      const decoder = new TextDecoder();
      const reader = new EventReader(lastId);
      for (;;) {
        const { done, value } = await bytes.read();
        if (done) return undefined;
        attempt = 0;
        clearTimeout(watchdog);
        watchdog = setTimeout(end, longestSilenceMs);
        for (const event of reader.push(decoder.decode(value, { stream: true }))) tell(event);
        lastId = reader.lastId;
      }
    } finally {
      clearTimeout(watchdog);
      life.signal.removeEventListener('abort', end);
      one.abort();
    }
  }

  async function run() {
    while (!life.signal.aborted) {
      let wait;
      try {
        wait = await connect();
      } catch {
        // The connection failed: retry.
      }
      if (life.signal.aborted) return;
      if (wait === 'refused') return callbacks.onRefused();
      callbacks.onLost();
      await pause(wait ?? waitBefore(attempt, Math.random()));
      attempt += 1;
    }
  }

  run();
  const stop = () => {
    life.abort();
    hurry();
  };
  return { stop, hurry: () => hurry() };
}
