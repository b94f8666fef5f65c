// The descriptions of the API in static/api, and whether what the server says is as they say.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Ajv from 'ajv/dist/2020.js';

const read = (name) => JSON.parse(readFileSync(fileURLToPath(new URL(`../../../static/api/${name}.json`, import.meta.url)), 'utf8'));
export const openapi = read('openapi');
export const asyncapi = read('asyncapi');

const kTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

// As `document` has it, but that fields which it does not name are wrong: readers must not mind new ones, and we must not forget to
// describe them. They are looked for where a schema is used; of what an allOf combines only all together know all fields.
function strict(document) {
  const namesFields = (schema) => ['$ref', 'properties', 'allOf', 'oneOf'].some((word) => word in schema);
  const used = (schema) => ({ ...inside(schema), ...(namesFields(schema) ? { unevaluatedProperties: false } : {}) });
  const inside = (schema) => {
    const result = { ...schema };
    for (const word of ['allOf', 'anyOf', 'oneOf']) if (schema[word]) result[word] = schema[word].map(inside);
    if (schema.items) result.items = used(schema.items);
    if (schema.properties) result.properties = Object.fromEntries(Object.entries(schema.properties).map(([name, one]) => [name, used(one)]));
    return result;
  };
  const schemas = Object.entries(document.components.schemas).map(([name, schema]) => [name, inside(schema)]);
  const ajv = new Ajv({ strict: false, allErrors: true, formats: { 'date-time': kTime, date: /^\d{4}-\d{2}-\d{2}$/ } });
  ajv.addSchema({ $id: 'document', components: { schemas: Object.fromEntries(schemas) } });
  const checks = new Map();
  return (schema, value, what) => {
    const key = JSON.stringify(schema);
    if (!checks.has(key)) checks.set(key, ajv.compile(JSON.parse(JSON.stringify(used(schema)).replaceAll('"#/', '"document#/'))));
    const check = checks.get(key);
    assert.ok(check(value), `${what}: ${ajv.errorsText(check.errors)}\n${JSON.stringify(value)}`);
  };
}

export const fitsOpenapi = strict(openapi);
export const fitsAsyncapi = strict(asyncapi);

export const resolved = (value) => (value?.$ref ? value.$ref.slice(2).split('/').reduce((at, name) => at[name], openapi) : value);

// [{ path, method, operation, parameters }]
export const operations = Object.entries(openapi.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => (
  { path, method, operation, parameters: (operation.parameters ?? []).map(resolved) })));

export const operationOf = (method, path) => {
  const found = operations.find((one) => one.method === method.toLowerCase() && one.path === path);
  assert.ok(found, `${method} ${path} is described`);
  return found;
};

// Where values of parameters, by name, lead.
export function addressOf({ path, parameters }, values) {
  const query = new URLSearchParams();
  for (const { name, in: place } of parameters) if (place === 'query' && name in values) query.set(name, values[name]);
  const place = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(values[name]));
  return query.size ? `${place}?${query}` : place;
}

// Sends it and holds the answer against the description. Returns { status, headers, body }; the body of what is no JSON is not read.
export async function ask(server, { operation, ...one }, values = {}, options = {}) {
  const address = addressOf(one, values);
  const what = `${one.method} ${address}`;
  const answer = await fetch(server.url + address, { method: one.method.toUpperCase(), ...options });
  const described = resolved(operation.responses[answer.status]);
  assert.ok(described, `${what}: ${answer.status} is described`);
  const type = answer.headers.get('content-type');
  if (!described.content) {
    assert.equal(type, null, `${what}: no body`);
    return { status: answer.status, headers: answer.headers };
  }
  const media = described.content[type] ?? described.content['*/*'];
  assert.ok(media, `${what}: ${answer.status} with ${type} is described`);
  if (type !== 'application/json') {
    await answer.body.cancel();
    return { status: answer.status, headers: answer.headers };
  }
  const body = await answer.json();
  if (media.schema) fitsOpenapi(media.schema, body, `${what}: ${answer.status}`);
  return { status: answer.status, headers: answer.headers, body };
}
