// The live picture, and the ways to it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { boxOf, connected, eventually, live, moves, openPage, screenshot, sizes, startBrowser, text } from './support/browser.mjs';
import { startLink } from './support/link.mjs';
import { startServer } from './support/server.mjs';

const kBack = 3000;        // ms from the start of a new server to the live picture; a figure for a machine of its own
const full = Boolean(process.env.MINIDVR_TEST_FULL);

const server = await startServer();
const browser = await startBrowser();
after(async () => {
  await browser.close();
  await server.stop();
});

// {key, cert} that only its maker trusts.
function selfSigned() {
  const folder = mkdtempSync(join(tmpdir(), 'mini-dvr-tls-'));
  try {
    const [key, cert] = ['key', 'cert'].map((name) => join(folder, name));
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1',
      '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert], { stdio: 'pipe' });
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// Another address for the same server, as a reverse proxy gives it; with `tls`, {key, cert}, by https.
async function startProxy(t, tls) {
  const streams = new Set();   // the streams that go through it now
  const proxy = tls ? https.createServer(tls) : http.createServer();
  proxy.on('request', (request, response) => {
    if (request.url.startsWith('/stream')) {
      streams.add(response);
      response.on('close', () => streams.delete(response));
    }
    const onward = http.request({ host: '127.0.0.1', port: server.port, path: request.url, method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  });
  proxy.on('upgrade', (request, socket) => {
    const onward = net.connect(server.port, '127.0.0.1', () => {
      const headers = request.rawHeaders.reduce((lines, word, i) => lines + word + (i % 2 ? '\r\n' : ': '), '');
      onward.write(`${request.method} ${request.url} HTTP/1.1\r\n${headers}\r\n`);
      socket.pipe(onward).pipe(socket);
    });
    for (const end of [socket, onward]) end.on('error', () => { socket.destroy(); onward.destroy(); });
  });
  await new Promise((resolve) => { proxy.listen(0, '127.0.0.1', resolve); });
  t.after(() => {
    proxy.close();
    proxy.closeAllConnections();
  });
  return { url: `http${tls ? 's' : ''}://127.0.0.1:${proxy.address().port}/`, streams };
}

for (const size of Object.keys(sizes)) {
  test(`the picture fills the stage, letterboxed and whole: ${size}`, async (t) => {
    const page = await openPage(t, browser, server.url, { size });
    const [picture, stage] = [await boxOf(page, '#picture'), await boxOf(page, '#stage')];
    const near = (a, b) => Math.abs(a - b) < 1;
    assert.ok(near(picture.width, stage.width) || near(picture.height, stage.height), 'fills one direction');
    assert.ok(picture.width <= stage.width + 1 && picture.height <= stage.height + 1, 'is not cropped');
    assert.ok(near(picture.width / picture.height * 9, 16) || near(picture.width * 9, picture.height * 16), 'keeps its shape');
    assert.ok(near(picture.x + picture.width / 2, stage.x + stage.width / 2), 'is in the middle');
    const share = { phone: 0.4, landscape: 0.7, tablet: 0.7, desktop: 0.8 }[size];
    assert.ok(stage.width * stage.height > sizes[size].width * sizes[size].height * share, 'has room');
    assert.ok(await page.evaluate(() => document.documentElement.scrollHeight <= innerHeight), 'nothing to scroll');
    assert.deepEqual(page.wrongs, []);
    await screenshot(page, `live-${size}`);
    });
}

test('a picture smaller than the window is enlarged only if that is wanted', async (t) => {
  const page = await openPage(t, browser, server.url, { size: 'desktop' });
  await eventually(async () => (await boxOf(page, '#picture')).width > 1280, 'enlarged');
  await page.locator('#open-menu').click();
  await page.locator('[name="menu.enlarge"]').uncheck();
  await eventually(async () => (await boxOf(page, '#picture')).width === 1280, 'one pixel of the camera is one of the page');
});

test('the page takes the picture over one connection, from its own address', async (t) => {
  const link = await startLink(t, server);
  const page = await openPage(t, browser, link.url);
  await page.keyboard.press('+');
  await page.locator('#minimap canvas').waitFor();
  await page.locator('#open-camera').click();
  await page.waitForTimeout(500);
  assert.equal(link.streams, 1);
  assert.equal(link.pictures, 1);
});

test('behind a reverse proxy the page takes the stream from its own address', async (t) => {
  const proxy = await startProxy(t);
  const page = await openPage(t, browser, proxy.url);
  assert.equal(proxy.streams.size, 1);
  assert.deepEqual(page.wrongs, []);
});

test('behind TLS the page takes stream and news from its own address', async (t) => {
  const proxy = await startProxy(t, selfSigned());
  const sockets = [];
  const page = await openPage(t, browser, proxy.url, { ignoreHTTPSErrors: true, before: (p) => p.on('websocket', (socket) => sockets.push(socket.url())) });
  assert.equal(proxy.streams.size, 1);
  // The picture may be here before the news.
  await connected(page);
  assert.deepEqual(sockets, [proxy.url.replace('https:', 'wss:') + 'ws']);
  await eventually(() => moves(page), 'the picture moves');
  await page.locator('#snapshot').click();
  await page.locator('.notice.news').waitFor();
  assert.deepEqual(page.wrongs, []);
});

test('a killed server that starts again is live again, without a reload', async (t) => {
  const page = await openPage(t, browser, server.url);
  await page.evaluate(() => { window.sameDocument = true; });
  await server.crash();
  await page.getByText('The server does not answer').waitFor();
  await screenshot(page, 'server-lost');
  assert.match(await text(page, '#fact-server .fact-value'), /Not answering/);
  const starting = Date.now();
  await server.spawn();
  await live(page);
  const took = Date.now() - starting;
  t.diagnostic(`live again after ${took} ms`);
  assert.ok(await page.evaluate(() => window.sameDocument), 'no reload');
  if (full) assert.ok(took <= kBack, `${took} ms`);
  await eventually(() => moves(page), 'the picture moves');
});

test('the same through a reverse proxy', async (t) => {
  const proxy = await startProxy(t);
  const page = await openPage(t, browser, proxy.url);
  await server.crash();
  await page.getByText('The server does not answer').waitFor();
  await server.start();
  await live(page);
  await eventually(() => moves(page), 'the picture moves');
});

test('a preview program that dies is replaced, and the picture moves again', async (t) => {
  const page = await openPage(t, browser, server.url);
  await eventually(() => moves(page), 'it moves');
  process.kill(server.child('ustreamer'), 'SIGKILL');
  await page.waitForTimeout(300);
  await eventually(() => moves(page), 'it moves again');
  assert.equal(await page.locator('#no-picture').isHidden(), true);
});

test('a camera that is unplugged is missed in words, and seen again when it is back', async (t) => {
  const page = await openPage(t, browser, server.url);
  await server.camera('unplug');
  await page.locator('#no-picture').getByText('No camera', { exact: true }).waitFor();
  await eventually(async () => (await page.locator('#announcer').textContent()) === 'No camera', 'it is said aloud');
  assert.match(await text(page, '#fact-camera .fact-value'), /No picture/);
  await screenshot(page, 'camera-unplugged');
  await server.camera('plug');
  await live(page);
  await eventually(() => page.evaluate(() => document.getElementById('picture').width === 1280), 'the camera\'s own picture, not a placeholder');
  await eventually(() => moves(page), 'it moves again');
});

test('a camera that stands still is named as such', async (t) => {
  const page = await openPage(t, browser, server.url);
  await server.camera('stall');
  await page.locator('#no-picture').waitFor();
  await screenshot(page, 'camera-stalled');
  await page.locator('#no-picture').getByText('The camera has stopped sending').waitFor();
  await server.camera('resume');
  await live(page);
  await eventually(() => moves(page), 'it moves again');
});

test('a stream that cannot be loaded is named, and comes by itself', async (t) => {
  let broken = true;
  const page = await openPage(t, browser, server.url, {
    wait: false, before: (p) => p.route('**/stream*', (route) => (broken ? route.abort() : route.continue())),
  });
  await page.locator('#no-picture').getByText('The picture does not come through').waitFor();
  broken = false;
  await live(page);
});

// In the page: gives multipart/x-mixed-replace to no script, as WebKit does.
function refuseMultipart() {
  const ask = window.fetch;
  window.fetch = async (...all) => {
    const answer = await ask(...all);
    if (!answer.headers.get('Content-Type')?.startsWith('multipart/x-mixed-replace')) return answer;
    await answer.body?.cancel();
    throw new TypeError('Load failed');
  };
}

test('in a browser that gives multipart to images alone, as Safari does, the picture is live', async (t) => {
  const page = await openPage(t, browser, server.url, { before: (p) => p.addInitScript(refuseMultipart) });
  assert.ok(await page.evaluate(() => fetch('/stream').then(() => false, () => true)), 'the test refuses it');
  await eventually(() => moves(page), 'it moves');
  assert.deepEqual(page.wrongs, []);
});

test('a page that was hidden while the machine slept asks anew as soon as it is seen, and shows no old state as connected', async (t) => {
  const page = await openPage(t, browser, server.url);
  let sockets = 0;
  page.on('websocket', () => { sockets += 1; });
  // Most systems stop performance.now() while they sleep; no timer runs before the page is told that it is seen.
  await page.evaluate(() => {
    const { now } = Date;
    Date.now = () => now.call(Date) + 60e3;
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await eventually(() => sockets === 1, 'another connection');
  await connected(page);
});

test('a connection that died in silence, as when a laptop slept, is noticed and replaced', async (t) => {
  let sockets = 0;
  const page = await openPage(t, browser, server.url, { before: (p) => p.on('websocket', () => { sockets += 1; }) });
  assert.equal(sockets, 1);
  // The clock jumps while no timer ran: that is what sleep looks like from inside.
  await page.evaluate(() => {
    const now = Date.now;
    Date.now = () => now() + 60000;
  });
  await eventually(() => sockets === 2, 'a new connection');
  await live(page);
  await eventually(() => moves(page), 'it moves');
});

test('a page in the background gives its stream back after a while, and takes it again', async (t) => {
  const link = await startLink(t, server);
  const page = await openPage(t, browser, link.url, { before: (p) => p.clock.install() });
  assert.equal(link.streams, 1);
  const hide = (hidden) => page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
  await hide(true);
  await page.clock.fastForward(20000);
  await eventually(() => link.streams === 0, 'no stream');
  await hide(false);
  await live(page);
  assert.equal(link.streams, 1);
});
