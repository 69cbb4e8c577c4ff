// JSON Schema 2020-12, the dialect of OpenAPI 3.1, with formats asserted.
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** `strict`: what a schema says without effect, or of another type than its own, throws. */
export function makeAjv() {
  const ajv = new Ajv({ strict: true, allowUnionTypes: true, strictRequired: false, allErrors: false });
  addFormats(ajv);
  return ajv;
}

export function errorsOf(validate) {
  return (validate.errors ?? []).map((e) => {
    const more = e.params.unevaluatedProperty ?? e.params.additionalProperty;
    return `${e.instancePath || 'it'} ${e.message}${more ? ` (${more})` : ''}`;
  });
}
