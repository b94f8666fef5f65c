// Pages of other origins, in a real browser: those of allowed_origins may ask, those of frame_ancestors may show the page.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import test, { after } from 'node:test';
import { eventually, live, openPage, startBrowser } from './support/browser.mjs';
import { startServer } from './support/server.mjs';

// Two sites of other ports: one is listed, one is not.
async function startSite() {
  const site = createServer((request, response) => {
    response.setHeader('Content-Type', 'text/html');
    response.end('<!doctype html><title>dashboard</title><link rel="icon" href="data:,">');
  });
  await new Promise((resolve) => { site.listen(0, '127.0.0.1', resolve); });
  after(() => site.close());
  return `http://127.0.0.1:${site.address().port}`;
}

const [listed, other] = [await startSite(), await startSite()];
const server = await startServer({ allowed_origins: listed, frame_ancestors: `self, ${listed}` });
const browser = await startBrowser();
after(async () => {
  await browser.close();
  await server.stop();
});

const pageOf = (t, site) => openPage(t, browser, site, { wait: false });

// Each returns what the page gets to know.
const read = (page) => page.evaluate((url) => fetch(`${url}/status`, { credentials: 'include' })
  .then(async (answer) => (await answer.json()).preview, () => 'refused'), server.url);
const change = (page) => page.evaluate((url) => fetch(`${url}/api/presets/Other`, { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: '{"values":{"brightness":1}}' })
  .then(({ status }) => status, () => 'refused'), server.url);
const listen = (page) => page.evaluate((url) => new Promise((resolve) => {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`);
  socket.onmessage = ({ data }) => resolve(JSON.parse(data).status);
  socket.onclose = () => resolve('refused');
}), server.url);
const picture = (page) => page.evaluate((url) => new Promise((resolve) => {
  const image = new Image();
  image.onload = () => resolve(image.naturalWidth > 0);
  image.onerror = () => resolve('refused');
  image.src = `${url}/snapshot`;
}), server.url);
const frame = (page) => page.evaluate((url) => {
  document.body.innerHTML = '<iframe width="900" height="600"></iframe>';
  document.querySelector('iframe').src = url;
}, `${server.url}/`);

test('a listed page reads, changes, listens and shows the picture', async (t) => {
  const page = await pageOf(t, listed);
  assert.deepEqual([await read(page), await change(page), await listen(page), await picture(page)], ['running', 201, 'snapshot', true]);
  assert.deepEqual(page.wrongs, []);
});

test('any other page gets none of it', async (t) => {
  const page = await pageOf(t, other);
  assert.deepEqual([await read(page), await change(page), await listen(page), await picture(page)], ['refused', 'refused', 'refused', 'refused']);
  assert.match(server.logged(), new RegExp(`add ${other} to the setting allowed_origins`));
});

test('a listed page shows the dashboard in a frame, which is live; another does not', async (t) => {
  const page = await pageOf(t, listed);
  await frame(page);
  const inside = () => page.frames().find((one) => one.url().startsWith(server.url));
  await eventually(() => inside(), 'the frame is loaded');
  await live(inside());
  const refused = await pageOf(t, other);
  await frame(refused);
  await eventually(() => refused.wrongs.some((wrong) => wrong.includes('frame-ancestors')), 'the browser does not show it');
});

test('a link of any page leads to the dashboard', async (t) => {
  const page = await pageOf(t, other);
  await page.evaluate((url) => { location.href = url; }, `${server.url}/`);
  await live(page);
});
