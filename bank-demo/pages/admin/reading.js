// Periodic requests beside the overview.
import { Problem } from '../common/api.js';

const mostRoundsAfterFailure = 4;

/** A request sent every `every` rounds, never twice at the same time. */
export class Reading {
  #ask;
  #every;
  #due = 0;
  #busy = false;

  constructor(every, ask) {
    this.#every = every;
    this.#ask = ask;
  }

  hurry() {
    this.#due = 0;
  }

  async round() {
    if (this.#busy || this.#due-- > 0) return;
    this.#due = this.#every - 1;
    this.#busy = true;
    try {
      await this.#ask();
    } catch (why) {
      this.#due = Math.min(this.#due, mostRoundsAfterFailure);
      if (!(why instanceof Problem) && why?.name !== 'AbortError') console.error(why);
    } finally {
      this.#busy = false;
    }
  }
}
