// Can a value match two schemas at once? A `oneOf` whose branches overlap is refused by validators and
// guessed at by generated clients. Formats do not count: the dialect of OpenAPI 3.1 only annotates them.
import { resolve } from './document.js';

const typesOf = (schema) => (schema.type === undefined ? undefined : [schema.type].flat());
const valuesOf = (schema) => ('const' in schema ? [schema.const] : schema.enum);

function typesMeet(a, b) {
  const [one, other] = [typesOf(a), typesOf(b)];
  if (!one || !other) return true;
  const isIn = (all, type) => all.includes(type) || (type === 'integer' && all.includes('number'));
  return one.some((type) => isIn(other, type)) || other.some((type) => isIn(one, type));
}

function allows(schema, value) {
  const values = valuesOf(schema);
  if (values && !values.includes(value)) return false;
  if (typeof value === 'number') return value >= (schema.minimum ?? -Infinity) && value <= (schema.maximum ?? Infinity);
  return typeof value !== 'string' || schema.pattern === undefined || new RegExp(schema.pattern, 'u').test(value);
}

/** Distinct by type, by a value that only one allows, or by a member that both require. */
export function areDisjoint(document, first, second) {
  const [a, b] = [resolve(document, first), resolve(document, second)];
  if (!typesMeet(a, b)) return true;
  if (valuesOf(a)) return valuesOf(a).every((value) => !allows(b, value));
  if (valuesOf(b)) return valuesOf(b).every((value) => !allows(a, value));
  const shared = (a.required ?? []).filter((name) => b.required?.includes(name));
  return shared.some((name) => a.properties?.[name] && b.properties?.[name] &&
    areDisjoint(document, a.properties[name], b.properties[name]));
}
