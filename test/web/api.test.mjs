// The API is as its descriptions say: what they show as examples, what the program answers, what the WebSocket tells.
import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import { eventually, startBrowser } from './support/browser.mjs';
import { ask, asyncapi, fitsAsyncapi, fitsOpenapi, openapi, operationOf, operations, resolved } from './support/descriptions.mjs';
import { recordingsOf, recordOne } from './support/recordings.mjs';
import { startServer } from './support/server.mjs';

const server = await startServer({ fps: 10 });
const browser = await startBrowser();
after(async () => {
  await browser.close();
  await server.stop();
});

const send = (method, path, values, body) => ask(server, operationOf(method, path), values, {
  ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
});
const refused = async (expected, ...request) => {
  const { status, body } = await send(...request);
  assert.deepEqual([status, body.code], expected, `${request[0]} ${request[1]}: ${JSON.stringify(body)}`);
};

await recordOne(server, 1);
await recordOne(server, 1);
const [older, newer] = await recordingsOf(server);
const afterwards = new Date(Date.parse(newer.start) + 60000).toISOString();

async function clipOf(wish) {
  const { status, headers, body } = await send('POST', '/api/clips', {}, wish);
  assert.equal(status, 202);
  const { pathname } = new URL(headers.get('location'), 'http://proxy/cam/api/clips');
  assert.equal(pathname, `/cam/api/clips/${body.id}`, 'behind a proxy that serves it below a path, too');
  return eventually(async () => {
    const { body: clip } = await send('GET', '/api/clips/{id}', { id: body.id });
    return clip.state === 'done' && clip;
  }, 'the clip is done');
}

const clip = await clipOf({ from: older.start, to: afterwards });
await send('PUT', '/api/presets/{name}', { name: 'Night' });

// What is there instead of what the examples name.
const { cursor } = (await send('GET', '/api/recordings', { limit: 1 })).body;
const there = {
  '20261124_101000.mp4': older.name, '20261124_100712_clip.mp4': clip.name, '00c0ffee00c0ffee': clip.id,
  '2026-11-24T10:07:12': older.start, '2026-11-24T10:09:00': afterwards, '2026-11-24': older.start.slice(0, 10),
  '20261124T091000.012345Z': cursor,
};

test('every example of a body fits the schema beside it', () => {
  let examples = 0;
  const check = (content, what) => {
    for (const { schema, example, examples: several = {} } of Object.values(content ?? {})) {
      for (const value of [...(example === undefined ? [] : [example]), ...Object.values(several).map((one) => one.value)]) {
        fitsOpenapi(schema, value, what);
        examples += 1;
      }
    }
  };
  for (const { path, method, operation } of operations) {
    check(operation.requestBody?.content, `${method} ${path}`);
    for (const [status, response] of Object.entries(operation.responses)) check(resolved(response).content, `${method} ${path} ${status}`);
  }
  for (const { name, schema, example } of operations.flatMap(({ parameters }) => parameters)) fitsOpenapi(schema, example, name);
  for (const [name, { payload, examples: several }] of Object.entries(asyncapi.components.messages)) {
    for (const one of several) fitsAsyncapi(payload, one.payload, name);
  }
  assert.ok(examples > 60, `${examples} examples`);
});

test('every schema and code has words of its own in the description', () => {
  for (const code of openapi.components.schemas.ErrorCode.enum) {
    assert.ok(openapi.components.schemas.ErrorCode.description.includes(`\`${code}\`: `), code);
  }
});

for (const one of operations.filter(({ method }) => method === 'get')) {
  const { path, operation, parameters } = one;
  // What is required, and that with each of what is not.
  const required = parameters.filter((parameter) => parameter.required);
  const requests = [required, ...parameters.filter((parameter) => !parameter.required).map((parameter) => [...required, parameter])];

  test(`GET ${path} answers its examples as is described`, async () => {
    const seen = new Set();
    for (const asked of requests) {
      for (const valueOf of [({ example }) => example, ({ example }) => there[example] ?? example]) {
        const values = Object.fromEntries(asked.map((parameter) => [parameter.name, valueOf(parameter)]));
        const headers = Object.fromEntries(asked.filter((parameter) => parameter.in === 'header').map(({ name, example }) => [name, example]));
        const answer = await ask(server, one, values, { headers });
        seen.add(answer.status);
        const etag = answer.headers.get('etag');
        if (etag && answer.status === 200) {
          const again = await ask(server, one, values, { headers: { 'If-None-Match': etag } });
          if (operation.responses[304]) seen.add(again.status);
        }
      }
    }
    const expected = path === '/ws' ? [426] : [200, 206, 304].filter((status) => operation.responses[status]);
    // A page without an end has no version to ask for; all else that is described is seen.
    assert.deepEqual(expected.filter((status) => !seen.has(status)), []);
    if (parameters.some(({ example }) => example === '20261124_101000.mp4')) assert.ok(seen.has(404), 'a name that is not there');
  });
}

test('recordings are changed, deleted and had back as described', async () => {
  const { name } = newer;
  assert.equal((await send('PATCH', '/api/recordings/{name}', { name }, { protected: true, note: 'the moment' })).body.protected, true);
  await refused([409, 'protected'], 'DELETE', '/api/recordings/{name}', { name });
  await refused([422, 'invalid_value'], 'PATCH', '/api/recordings/{name}', { name }, { note: 5 });
  await refused([400, 'malformed'], 'PATCH', '/api/recordings/{name}', { name }, {});
  await refused([404, 'not_found'], 'PATCH', '/api/recordings/{name}', { name: 'none.mp4' }, { note: '' });
  await send('PATCH', '/api/recordings/{name}', { name }, { protected: false });
  assert.deepEqual((await send('DELETE', '/api/recordings/{name}', { name })).body, { deleted: name, restorable_seconds: 30 });
  assert.equal((await send('POST', '/api/recordings/{name}/restore', { name })).body.name, name);
  await refused([404, 'not_found'], 'POST', '/api/recordings/{name}/restore', { name });
});

test('marks are set and deleted as described', async () => {
  const { mark } = (await send('POST', '/api/marks', {}, { label: 'the moment', at: newer.start })).body;
  assert.equal(mark.recording, newer.name);
  const { marks } = (await send('GET', '/api/marks')).body;
  assert.deepEqual(marks, [mark]);
  assert.equal((await send('GET', '/api/recordings/{name}', { name: newer.name })).body.marks.length, 1);
  await refused([409, 'wrong_state'], 'POST', '/api/marks', {}, { at: '2026-01-01' });
  await refused([422, 'invalid_value'], 'POST', '/api/marks', {}, { label: 'x'.repeat(201) });
  await refused([400, 'malformed'], 'POST', '/api/marks', {}, { at: 'noon' });
  await send('DELETE', '/api/marks/{id}', { id: mark.id });
  await refused([404, 'not_found'], 'DELETE', '/api/marks/{id}', { id: mark.id });
});

test('controls are set, reset, and refused as described', async () => {
  const set = (id, body) => send('POST', '/api/controls/{id}', { id }, body);
  assert.equal((await set('brightness', { value: 10 })).body.control.value, 10);
  await set('brightness', { action: 'default' });
  await refused([422, 'invalid_value'], 'POST', '/api/controls/{id}', { id: 'brightness' }, { value: 99999 });
  await refused([400, 'malformed'], 'POST', '/api/controls/{id}', { id: 'brightness' }, {});
  await refused([404, 'not_found'], 'POST', '/api/controls/{id}', { id: 'nothing' }, { value: 1 });
  const { controls } = (await send('GET', '/api/controls')).body;
  const inactive = controls.find(({ flags }) => flags.includes('inactive'));
  await refused([409, 'control_inactive'], 'POST', '/api/controls/{id}', { id: inactive.id }, { value: inactive.default });
  await set(inactive.inactive_because, { value: inactive.inactive_until });
  const released = (await set(inactive.id, { value: inactive.default })).body.control;
  assert.equal(released.inactive_because, undefined);
  assert.equal((await send('POST', '/api/controls', {}, { values: { brightness: 5, contrast: 6 } })).body.outcomes.length, 2);
  await refused([422, 'invalid_value'], 'POST', '/api/controls', {}, { values: { brightness: 5, contrast: 99999 } });
  await refused([404, 'not_found'], 'POST', '/api/controls', {}, { values: { nothing: 5 } });
  assert.equal((await send('POST', '/api/controls/reset', {}, { category: 'Camera Controls' })).status, 200);
  assert.equal((await send('POST', '/api/controls/reset')).status, 200);
  await refused([422, 'invalid_value'], 'POST', '/api/controls/reset', {}, { category: 'nothing' });
});

test('presets are saved, applied and deleted as described', async () => {
  const name = 'Two words';
  assert.equal((await send('PUT', '/api/presets/{name}', { name }, { values: { brightness: 7 } })).status, 201);
  assert.equal((await send('PUT', '/api/presets/{name}', { name })).status, 200);
  assert.equal((await send('POST', '/api/presets/{name}/apply', { name })).status, 200);
  await refused([404, 'not_found'], 'POST', '/api/presets/{name}/apply', { name: 'nothing' });
  await refused([422, 'invalid_value'], 'PUT', '/api/presets/{name}', { name: ' x' });
  assert.equal((await send('DELETE', '/api/presets/{name}', { name })).status, 200);
  await refused([404, 'not_found'], 'DELETE', '/api/presets/{name}', { name });
});

test('clips are made, refused and deleted as described', async () => {
  await refused([422, 'invalid_value'], 'POST', '/api/clips', {}, { from: afterwards, to: older.start });
  await refused([422, 'too_long'], 'POST', '/api/clips', {}, { from: '2020-01-01', to: '2020-01-02T00:00:01' });
  await refused([404, 'not_found'], 'POST', '/api/clips', {}, { from: '2020-01-01', to: '2020-01-01T00:01:00' });
  await refused([400, 'malformed'], 'POST', '/api/clips', {}, { from: 'noon', to: 'night' });
  const timelapse = await clipOf({ from: older.start, to: afterwards, every: 2, fps: 25, name: 'fast' });
  assert.equal((await send('DELETE', '/api/clips/{id}', { id: timelapse.id })).body.state, 'deleted');
  await refused([404, 'not_found'], 'DELETE', '/api/clips/{id}', { id: timelapse.id });
});

test('what no route takes is refused with a code', async () => {
  const raw = async (path, options) => {
    const answer = await fetch(server.url + path, options);
    const body = await answer.json();
    fitsOpenapi({ $ref: '#/components/schemas/Error' }, body, path);
    return [answer.status, body.code];
  };
  assert.deepEqual(await raw('/nothing'), [404, 'not_found']);
  assert.deepEqual(await raw('/status', { method: 'DELETE' }), [405, 'method_not_allowed']);
  assert.deepEqual(await raw('/api/recording', { method: 'POST', body: '{"on":true}', headers: { 'Content-Type': 'text/html' } }), [415, 'unsupported_type']);
  assert.deepEqual(await raw('/api/recording', { method: 'POST', body: 'x'.repeat(70000) }), [413, 'too_large']);
  assert.deepEqual(await raw('/api/recording', { method: 'POST', body: '{}', headers: { 'Sec-Fetch-Site': 'cross-site' } }), [403, 'forbidden']);
  assert.deepEqual(await raw(`/recordings/${older.name}`, { headers: { Range: 'bytes=999999999999-' } }), [416, 'range_not_satisfiable']);
});

test('what the WebSocket tells, of commands and of what others do, is as described', async () => {
  const page = await browser.newPage();
  const heard = [];
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => heard.push(JSON.parse(payload))));
  await page.goto(`${server.url}/recordings`);
  await page.evaluate(() => new Promise((resolve) => {
    window.socket = new WebSocket(`ws://${location.host}/ws`);
    window.socket.onopen = resolve;
  }));
  const say = (message) => page.evaluate((text) => window.socket.send(text), typeof message === 'string' ? message : JSON.stringify(message));
  const hear = (wanted, what) => eventually(() => heard.find(wanted), what);
  await hear(({ status }) => status === 'snapshot', 'a snapshot');
  await say('nonsense');
  assert.equal((await hear(({ status }) => status === 'error', 'an error')).code, 'malformed');
  await say({ command: 'controls:set', id: 'brightness', value: 99999, request_id: 'high' });
  assert.equal((await hear(({ request_id: id }) => id === 'high', 'a refusal')).code, 'invalid_value');
  await say({ command: 'controls:set', id: 'brightness', value: 12, request_id: 'fine' });
  await hear(({ request_id: id }) => id === 'fine', 'the control');
  await say({ command: 'controls:list', request_id: 'all' });
  await hear(({ request_id: id }) => id === 'all', 'all controls');
  await say({ command: 'start', request_id: 'on' });
  await hear(({ request_id: id }) => id === 'on', 'recording');
  await eventually(async () => {
    await say({ command: 'mark', label: 'here', request_id: 'mark' });
    return heard.some(({ status }) => status === 'mark');
  }, 'a mark');
  await hear(({ status, changed }) => status === 'recordings' && changed.some(({ marks }) => marks.length), 'the mark, told to all');
  const busy = (await send('GET', '/status')).body.current_file;
  await refused([409, 'busy'], 'DELETE', '/api/recordings/{name}', { name: busy });
  await hear(({ status }) => status === 'update', 'an update');
  await say({ command: 'stop', request_id: 'off' });
  await hear(({ request_id: id }) => id === 'off', 'the end');
  await say({ command: 'status', request_id: 'now' });
  await hear(({ request_id: id }) => id === 'now', 'what is');
  const made = await clipOf({ from: older.start, to: afterwards });
  await hear(({ status, id, state }) => status === 'clip' && id === made.id && state === 'done', 'the clip');
  await server.camera('unplug');
  await eventually(async () => !(await server.status()).camera.online, 'no camera');
  await say({ command: 'start', request_id: 'late' });
  assert.equal((await hear(({ request_id: id }) => id === 'late', 'that it waits')).code, 'no_camera');
  await refused([503, 'no_camera'], 'GET', '/snapshot');
  const off = await send('POST', '/api/recording', {}, { on: true });
  assert.deepEqual([off.status, off.body.code], [202, 'no_camera']);
  assert.equal((await send('GET', '/health')).status, 503);
  assert.equal((await send('GET', '/status')).body.recorder.code, 'no_camera');
  assert.equal((await send('POST', '/api/recording', {}, { on: false })).status, 200);
  await server.camera('plug');
  for (const message of heard) {
    const described = asyncapi.components.messages[message.status];
    assert.ok(described, `${message.status} is described`);
    fitsAsyncapi(described.payload, message, message.status);
  }
  const told = Object.keys(asyncapi.components.messages).filter((name) => !name.startsWith('command_'));
  assert.deepEqual(told.filter((name) => !heard.some(({ status }) => status === name)), [], 'all that is described was told');
  await page.close();
});
