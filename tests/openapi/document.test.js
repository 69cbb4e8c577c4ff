// Checks the API's description itself: with two validators, and with rules for generated clients.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { createConfig, lint } from '@redocly/openapi-core';
import { Validator } from '@seriousme/openapi-schema-validator';
import { areDisjoint } from './support/disjoint.js';
import { documentPath, operationsOf, readDocument, resolve, walk } from './support/document.js';
import { errorsOf, makeAjv } from './support/schemas.js';

const document = readDocument();
const schemas = Object.entries(document.components.schemas);

/** JSON pointers to the objects for which `breaks` is true. */
function broken(within, breaks) {
  const places = [];
  walk(within, (value, pointer) => breaks(value, pointer) && places.push(pointer));
  return places;
}

const has = (schema, type) => [schema.type].flat().includes(type);

test('is a valid OpenAPI 3.1 document', async () => {
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  assert.deepEqual({ valid, errors }, { valid: true, errors: undefined });
});

test('passes a linter', async () => {
  const config = await createConfig({
    extends: ['recommended-strict'],
    rules: {
      'no-invalid-media-type-examples': 'error',
      'no-invalid-schema-examples': 'error',
      'no-schema-type-mismatch': 'error',
      'operation-operationId': 'error',
      'operation-tag-defined': 'error',
      'spec-strict-refs': 'error',
    },
  });
  const found = await lint({ ref: fileURLToPath(documentPath), config });
  const text = found.map((f) => `${f.ruleId} ${f.location[0].pointer}`);
  // A WebSocket's success is 101.
  assert.deepEqual(text, ['operation-2xx-response #/paths/~1v1~1ws/get/responses']);
});

test('names its licence by SPDX', () => {
  assert.equal(document.info.license.identifier, 'BSD-3-Clause');
});

test('names each operation once, in camelCase, with a tag and a summary', () => {
  const ids = operationsOf(document).map((o) => o.id);
  assert.deepEqual(ids.filter((id, i) => !/^[a-z]+([A-Z][a-z]*)*$/.test(id) || ids.indexOf(id) !== i), []);
  const operations = operationsOf(document).map((o) => document.paths[o.path][o.method]);
  assert.deepEqual(operations.filter((o) => o.tags?.length !== 1 || !o.summary), []);
});

test('gives int32 or int64 for each integer', () => {
  const fits32 = (s) => s.maximum < 2 ** 31 && s.minimum >= -(2 ** 31);
  const fits = (s) => (s.format === 'int32' ? fits32(s) || 'const' in s : s.format === 'int64');
  assert.deepEqual(broken(document, (s) => has(s, 'integer') && !fits(s)), []);
});

test('gives a type beside each const and enum', () => {
  // A property may be called `enum` or `const`; none is.
  assert.deepEqual(broken(document, (s) => ('const' in s || Array.isArray(s.enum)) && !('type' in s)), []);
});

test('has no oneOf whose branches overlap', () => {
  const overlap = (branches) =>
    branches.some((a, i) => branches.slice(i + 1).some((b) => !areDisjoint(document, a, b)));
  assert.deepEqual(broken(document, (s) => s.oneOf && overlap(s.oneOf)), []);
});

test('has no keyword that only OpenAPI 3.0 has', () => {
  const dropped = (s) => 'nullable' in s || typeof s.exclusiveMinimum === 'boolean' || typeof s.exclusiveMaximum === 'boolean';
  assert.deepEqual(broken(document, dropped), []);
});

test('has no dangling reference', () => {
  walk(document, (value) => resolve(document, value));
});

test('has schemas of JSON Schema 2020-12, with examples and defaults that match them', () => {
  const ajv = makeAjv();
  ajv.addVocabulary(['components']);
  ajv.addSchema({ $id: 'api:', components: document.components });
  const faults = [];
  const check = (schema, pointer, value) => {
    const inside = JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"api:#/components/'));
    const validate = ajv.compile(inside);
    if (!validate(value)) faults.push(...errorsOf(validate).map((e) => `${pointer}: ${e}`));
  };
  const isSchema = (s) => typeof s.type === 'string' || Array.isArray(s.type) || s.allOf || s.oneOf || s.anyOf;
  walk(document.components.schemas, (schema, pointer) => {
    if (!isSchema(schema)) return;
    if ('default' in schema) check(schema, pointer, schema.default);
    for (const example of schema.examples ?? []) check(schema, pointer, example);
  });
  for (const [name] of schemas) ajv.compile({ $ref: `api:#/components/schemas/${name}` });
  assert.deepEqual(faults, []);
});

test('describes a problem and a request id for every error of every operation', () => {
  const faults = [];
  for (const { id, responses } of operationsOf(document)) {
    for (const [status, response] of Object.entries(responses)) {
      const type = Object.keys(response.content ?? {});
      if (status >= 400 && `${type}` !== 'application/problem+json') faults.push(`${id} ${status}: ${type}`);
      if (!response.headers?.['X-Request-ID']) faults.push(`${id} ${status}: X-Request-ID`);
    }
  }
  assert.deepEqual(faults, []);
});

test('refuses unknown members in requests, allows them in answers', () => {
  const sent = new Set();
  const collect = (value) => {
    if (value?.$ref && !sent.has(value.$ref)) {
      sent.add(value.$ref);
      walk(resolve(document, value), collect);
    }
  };
  for (const { body } of operationsOf(document)) if (body) walk(body, collect);
  const isObject = (s) => has(s, 'object') && (s.properties || s.additionalProperties === false);
  const open = [...sent].flatMap((ref) => broken(resolve(document, { $ref: ref }), (s) => isObject(s) && s.additionalProperties === undefined).map((p) => `${ref} ${p}`));
  assert.deepEqual(open, []);
  const answered = schemas.filter(([name]) => !sent.has(`#/components/schemas/${name}`));
  assert.deepEqual(broken(Object.fromEntries(answered), (s) => s.additionalProperties === false), []);
});
