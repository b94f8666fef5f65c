// What README.md says for Home Assistant are requests that the program answers, and templates that find what they look for.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test, { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually } from './support/browser.mjs';
import { startServer } from './support/server.mjs';

const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');
const section = readme.match(/^## Home Assistant\n(.*?)^## /ms)[1];
const yaml = section.match(/```yaml\n(.*?)```/s)[1];

// The value of the first line with that key, without its quotes.
const valueOf = (key) => {
  const found = yaml.match(new RegExp(`^ *-? *${key}: (.*)$`, 'm'));
  assert.ok(found, `README.md has ${key}`);
  return found[1].replace(/^'(.*)'$/, '$1');
};

const server = await startServer();
after(() => server.stop());
const here = (address) => address.replace(/^http:\/\/192\.168\.1\.20:8080/, server.url);

// As Home Assistant sends it: an address, a body, the headers of the switch.
const turn = (body) => fetch(here(valueOf('resource')), { method: 'POST', body, headers: { 'Content-Type': valueOf('Content-Type') } });

const state = async () => (await fetch(here(valueOf('state_resource')))).json();

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
  const template = valueOf('is_on_template');
  const expected = template.match(/== "(\w+)"/)[1];
  const isOn = async () => lookedAt(template, await state()) === expected;
  assert.equal(await isOn(), false);
  assert.equal((await turn(valueOf('body_on'))).status, 200);
  assert.equal(await isOn(), true);
  assert.equal((await state()).recorder.state, 'recording');
  // 202 says that the disk takes its time; the same again waits for it.
  await eventually(async () => (await turn(valueOf('body_off'))).status === 200, 'it stops');
  assert.equal(await isOn(), false);
});

test('every template finds what it looks for', async () => {
  const templates = [...yaml.matchAll(/value_template: '(.*)'/g)].map(([, template]) => template);
  assert.ok(templates.length >= 4);
  const status = await state();
  for (const template of templates) assert.notEqual(lookedAt(template, status), undefined, template);
});
