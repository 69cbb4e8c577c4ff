// Compares exchanges with the API's description, and counts what it has seen.
import { codesOf, operationsOf, resolve, sealedSchema, sealedSchemas } from './document.js';
import { errorsOf, makeAjv } from './schemas.js';

/** Headers that any answer may have: HTTP's own, and those in the description of RateLimit-Policy. */
const general = new Set(['cache-control', 'connection', 'content-length', 'content-type', 'date', 'ratelimit',
  'ratelimit-policy', 'traceparent', 'transfer-encoding', 'vary', 'x-ratelimit-limit', 'x-ratelimit-remaining',
  'x-ratelimit-reset']);
const writes = new Set(['POST', 'PATCH', 'DELETE']);
const problemType = 'application/problem+json';
const problemSchema = { $ref: '#/components/schemas/problem' };

/** The path of a target in any form, without dot segments (RFC 3986, 5.2.4). */
const pathOf = (target) => {
  try {
    // "//accounts" is a path here; resolved as a reference it would name a host.
    return new URL(target.startsWith('/') ? `http://bank${target}` : target).pathname;
  } catch {
    return target.split('?')[0];
  }
};
const mediaType = (headers) => (headers['content-type'] ?? '').split(';')[0].trim().toLowerCase();
const escaped = (text) => text.replace(/[.*+?^$()|[\]\\]/g, '\\$&');
const unescaped = (path) => path.replace(/%[0-9A-Fa-f]{2}/g, (hex) => {
  const character = String.fromCharCode(parseInt(hex.slice(1), 16));
  return /[A-Za-z0-9._~-]/.test(character) ? character : hex;
});

export class ExchangeChecker {
  #document;
  #ajv = makeAjv();
  #operations;
  #validators = new Map();
  #seen = new Map();
  /** Statuses that every operation may give: the connection itself may answer with these. */
  #common;
  /** By code: the statuses whose responses name it. */
  #statuses = new Map();

  constructor(document) {
    this.#document = document;
    this.#ajv.addSchema({ $id: 'api:', $defs: sealedSchemas(document) });
    // A path without a parameter comes before one with it.
    this.#operations = operationsOf(document)
      .map((o) => ({ ...o, pattern: new RegExp(`^${escaped(o.path).replace(/\{\w+\}/g, '[^/]+')}$`) }))
      .sort((a, b) => a.path.includes('{') - b.path.includes('{'));
    const [first, ...others] = this.#operations.map((o) => Object.keys(o.responses));
    this.#common = first.filter((status) => others.every((all) => all.includes(status)));
    for (const { responses } of this.#operations) {
      for (const [status, response] of Object.entries(responses)) {
        for (const code of codesOf(response)) this.#note(this.#statuses, code, Number(status));
      }
    }
    this.#note(this.#statuses, 'method_not_allowed', 405);
  }

  #note(map, key, value) {
    if (!map.has(key)) map.set(key, new Set());
    map.get(key).add(value);
  }

  #validator(schema) {
    if (!this.#validators.has(schema)) {
      const inside = JSON.stringify(sealedSchema(schema)).replaceAll('"#/$defs/', '"api:#/$defs/');
      this.#validators.set(schema, this.#ajv.compile(JSON.parse(inside)));
    }
    return this.#validators.get(schema);
  }

  /** The schema's violations, each as a sentence. */
  #errors(what, schema, value) {
    const validate = this.#validator(schema);
    return validate(value) ? [] : errorsOf(validate).map((e) => `${what}: ${e}`);
  }

  #jsonErrors(what, schema, text) {
    try {
      return this.#errors(what, schema, JSON.parse(text));
    } catch (e) {
      return [`${what}: ${e.message}`];
    }
  }

  #operationOf(method, path) {
    const wanted = method === 'HEAD' ? 'GET' : method;
    const here = this.#operations.filter((o) => o.pattern.test(path));
    return { operation: here.find((o) => o.method.toUpperCase() === wanted), isPath: here.length > 0 };
  }

  /** Returns everything that is not as described, each as a sentence. */
  check({ request, answer }) {
    const path = unescaped(pathOf(request.target ?? ''));
    const { operation, isPath } = this.#operationOf(request.method, path);
    const described = operation?.responses[answer.status];
    if (!operation) return this.#checkOutside(request, answer, isPath);
    if (!described) return [`${operation.id} does not describe the status ${answer.status}`];
    this.#note(this.#seen, operation.id, answer.status);
    return [
      ...this.#checkRequest(operation, request, answer),
      ...this.#checkHeaders(described, answer),
      ...this.#checkBody(described, request, answer),
    ];
  }

  /** For a path or method that is not described, or an invalid request. */
  #checkOutside(request, answer, isPath) {
    const own = isPath || request.target === '*' ? 405 : 404;
    const faults = this.#checkProblem(request, answer);
    if (answer.status !== own && !this.#common.includes(`${answer.status}`)) {
      faults.push(`the status ${answer.status} is described for no operation, and is not ${own}`);
    }
    if (answer.status === 405 && !answer.headers.allow) faults.push('405 has no Allow');
    return faults;
  }

  /** The description must allow every request that succeeded. */
  #checkRequest(operation, { method, target, headers, body }, { status }) {
    if (status >= 300) return [];
    const faults = [];
    const known = (place) => operation.parameters.filter((p) => p.in === place);
    const query = new URLSearchParams(target.split('?')[1] ?? '');
    for (const [name, text] of query) {
      const parameter = known('query').find((p) => p.name === name);
      if (!parameter && operation.needsToken) faults.push(`the parameter ${name} is not described`);
      if (parameter) faults.push(...this.#textErrors(`the parameter ${name}`, parameter.schema, text));
    }
    for (const parameter of known('header')) {
      const text = headers[parameter.name.toLowerCase()];
      if (text) faults.push(...this.#textErrors(parameter.name, parameter.schema, text));
    }
    const schema = operation.body?.content['application/json'].schema;
    if (method !== 'HEAD' && body !== '' && schema) faults.push(...this.#jsonErrors('the request', schema, body));
    if (body === '' && operation.body?.required) faults.push('the request needs no body, against its description');
    return faults;
  }

  /** Of a value that is written as text. The node takes a + of a time that was not escaped, which
   * reads as a space. */
  #textErrors(what, schema, text) {
    const { type, format } = resolve(this.#document, schema);
    if (type === 'integer') return this.#errors(what, schema, Number(text));
    return this.#errors(what, schema, format === 'date-time' ? text.replace(' ', '+') : text);
  }

  #checkHeaders(described, { headers }) {
    const faults = [];
    const rules = Object.entries(described.headers ?? {}).map(([name, h]) => [name, resolve(this.#document, h)]);
    for (const [name, rule] of rules) {
      const text = headers[name.toLowerCase()];
      if (text !== undefined) faults.push(...this.#textErrors(name, rule.schema, text));
      else if (rule.required) faults.push(`the header ${name} is missing`);
    }
    const known = new Set(rules.map(([name]) => name.toLowerCase()));
    for (const name of Object.keys(headers)) {
      if (!known.has(name) && !general.has(name)) faults.push(`the header ${name} is not described`);
    }
    return faults;
  }

  #checkBody(described, request, answer) {
    const type = mediaType(answer.headers);
    if (!described.content) return answer.body === '' ? [] : ['there is a body, and none is described'];
    const content = described.content[type];
    if (!content) return [`the content type ${type || '(none)'} is not described`];
    if (request.method === 'HEAD') return answer.body === '' ? [] : ['HEAD has a body'];
    if (type === problemType) {
      const code = this.#codeOf(answer);
      const wrong = codesOf(described).includes(code) ? [] : [`its response does not name the code ${code}`];
      return [...wrong, ...this.#checkProblem(request, answer)];
    }
    if (!type.endsWith('json')) return this.#errors('the answer', content.schema, answer.body);
    return this.#jsonErrors('the answer', content.schema, answer.body);
  }

  #codeOf({ body }) {
    try {
      return JSON.parse(body).code;
    } catch {
      return undefined;
    }
  }

  #checkProblem({ method }, { status, headers, body }) {
    if (mediaType(headers) !== problemType) return [`an error is ${problemType}, not ${mediaType(headers)}`];
    if (!headers['x-request-id']) return ['the header X-Request-ID is missing'];
    if (body === '') return [];  // HEAD
    const faults = this.#jsonErrors('the problem', problemSchema, body);
    if (faults.length > 0) return faults;
    const problem = JSON.parse(body);
    if (problem.status !== status) faults.push(`the problem's status is ${problem.status}, the answer's ${status}`);
    if (problem.request_id !== headers['x-request-id']) faults.push('the problem has another request id');
    if (`${problem.retry_after ?? ''}` !== (headers['retry-after'] ?? '')) faults.push('retry_after is not Retry-After');
    if (writes.has(method) && [503, 504].includes(status) && !problem.outcome) faults.push('there is no outcome');
    if (!this.#statuses.get(problem.code)?.has(status)) faults.push(`the code ${problem.code} does not belong to ${status}`);
    return faults;
  }

  /** Described successes without an exchange, as `operationId status`. */
  unseen() {
    return this.#operations.flatMap(({ id, responses }) =>
      Object.keys(responses)
        .filter((status) => status < 400 && !this.#seen.get(id)?.has(Number(status)))
        .map((status) => `${id} ${status}`));
  }
}
