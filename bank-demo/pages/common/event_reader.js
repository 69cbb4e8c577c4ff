/**
 * Reads Server-Sent Events from text pieces cut anywhere, by the WHATWG's algorithm
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream).
 */
export class EventReader {
  #rest = '';
  #afterReturn = false;
  #id = '';
  #type = '';
  #data = [];
  #atStart = true;

  /** The last id of a complete event, with or without data: for Last-Event-ID. */
  lastId = '';
  /** The server's reconnection delay, if it sent one. */
  retryMs = undefined;

  constructor(lastId = '') {
    this.lastId = lastId;
    this.#id = lastId;
  }

  /** Returns the events that are now complete: {type, data, id}. */
  push(text) {
    const events = [];
    for (const line of this.#linesOf(text)) {
      if (line === '') {
        this.lastId = this.#id;
        if (this.#data.length > 0) {
          events.push({ type: this.#type || 'message', data: this.#data.join('\n'), id: this.lastId });
        }
        this.#type = '';
        this.#data = [];
      } else {
        this.#field(line);
      }
    }
    return events;
  }

  /** Lines end with CR, LF or both; a CR may end one piece and its LF start the next. */
  #linesOf(text) {
    let all = text;
    if (this.#atStart && all !== '') {
      this.#atStart = false;
      all = all.replace(/^\ufeff/, '');
    }
    if (this.#afterReturn && all.startsWith('\n')) all = all.slice(1);
    if (text !== '') this.#afterReturn = text.endsWith('\r');
    const lines = (this.#rest + all).split(/\r\n|\r|\n/);
    this.#rest = lines.pop();
    return lines;
  }

  #field(line) {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') this.#type = value;
    if (name === 'data') this.#data.push(value);
    if (name === 'id' && !value.includes('\0')) this.#id = value;
    if (name === 'retry' && /^\d+$/.test(value)) this.retryMs = Number(value);
  }
}
