// The recording: the button, what is told about it, the snapshot, the status bar.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after, afterEach } from 'node:test';
import { eventually, openPage, screenshot, startBrowser, text } from './support/browser.mjs';
import { startServer } from './support/server.mjs';
import { between } from './support/words.mjs';

const server = await startServer({ segment_seconds: 5 });
const browser = await startBrowser();
after(async () => {
  await browser.close();
  await server.stop();
});

const open = (t, options) => openPage(t, browser, server.url, options);
const state = (page) => page.locator('#recording').getAttribute('data-state');
const becomes = (page, wanted) => eventually(async () => (await state(page)) === wanted, wanted);

async function record(page) {
  await page.locator('#record').click();
  await becomes(page, 'recording');
}

async function stop(page) {
  await page.locator('#record').click();
  await page.waitForTimeout(450);
  await page.locator('#confirm-stop').click();
  await becomes(page, 'idle');
}

// Every test begins and ends with the camera there and without a recording.
afterEach(async () => {
  await server.camera('plug');
  await server.stopRecording();
});

test('one press records; state, time, file, frames, size and room are shown', async (t) => {
  const page = await open(t);
  assert.equal(await text(page, '#recording-badge'), 'Not recording');
  assert.equal(await text(page, '#record'), 'Record');
  await record(page);
  assert.equal(await text(page, '#recording-badge'), 'Recording');
  await eventually(async () => (await text(page, '#record')) === 'Stop', 'the button');   // its answer comes beside the news
  assert.match(await text(page, '#file'), /^\d{8}_\d{6}(_\d+)?\.mp4$/);
  await page.locator('#elapsed').waitFor();
  await eventually(async () => (await text(page, '#elapsed')) >= '0:00:02', 'the clock runs');
  await eventually(async () => /^[1-9][\d,]* frames · [\d.]+ [kMG]?B · room for /.test(await text(page, '#amounts')), 'amounts');
  assert.match(await page.title(), /Recording/);
  assert.match(await text(page, '#fact-recorder .fact-value'), /Recording/);
  await screenshot(page, 'recording-desktop');
  await stop(page);
  assert.match(await text(page, '#file'), /^Last file: \d{8}_\d{6}(_\d+)?\.mp4$/);
  const saved = page.locator('.notice.news').filter({ hasText: 'Saved: ' });
  await saved.waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), saved.getByRole('link', { name: 'Download' }).click()]);
  assert.equal(`Last file: ${download.suggestedFilename()}`, await text(page, '#file'));
  assert.deepEqual(readFileSync(await download.path()), readFileSync(join(server.recordings, download.suggestedFilename())));
  assert.deepEqual(page.wrongs, []);
});

test('the file name follows every rotation', async (t) => {
  const page = await open(t);
  await record(page);
  const first = await text(page, '#file');
  await eventually(async () => (await text(page, '#file')) !== first, 'the next file');
  assert.equal(await state(page), 'recording');
});

test('one press does not stop, nor do two quick ones', async (t) => {
  const page = await open(t);
  await record(page);
  await page.locator('#record').click();
  await page.locator('#confirm').waitFor();
  await screenshot(page, 'stop-confirm');
  assert.equal(await text(page, '#record'), 'Keep recording');
  await page.locator('#record').dblclick({ delay: 10 });
  await page.waitForTimeout(600);
  assert.equal((await server.status()).recording, 'running');
  // The first press of a key moves the focus to the question.
  await page.keyboard.press('Escape');
  await page.locator('#record').focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await page.waitForTimeout(600);
  assert.equal((await server.status()).recording, 'running');
});

test('keep recording, escape or a touch elsewhere takes the question back', async (t) => {
  const page = await open(t);
  await record(page);
  const ways = [
    async () => { await page.waitForTimeout(450); await page.locator('#record').click(); },
    () => page.keyboard.press('Escape'),
    () => page.locator('#stage').click({ position: { x: 40, y: 60 } }),
  ];
  for (const way of ways) {
    await page.locator('#record').click();
    await page.locator('#confirm').waitFor();
    await way();
    await page.locator('#confirm').waitFor({ state: 'hidden' });
  }
  assert.equal((await server.status()).recording, 'running');
});

test('recording starts and stops from the keyboard, a held key does not stop it', async (t) => {
  const page = await open(t);
  await page.locator('#record').focus();
  await page.keyboard.press('Enter');
  await becomes(page, 'recording');
  for (let i = 0; i < 5; i += 1) await page.keyboard.down('Enter');   // a held key repeats
  await page.keyboard.up('Enter');
  assert.equal((await server.status()).recording, 'running');
  await eventually(() => page.locator('#confirm-stop').evaluate((button) => button === document.activeElement), 'the focus goes to the question');
  await page.waitForTimeout(450);
  await page.keyboard.press('Enter');
  await becomes(page, 'idle');
  await eventually(() => page.locator('#record').evaluate((button) => button === document.activeElement), 'and back');
});

test('the button is free with the answer, also when that was heard to be under way before', async (t) => {
  const page = await open(t, { before: (opened) => opened.routeWebSocket('**/ws', (socket) => {
    const recorder = socket.connectToServer();
    recorder.onMessage(async (text) => {
      if (!JSON.parse(text).request_id) return socket.send(text);
      socket.send(JSON.stringify({ status: 'update', recording: 'running', recorder: { state: 'starting' } }));
      await page.waitForTimeout(1000);    // some looks at what is told
      socket.send(text);
    });
  }) });
  await page.locator('#record').click();
  await becomes(page, 'starting');
  await becomes(page, 'recording');
  await page.locator('#record[aria-disabled=false]').waitFor({ timeout: 10000 });   // and not after 15 s
});

test('a key held down for long does not stop a recording', async (t) => {
  const page = await open(t);
  await record(page);
  const { recording_started_at: since } = await server.status();
  await page.locator('#record').focus();
  for (let i = 0; i < 30; i += 1) {
    await page.keyboard.down('Enter');
    await page.waitForTimeout(50);
  }
  await page.keyboard.up('Enter');
  assert.equal((await server.status()).recording_started_at, since, 'the same recording');
});

test('the time is right although the clocks differ', async (t) => {
  const page = await open(t, { before: (p) => p.addInitScript(() => {
    const now = Date.now;
    Date.now = () => now() + 3600000;
  }) });
  await record(page);
  await page.locator('#elapsed').waitFor();
  assert.match(await text(page, '#elapsed'), /^0:0\d:\d\d$/, 'not an hour more');
});

test('the time is the recorder\'s own, whatever the clocks say, and goes on between its words', async (t) => {
  const since = performance.now();
  const told = () => 5025 + (performance.now() - since) / 1000;
  let silent = false;
  const change = (message) => {
    if (message.recording_started_at) message.recording_started_at = '2016-01-01T00:00:00.000+00:00';
    if (message.status === 'snapshot' || (message.recorder && !silent)) message.recorder.seconds = told();
    return message;
  };
  const page = await open(t, { before: between({ change }) });
  await record(page);
  const shown = async () => {
    const [hours, minutes, seconds] = (await text(page, '#elapsed')).split(':').map(Number);
    return (hours * 60 + minutes) * 60 + seconds;
  };
  const isRight = async () => {
    const earlier = told();
    const now = await shown();
    return now >= earlier - 2 && now <= told() + 1;
  };
  await eventually(isRight, 'the time that was told');
  silent = true;
  const before_ = await shown();
  await eventually(async () => await shown() >= before_ + 3, 'it goes on');
  assert.ok(await isRight());
});

test('the page shows what the status says, whatever event came before', async (t) => {
  let socket;
  const page = await open(t, { before: (p) => p.routeWebSocket('**/ws', (one) => {
    socket = one;
    const onward = one.connectToServer();
    onward.onMessage((message) => one.send(message));
    one.onMessage((message) => onward.send(message));
  }) });
  socket.send('{"status":"recording","file":"x.mp4"}');
  await eventually(async () => (await text(page, '#recording-badge')) === 'Not recording', 'what is');
});

test('every page shows what another one does', async (t) => {
  const [one, other] = [await open(t), await open(t, { size: 'phone', language: 'es' })];
  await record(one);
  await becomes(other, 'recording');
  assert.equal(await text(other, '#recording-badge'), 'Grabando');
  await eventually(async () => (await other.locator('#announcer').textContent()) === 'Grabador: Grabando', 'and says it aloud');
});

test('a page that comes later knows since when', async (t) => {
  const early = await open(t);
  await record(early);
  await early.waitForTimeout(2000);
  const late = await open(t);
  await late.locator('#elapsed').waitFor();
  const seconds = async (page) => {
    const [hours, minutes, rest] = (await text(page, '#elapsed')).split(':').map(Number);
    return (hours * 60 + minutes) * 60 + rest;
  };
  const [before_, there, after_] = [await seconds(early), await seconds(late), await seconds(early)];
  assert.ok(there >= before_ - 1 && there <= after_ + 1, `${before_} ${there} ${after_}`);
});

test('a camera lost while recording: the page waits, then counts the gap', async (t) => {
  const page = await open(t);
  await record(page);
  await server.camera('unplug');
  await becomes(page, 'waiting_for_camera');
  await page.locator('.problem').getByText('waits for the camera').waitFor();
  await screenshot(page, 'recording-waits');
  await server.camera('plug');
  await becomes(page, 'recording');
  await eventually(async () => /1 gap/.test(await text(page, '#losses')), 'the gap');
  await screenshot(page, 'recording-losses');
});

test('the snapshot is the frame at full resolution, whatever the zoom', async (t) => {
  const page = await open(t);
  await page.keyboard.press('+');
  await page.keyboard.press('+');
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#snapshot').click()]);
  assert.match(download.suggestedFilename(), /^\d{8}_\d{6}_\d{3}\.jpg$/);
  assert.deepEqual(jpegSize(readFileSync(await download.path())), { width: 1280, height: 720 });
  await page.getByText(`Snapshot saved as ${download.suggestedFilename()}`).waitFor();
});

test('a snapshot is called by its time of capture, whatever the clock of the browser says', async (t) => {
  const captured = new Date(2026, 10, 24, 10, 7, 12, 345);
  const page = await open(t, { before: (p) => p.route('**/snapshot', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), 'x-timestamp': `${captured / 1000}678` } });
  }) });
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#snapshot').click()]);
  assert.equal(download.suggestedFilename(), '20261124_100712_345.jpg');
});

test('a snapshot that cannot be taken says why', async (t) => {
  const page = await open(t, { before: (p) => p.route('**/snapshot', (route) => route.fulfill({ status: 503, json: { detail: 'no frame younger than 2 s' } })) });
  await page.locator('#snapshot').click();
  await page.getByText('No snapshot: no frame younger than 2 s').waitFor();
  await page.locator('.notice .tool').click();
  assert.equal(await page.locator('.notice').count(), 0);
});

test('the status bar has camera, recorder, disk and server, the history the last five minutes', async (t) => {
  const page = await open(t);
  await eventually(async () => /^1280×720 · \d+\.\d fps$/.test(await text(page, '#fact-camera .fact-value')), 'camera');
  assert.match(await text(page, '#fact-disk .fact-value'), /^[\d.]+ [GMT]B free/);
  assert.equal(await text(page, '#fact-server .fact-value'), 'Connected');
  await page.locator('#open-history').click();
  await page.locator('#history polyline').first().waitFor({ state: 'attached' });   // a steady rate is a line without height
  await eventually(async () => /[\d.]+ fps now/.test(await text(page, '#history')), 'frame rate');
  await eventually(async () => /[\d.]+ [kM]B\/s now/.test(await text(page, '#history')), 'data rate');
  await eventually(async () => (await page.locator('#history polyline').first().getAttribute('points')).split(' ').length >= 4, 'one point a second');
  await screenshot(page, 'history');
});

test('the history has gaps where nothing was known, and forgets what is older', async (t) => {
  const page = await open(t);
  await page.evaluate(async () => {
    const { history } = await import('/static/js/statusbar.js');
    const now = Date.now();
    const entry = (age, fps) => ({ at: now - age * 1000, fps, rate: fps });
    history.unshift(entry(600, 30), entry(20, 30), entry(19, 30), entry(18, null), entry(17, 30));
  });
  await page.waitForTimeout(1500);
  await page.locator('#open-history').click();
  const lines = page.locator('#history figure').first().locator('polyline');
  await eventually(async () => (await lines.count()) >= 3, 'a line for each stretch');
  const xs = await lines.evaluateAll((all) => all.flatMap((line) => line.getAttribute('points').split(' ').map((point) => Number(point.split(',')[0]))));
  assert.ok(Math.min(...xs) >= 270 && Math.max(...xs) <= 300, String(xs));
});

test('a clock that is set back by days does not fill the history', async (t) => {
  const page = await open(t);
  const ages = () => page.evaluate(async () => (await import('/static/js/statusbar.js')).history.map(({ at }) => Math.abs(Date.now() - at)));
  await eventually(async () => (await ages()).length >= 2, 'a history');
  await page.evaluate(() => {
    const now = Date.now.bind(Date);
    Date.now = () => now() - 3 * 86400e3;
  });
  await eventually(async () => {
    const all = await ages();
    return all.length >= 2 && Math.max(...all) <= 301e3;
  }, 'a history of the last five minutes');
});

// Width and height from the JPEG's own start-of-frame segment.
function jpegSize(bytes) {
  for (let at = 2; at < bytes.length;) {
    const marker = bytes[at + 1];
    if (marker >= 0xc0 && marker <= 0xc2) return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  throw new Error('not a JPEG');
}
