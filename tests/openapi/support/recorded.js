// The exchanges that the API's tests recorded (tests/api/exchange_log.hpp): what each connection sent is cut
// into requests, and each is put beside its answer.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const fromLatin1 = (text) => Buffer.from(text, 'latin1').toString('utf8');

/** The body that begins at `at`, and its end. */
function bodyAt(bytes, at, headers) {
  if (!/\bchunked\b/i.test(headers['transfer-encoding'] ?? '')) {
    const end = at + Number(headers['content-length'] ?? 0);
    return { body: bytes.slice(at, end), end };
  }
  let body = '';
  for (;;) {
    const line = bytes.indexOf('\r\n', at);
    const size = parseInt(bytes.slice(at, line), 16);
    if (line < 0 || !(size > 0)) break;
    body += bytes.slice(line + 2, line + 2 + size);
    at = line + 2 + size + 2;
  }
  const end = bytes.indexOf('\r\n\r\n', at);
  return { body, end: end < 0 ? bytes.length : end + 4 };
}

/** Takes the first request off the bytes: [request, what follows it]. Of half a request there is as much as
 * was sent, and nothing follows. */
function takeRequest(bytes) {
  const text = bytes.replace(/^(\r\n)+/, '');
  const headEnd = text.indexOf('\r\n\r\n');
  const [line, ...fields] = (headEnd < 0 ? text : text.slice(0, headEnd)).split('\r\n');
  const [, method, target] = /^([^\0- \x7f]+) ([^\0- \x7f]+) HTTP\/1\.[01]$/.exec(line) ?? [];
  const named = fields.map((f) => /^([^:]+):[ \t]*(.*?)[ \t]*$/.exec(f)).filter(Boolean);
  const headers = Object.fromEntries(named.map(([, name, value]) => [name.toLowerCase(), value]));
  if (headEnd < 0) return [{ method, target, headers, body: '' }, ''];
  const { body, end } = bodyAt(text, headEnd + 4, headers);
  return [{ method, target, headers, body: fromLatin1(body) }, text.slice(end)];
}

function* exchangesOf(file) {
  const [unanswered, bodies] = [new Map(), new Map()];
  for (const line of readFileSync(file, 'latin1').split('\n')) {
    if (line === '') continue;
    const { test, connection, sent, status, headers, body } = JSON.parse(line);
    const bytes = (unanswered.get(connection) ?? '') + sent;
    unanswered.set(connection, bytes);
    if (status === 100) continue;
    const [request, rest] = takeRequest(bytes);
    unanswered.set(connection, rest);
    bodies.set(connection, body ?? bodies.get(connection) ?? '');
    yield { test, request, answer: { status, headers, body: fromLatin1(bodies.get(connection)) } };
  }
}

/** All exchanges of the folder: {test, request: {method, target, headers, body}, answer: {status, headers, body}}. */
export function* recordedExchanges(folder) {
  for (const name of readdirSync(folder)) yield* exchangesOf(join(folder, name));
}
