// JSON Schema 2020-12, the dialect of OpenAPI 3.1, with formats asserted.
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** `strict`: keywords without effect, or for another type, throw. */
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
