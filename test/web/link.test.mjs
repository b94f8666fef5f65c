// A bad link: the picture's connection stands still, ends or is slow. Links of the test's own making stand between page and server.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import test, { after } from 'node:test';
import { eventually, firefoxPath, live, moves, openPage, screenshot, startBrowser, startFirefox, text } from './support/browser.mjs';
import { picturesOnly, startLink } from './support/link.mjs';
import { startServer } from './support/server.mjs';

const full = Boolean(process.env.MINIDVR_TEST_FULL);
const kNoticed = 3000;     // ms in which a picture that stands still moves again, or is said not to; a figure for a machine of its own
const kWithOldConnections = 150000;   // ms
const kWatch = 12000;      // ms in which a page that asks too often would have done so

const browsers = [['Chromium', startBrowser], ...(existsSync(firefoxPath) ? [['Firefox', startFirefox]] : [])];
const server = await startServer();
const sharp = await startServer({ resolution: '1920x1080' });
after(async () => {
  await sharp.stop();
  await server.stop();
});

const isSaid = (page) => page.locator('#no-picture').isVisible();

for (const [name, start] of browsers) {
  const browser = await start();
  after(() => browser.close());

  for (const [what, harm] of [['stands still', 'stall'], ['is closed', 'cut']]) {
    test(`${name}: when only the picture's connection ${what}, it is opened again`, async (t) => {
      const link = await startLink(t, server);
      const page = await openPage(t, browser, link.url);
      assert.equal(link.pictures, 1);
      link[harm](picturesOnly);
      const harmed = performance.now();
      await eventually(async () => link.pictures === 2 || await isSaid(page), 'it is noticed');
      const noticed = performance.now() - harmed;
      await eventually(() => moves(page), 'it moves again');
      t.diagnostic(`noticed after ${noticed.toFixed(0)} ms, moved again after ${(performance.now() - harmed).toFixed(0)} ms`);
      if (full) assert.ok(noticed <= kNoticed, `${noticed} ms`);
      assert.equal(link.pictures, 2, 'opened again once');
      assert.equal(await text(page, '#fact-server .fact-value'), 'Connected');
    });
  }

  test(`${name}: when all of the link stands still, the page does not call the picture live`, async (t) => {
    const link = await startLink(t, server);
    const page = await openPage(t, browser, link.url);
    link.stall();
    const stalled = performance.now();
    await eventually(() => isSaid(page), 'it is said');
    t.diagnostic(`said after ${(performance.now() - stalled).toFixed(0)} ms`);
    if (full) assert.ok(performance.now() - stalled <= kNoticed);
    // What a browser keeps open for later use stands still, too, and is tried before it makes a new connection.
    await live(page, kWithOldConnections);
    await eventually(() => moves(page), 'new connections get through');
  });

  // Four pictures on the slower link take a quarter of a minute; that both browsers draw them is seen on the faster one.
  for (const rate of full || name === 'Chromium' ? [60e3, 30e3] : [60e3]) {
    test(`${name}: on a link of ${rate / 1e3} KB/s whole pictures come, as many as it takes`, async (t) => {
      const frame = (await (await fetch(`${sharp.url}/snapshot`)).arrayBuffer()).byteLength;
      const link = await startLink(t, sharp, rate);
      const page = await openPage(t, browser, link.url, { wait: false, before: (p) => p.addInitScript(noteFrames) });
      await page.locator('#record-word').filter({ hasText: 'Record' }).waitFor();
      const shown = () => page.evaluate(() => window.frames_);
      // In bytes of the link, because those do not depend on how busy the machine is: what it carries is not thrown away.
      const marks = [link.carried];
      for (let count = 1; count <= 4; count += 1) {
        await eventually(async () => await shown() >= count, `frame ${count}`);
        marks.push(link.carried);
        if (count === 2) await screenshot(page, `slow-link-${rate / 1e3}-${name}`);
      }
      const [first, ...later] = marks.slice(1).map((mark, i) => (mark - marks[i]) / frame);
      t.diagnostic(`frames of ${frame} bytes; the link carried ${[first, ...later].map((part) => part.toFixed(2)).join(', ')} of one up to each`);
      assert.ok(first <= 2, `the first after ${first}`);
      for (const part of later) assert.ok(part <= 1.5, `a later one after ${part}`);
      assert.equal(link.pictures, 1, 'asked for once');
      await page.locator('#fact-server .fact-value').getByText(/^Slow: /).waitFor();
    });
  }
}

// In the page: counts the frames that were drawn.
function noteFrames() {
  window.frames_ = 0;
  const draw = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = function drawImage(...all) {
    if (this.canvas.id === 'picture') window.frames_ += 1;
    return draw.apply(this, all);
  };
}

const [[, startFirst]] = browsers;
const browser = await startFirst();
after(() => browser.close());

for (const [language, title, detail, slow] of [
  ['en', 'The picture is on its way', /^The connection is slow: \d+ % of the first picture is here\.$/, /^Slow: a picture every [\d.]+ s$/],
  ['es', 'La imagen está en camino', /^La conexión es lenta: ha llegado el \d+ % de la primera imagen\.$/, /^Lenta: una imagen cada [\d,]+ s$/],
]) {
  for (const size of full ? ['phone', 'desktop'] : [language === 'en' ? 'phone' : 'desktop']) {
    test(`a slow link has words: ${language}, ${size}`, async (t) => {
      const link = await startLink(t, sharp, 30e3);
      const page = await openPage(t, browser, link.url, { wait: false, size, language });
      await page.locator('#no-picture').getByText(title).waitFor();
      assert.match(await text(page, '.no-picture-detail'), detail);
      await screenshot(page, `slow-first-${size}-${language}`);
      await live(page);
      await page.locator('#fact-server .fact-value').getByText(slow).waitFor();
      assert.equal(await page.locator('#fact-server .lamp.warn').count(), 1);
      await screenshot(page, `slow-${size}-${language}`);
    });
  }
}

test('pictures that come and can not be decoded are not called live', async (t) => {
  const page = await openPage(t, browser, server.url);
  await page.evaluate(() => {
    window.decode = window.createImageBitmap;
    window.createImageBitmap = () => Promise.reject(new DOMException('The source image could not be decoded.', 'InvalidStateError'));
  });
  await page.locator('#no-picture').getByText('The picture does not come through').waitFor();
  await page.waitForTimeout(kWatch / 4);
  assert.ok(await isSaid(page), 'still');
  await page.evaluate(() => { window.createImageBitmap = window.decode; });
  await live(page);
  await eventually(() => moves(page), 'it moves');
});

test('a slow camera, or one that stands still, is no reason to open the picture again', async (t) => {
  const link = await startLink(t, server);
  const page = await openPage(t, browser, link.url);
  t.after(() => server.camera('normal'));
  for (const rate of ['0.33', '0.6']) {
    await server.camera('slow', rate);
    await page.waitForTimeout(kWatch);
    assert.equal(link.pictures, 1, `${rate} frames a second`);
  }
  assert.equal(await isSaid(page), false);
  await server.camera('normal');
  await eventually(() => moves(page), 'it moves');
  await server.camera('stall');
  await page.locator('#no-picture').getByText('The camera has stopped sending').waitFor();
  await page.waitForTimeout(kWatch / 3);
  assert.equal(link.pictures, 1);
  await server.camera('resume');
  await live(page);
  await eventually(() => moves(page), 'it moves again');
  assert.equal(link.pictures, 1, 'over the same connection');
});

test('nor is it where the WebSocket does not come through, and a picture that stands still is opened again there, too', async (t) => {
  const link = await startLink(t, server);
  const page = await openPage(t, browser, link.url, { before: (p) => p.routeWebSocket('**/ws', (socket) => socket.close()) });
  await page.locator('.problem.bad').getByText('its WebSocket does not come through').waitFor();
  await live(page);
  t.after(() => server.camera('normal'));
  const before = link.pictures;
  await server.camera('slow', '0.33');
  await page.waitForTimeout(kWatch);
  assert.equal(link.pictures, before);
  await server.camera('normal');
  await eventually(() => moves(page), 'it moves');
  link.stall(picturesOnly);
  await eventually(() => link.pictures > before, 'it is opened again');
  await eventually(() => moves(page), 'it moves again');
});
