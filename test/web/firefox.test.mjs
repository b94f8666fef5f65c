// The main ways through the page in Firefox, which treats MJPEG, popovers and pointers in its own way.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import test, { after } from 'node:test';
import { boxOf, control, eventually, firefoxPath, live, openCamera, openPage, screenshot, startFirefox, text } from './support/browser.mjs';
import { startLink } from './support/link.mjs';
import { startServer } from './support/server.mjs';

const skip = existsSync(firefoxPath) ? false : 'there is no Firefox';
const server = skip ? null : await startServer();
const browser = skip ? null : await startFirefox();
after(async () => {
  await browser?.close();
  await server?.stop();
});

const open = (t, options) => openPage(t, browser, server.url, options);

test('Firefox: the picture is live, whole, and over one connection', { skip }, async (t) => {
  const link = await startLink(t, server);
  const page = await openPage(t, browser, link.url);
  const [picture, stage] = [await boxOf(page, '#picture'), await boxOf(page, '#stage')];
  assert.ok(Math.abs(picture.width - stage.width) < 1 || Math.abs(picture.height - stage.height) < 1);
  assert.ok(await page.evaluate(() => document.documentElement.scrollHeight <= innerHeight), 'nothing to scroll');
  assert.equal(link.streams, 1);
  assert.equal(link.pictures, 1);
  assert.deepEqual(page.wrongs, []);
  await screenshot(page, 'firefox-desktop');
});

test('Firefox: zoom, minimap, drag', { skip }, async (t) => {
  const page = await open(t);
  await page.locator('#stage').focus();
  await page.keyboard.press('+');
  await page.keyboard.press('+');
  await page.locator('#minimap canvas').waitFor();
  await eventually(async () => (await boxOf(page, '#picture')).width > 1.5 * (await boxOf(page, '#stage')).width * 0.9, 'zoomed');
  const before = await boxOf(page, '#picture');
  const { x, y, width, height } = await boxOf(page, '#stage');
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + width / 2 - 60, y + height / 2, { steps: 3 });
  await page.mouse.up();
  await eventually(async () => Math.abs((await boxOf(page, '#picture')).x - before.x + 60) < 2, 'dragged');
  await screenshot(page, 'firefox-zoomed');
});

test('Firefox: record, and stop after a question', { skip }, async (t) => {
  const page = await open(t);
  await page.locator('#record').click();
  await eventually(async () => (await text(page, '#recording-badge')) === 'Recording', 'recording');
  await page.locator('#record').click();
  await page.waitForTimeout(450);
  await page.locator('#confirm-stop').click();
  await eventually(async () => (await text(page, '#recording-badge')) === 'Not recording', 'stopped');
  await server.stopRecording();
});

test('Firefox: panels and camera drawer', { skip }, async (t) => {
  const page = await open(t);
  await page.locator('#open-menu').click();
  await page.locator('#menu').getByText('Español').click();
  await eventually(async () => (await text(page, '#record')) === 'Grabar', 'Spanish');
  await page.keyboard.press('Escape');
  if (!(await server.hasControls())) return;
  await openCamera(page);
  await control(page, 'brightness').locator('input[type=range]').focus();
  await page.keyboard.press('ArrowRight');
  await eventually(async () => (await server.deviceValue('brightness')) === 1, 'the device');
  await screenshot(page, 'firefox-camera');
});

test('Firefox: live again after the server was killed', { skip }, async (t) => {
  const page = await open(t);
  await server.crash();
  await page.getByText('The server does not answer').waitFor();
  await server.start();
  await live(page);
});
