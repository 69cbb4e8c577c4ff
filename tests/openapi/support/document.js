// The API's description: its operations, and its schemas in the form used to check answers.
import { readFileSync } from 'node:fs';

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

export const documentPath = new URL('../../../bank-demo/bank/api/openapi.json', import.meta.url);

export function readDocument() {
  return JSON.parse(readFileSync(documentPath, 'utf8'));
}

/** Resolves a `$ref` within the document; returns anything else unchanged. */
export function resolve(document, value) {
  if (value?.$ref === undefined) return value;
  const steps = value.$ref.replace(/^#\//, '').split('/');
  const found = steps.reduce((at, step) => at?.[step.replaceAll('~1', '/').replaceAll('~0', '~')], document);
  if (found === undefined) throw new Error(`${value.$ref} leads nowhere`);
  return resolve(document, found);
}

const needsToken = (ways) => ways.length > 0 && ways.every((way) => Object.keys(way).length > 0);

/** Each operation: {path, method, id, needsToken, parameters, body, responses}, with every `$ref` of its own resolved. */
export function operationsOf(document) {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    methods.filter((method) => item[method]).map((method) => {
      const operation = item[method];
      const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])];
      const responses = Object.entries(operation.responses);
      return {
        path,
        method,
        id: operation.operationId,
        needsToken: needsToken(operation.security ?? document.security),
        parameters: parameters.map((p) => resolve(document, p)),
        body: resolve(document, operation.requestBody),
        responses: Object.fromEntries(responses.map(([status, r]) => [status, resolve(document, r)])),
      };
    }));
}

/** The codes named in a response's description. */
export function codesOf(response) {
  return /Codes: ([a-z_, ]+)\./.exec(response.description)?.[1].split(', ') ?? [];
}

/** Calls `visit(value, pointer)` for every object in the document, examples excepted. */
export function walk(value, visit, pointer = '#') {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) visit(value, pointer);
  for (const [key, inner] of Object.entries(value)) {
    if (key !== 'examples') walk(inner, visit, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`);
  }
}

const shared = '#/components/schemas/';

/** The schema, such that members it does not know are refused. Clients tolerate new members; this project's
 * own answers must not have any that are not described. `open`: it is a part of an `allOf`, whose whole is
 * sealed instead. An object without described members stays open. */
function seal(schema, open = false) {
  if (typeof schema !== 'object' || schema === null) return schema;
  if (schema.$ref) return { $ref: schema.$ref.replace(shared, open ? '#/$defs/open.' : '#/$defs/') };
  const sealed = { ...schema };
  if (schema.allOf) sealed.allOf = schema.allOf.map((part) => seal(part, true));
  for (const word of ['oneOf', 'anyOf']) if (schema[word]) sealed[word] = schema[word].map((part) => seal(part, open));
  for (const word of ['items', 'additionalProperties']) if (schema[word]) sealed[word] = seal(schema[word]);
  if (schema.properties) {
    const members = Object.entries(schema.properties);
    sealed.properties = Object.fromEntries(members.map(([name, member]) => [name, seal(member)]));
  }
  const described = schema.properties || schema.allOf;
  if (described && !open && schema.additionalProperties === undefined) sealed.unevaluatedProperties = false;
  return sealed;
}

/** The document's schemas, sealed, as a JSON Schema that others refer to. */
export function sealedSchemas(document) {
  const all = Object.entries(document.components.schemas);
  const sealed = all.flatMap(([name, schema]) => [[name, seal(schema)], [`open.${name}`, seal(schema, true)]]);
  return Object.fromEntries(sealed);
}

export const sealedSchema = (schema) => seal(schema);
