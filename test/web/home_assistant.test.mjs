// What README.md says for Home Assistant is YAML of the form that it takes, requests that the program answers, and templates that find what they look for.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test, { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { eventually } from './support/browser.mjs';
import { startServer } from './support/server.mjs';

const sectionOf = (name) => readFileSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)), 'utf8').match(/^## Home Assistant\n(.*?)^## /ms)[1];
const configurationOf = (section) => parse(section.match(/```yaml\n(.*?)```/s)[1], { strict: true, uniqueKeys: true });
const section = sectionOf('README.md');
const configuration = configurationOf(section);
const [control] = configuration.switch;

const server = await startServer();
after(() => server.stop());
const here = (address) => address.replace(/^http:\/\/192\.168\.1\.20:8080/, server.url);

// As Home Assistant sends it: an address, a body, the headers of the switch.
const turn = (body) => fetch(here(control.resource), { method: 'POST', body, headers: control.headers });

const state = async () => (await fetch(here(control.state_resource))).json();

// As its documentation lists them: the platform "rest" of a switch, and the integration "rest" with what it makes.
const kKeys = {
  switch: ['platform', 'name', 'resource', 'state_resource', 'headers', 'body_on', 'body_off', 'is_on_template'],
  rest: ['resource', 'scan_interval', 'binary_sensor', 'sensor'],
  binary_sensor: ['name', 'device_class', 'value_template'],
  sensor: ['name', 'value_template', 'unit_of_measurement'],
};

function assertKnown(kind, entries) {
  assert.ok(Array.isArray(entries) && entries.length, kind);
  for (const entry of entries) {
    assert.deepEqual(Object.keys(entry).filter((key) => !kKeys[kind].includes(key)), [], kind);
    for (const [key, value] of Object.entries(entry)) if (Array.isArray(value)) assertKnown(key, value);
  }
}

test('the configuration is YAML with the keys that Home Assistant knows, the same in both languages', () => {
  assert.deepEqual(Object.keys(configuration), ['switch', 'rest']);
  for (const [kind, entries] of Object.entries(configuration)) assertKnown(kind, entries);
  assert.equal(control.platform, 'rest');
  for (const body of [control.body_on, control.body_off]) assert.equal(typeof JSON.parse(body).on, 'boolean');
  assert.deepEqual(configurationOf(sectionOf('README.es.md')), configuration);
});

// {{ value_json.a.b }}, compared with a text or made a number: what it looks at.
const lookedAt = (template, status) => {
  const path = template.match(/value_json((?:\.\w+)+)/)[1].slice(1).split('.');
  return path.reduce((value, name) => value?.[name], status);
};

test('the camera has a stream and a still image', async () => {
  const [stream, still] = [...section.matchAll(/`(http:\/\/192\.168\.1\.20:8080\/(?:stream|snapshot))`/g)].map(([, address]) => here(address));
  const picture = await fetch(still);
  assert.equal(picture.headers.get('content-type'), 'image/jpeg');
  const bytes = new Uint8Array(await picture.arrayBuffer());
  assert.deepEqual([...bytes.subarray(0, 2), ...bytes.subarray(-2)], [0xff, 0xd8, 0xff, 0xd9], 'a whole JPEG');
  const film = await fetch(stream);
  assert.match(film.headers.get('content-type'), /^multipart\/x-mixed-replace/);
  const { value } = await film.body.getReader().read();
  assert.ok(value.length > 0);
});

test('the switch records and stops, and its state follows', async () => {
  const template = control.is_on_template;
  const expected = template.match(/== "(\w+)"/)[1];
  const isOn = async () => lookedAt(template, await state()) === expected;
  assert.equal(await isOn(), false);
  assert.equal((await turn(control.body_on)).status, 200);
  assert.equal(await isOn(), true);
  assert.equal((await state()).recorder.state, 'recording');
  // 202 says that the disk takes its time; the same again waits for it.
  await eventually(async () => (await turn(control.body_off)).status === 200, 'it stops');
  assert.equal(await isOn(), false);
});

test('every template finds what it looks for', async () => {
  for (const { resource, binary_sensor: binary, sensor } of configuration.rest) {
    const status = await (await fetch(here(resource))).json();
    for (const { value_template: template } of [...binary, ...sensor]) assert.notEqual(lookedAt(template, status), undefined, template);
  }
});
