// What it takes to load the page, what it may load, and how versions are kept apart.
import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import { eventually, live, openPage, startBrowser } from './support/browser.mjs';
import { startServer } from './support/server.mjs';

const kMostRequests = 16;
const kMostBytes = 120e3;       // on the wire, without the picture
const kLivePicture = 500;       // ms; a figure for a machine of its own
const full = Boolean(process.env.MINIDVR_TEST_FULL);

const server = await startServer();
const browser = await startBrowser();
after(async () => {
  await browser.close();
  await server.stop();
});

// Counts what a fresh browser loads until the picture is live and half a second after.
async function firstLoad(t) {
  const requests = new Map();
  let sockets = 0;
  const page = await openPage(t, browser, server.url, { wait: false, before: async (p) => {
    const network = await p.context().newCDPSession(p);
    await network.send('Network.enable');
    network.on('Network.requestWillBeSent', ({ requestId, request }) => requests.set(requestId, { url: request.url, bytes: 0 }));
    network.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => { requests.get(requestId).bytes = encodedDataLength; });
    p.on('websocket', () => { sockets += 1; });
    await p.addInitScript(() => {
      // The moment when the first frame was drawn, by the page's own clock.
      const draw = CanvasRenderingContext2D.prototype.drawImage;
      CanvasRenderingContext2D.prototype.drawImage = function drawImage(...all) {
        if (this.canvas.id === 'picture') window.pictureLive ??= performance.now();
        return draw.apply(this, all);
      };
    });
  } });
  await live(page);
  await page.waitForTimeout(500);
  const all = [...requests.values()];
  const bytes = all.filter(({ url }) => !new URL(url).pathname.startsWith('/stream')).reduce((sum, one) => sum + one.bytes, 0);
  // A picture that a busy machine was slow to give may have been asked for again.
  const urls = [...new Set(all.map(({ url }) => url))];
  return { page, urls, count: urls.length + sockets, bytes, picture: await page.evaluate(() => window.pictureLive) };
}

test('the first load is small, and the picture is there soon', async (t) => {
  const loads = [];
  for (let i = 0; i < 3; i += 1) loads.push(await firstLoad(t));
  const { count, bytes, urls } = loads[0];
  const picture = Math.min(...loads.map((load) => load.picture));
  t.diagnostic(`${count} requests (the WebSocket among them), ${bytes} bytes, live picture after ${picture.toFixed(0)} ms`);
  assert.ok(count <= kMostRequests, `${count} requests: ${urls.join(' ')}`);
  assert.ok(bytes > 10e3 && bytes <= kMostBytes, `${bytes} bytes`);
  if (full) assert.ok(picture <= kLivePicture, `${picture} ms`);
});

test('no request leaves the server', async (t) => {
  const { page, urls } = await firstLoad(t);
  const asked = new Set(urls);
  page.on('request', (request) => asked.add(request.url()));
  for (const button of ['#zoom-in', '#open-camera', '#open-history', '#open-menu']) await page.locator(button).click();
  await page.waitForTimeout(300);
    assert.deepEqual([...asked].filter((url) => new URL(url).origin !== server.url), []);
});

test('the Content-Security-Policy has no unsafe-inline, and the page keeps to it', async (t) => {
  const policy = (await fetch(server.url)).headers.get('content-security-policy');
  assert.ok(policy, 'there is one');
  assert.doesNotMatch(policy, /unsafe|\*(?!:)/);
  const directives = Object.fromEntries(policy.split(';').map((part) => part.trim().split(/\s+(.*)/s)));
  for (const kind of ['script-src', 'style-src']) assert.match(directives[kind] ?? directives['default-src'], /^('self'|'none')$/);
  const page = await openPage(t, browser, server.url, { before: (p) => p.addInitScript(() => {
    window.violations = [];
    document.addEventListener('securitypolicyviolation', (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
  }) });
  for (const button of ['#zoom-in', '#open-camera', '#snapshot', '#open-history', '#open-menu']) await page.locator(button).click();
  await page.waitForTimeout(500);
  assert.deepEqual(await page.evaluate(() => window.violations), []);
  const refused = await page.evaluate(() => new Promise((resolve) => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective }) => resolve(violatedDirective));
    const script = document.createElement('script');
    script.textContent = 'window.harmed = true';
    document.body.append(script);
  }));
  assert.match(refused, /script-src/);
  assert.equal(await page.evaluate(() => window.harmed), undefined);
});

test('every file has a strong ETag and is asked for again at each load', async (t) => {
  const { urls } = await firstLoad(t);
  const assets = urls.filter((url) => new URL(url).pathname.startsWith('/static/'));
  assert.ok(assets.length > 8);
  for (const url of [server.url, ...assets]) {
    const answer = await fetch(url);
    const etag = answer.headers.get('etag');
    assert.match(etag ?? '', /^"[^"]+"$/, url);
    assert.match(answer.headers.get('cache-control') ?? '', /no-cache/, url);
    // Node's own cache mode would add headers, so the comparison is asked for as a browser does.
    const again = await fetch(url, { headers: { 'If-None-Match': etag }, cache: 'no-store' });
    assert.ok([200, 304].includes(again.status), url);
    await answer.arrayBuffer();
    await again.arrayBuffer();
  }
});

test('a second load is answered with 304, and takes little', async (t) => {
  const page = await openPage(t, browser, server.url);
  const network = await page.context().newCDPSession(page);
  await network.send('Network.enable');
  let bytes = 0;
  const statuses = [];
  const streams = new Set();
  network.on('Network.responseReceivedExtraInfo', ({ statusCode }) => statuses.push(statusCode));
  network.on('Network.requestWillBeSent', ({ requestId, request }) => request.url.includes('/stream') && streams.add(requestId));
  network.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => { if (!streams.has(requestId)) bytes += encodedDataLength; });
  await page.reload({ waitUntil: 'commit' });
  await live(page);
  t.diagnostic(`${bytes} bytes`);
  assert.ok(statuses.filter((status) => status === 304).length >= 8, statuses.join(' '));
  assert.ok(bytes < 12e3, `${bytes} bytes`);
});

// A page whose server tells another version; `before` besides. Its documents that were asked for are counted as page.loads, its
// WebSockets are page.sockets.
async function openOutdated(t, before = () => {}) {
  const page = await openPage(t, browser, server.url, { wait: false, before: async (p) => {
    Object.assign(p, { loads: 0, sockets: [] });
    p.on('request', (request) => { if (request.isNavigationRequest()) p.loads += 1; });
    await p.routeWebSocket('**/ws', (socket) => {
      p.sockets.push(socket);
      socket.connectToServer().onMessage((message) => socket.send(message.replace(/"version":"[^"]*"/, '"version":"9.9.9"')));
    });
    await before(p);
  } });
  await eventually(() => page.loads === 2, 'a second load');
  await eventually(() => page.sockets.length > 1, 'the page that was loaded anew');    // the old one is there, and live, until then
  await live(page);
  assert.equal(await page.evaluate(() => performance.getEntriesByType('navigation')[0].type), 'reload');
  await page.waitForTimeout(1000);
  assert.equal(page.loads, 2);
  return page;
}

// Lets the line of the page be cut, and it may load itself again.
async function cut(page) {
  const { length } = page.sockets;
  await page.sockets.at(-1).close();
  await eventually(() => page.sockets.length > length, 'another WebSocket');
  await page.waitForTimeout(1000);
}

test('a page of another version than the server loads itself again, once, also where a link has led within it', async (t) => {
  // The page that is loaded anew comes later than any pause here lasts.
  const page = await openOutdated(t, (p) => p.route(`${server.url}/`, async (route) => {
    if (p.loads === 2 && route.request().isNavigationRequest()) await new Promise((resolve) => { setTimeout(resolve, 3000); });
    await route.continue();
  }));
  await page.locator('.skip').focus();
  await page.keyboard.press('Enter');
  await eventually(() => page.url().endsWith('#record'), 'the link is followed');
  await cut(page);
  assert.equal(page.loads, 2);
  const { length } = page.sockets;
  await page.reload({ waitUntil: 'commit' });
  await eventually(() => page.sockets.length > length, 'the WebSocket that tells it the version');
  await live(page);
  await page.waitForTimeout(1000);
  assert.equal(page.loads, 3);
});

test('so does one that may store nothing, and no more when the player was used and the line was cut', async (t) => {
  const page = await openOutdated(t, (p) => p.addInitScript(() => {
    const forbidden = { get() { throw new DOMException('denied', 'SecurityError'); } };
    Object.defineProperty(window, 'sessionStorage', forbidden);
  }));
  for (const expanded of ['true', 'false']) {
    await page.locator('#open-player').click();
    await page.locator(`#open-player[aria-expanded=${expanded}]`).waitFor();
  }
  await cut(page);
  assert.equal(page.loads, 2);
});

test('and one whose server has no page to give at that moment loads it a moment later', async (t) => {
  let asked = 0;
  await openOutdated(t, (p) => p.route(`${server.url}/`, (route) => {
    asked += 1;
    return asked === 2 ? route.fulfill({ status: 503, json: { code: 'unavailable', detail: 'the page can not be read' } }) : route.continue();
  }));
  assert.ok(asked >= 4, `the page, a look in vain, another one, the page: ${asked}`);
});
