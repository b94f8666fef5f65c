// Where no decoder keeps up the browser plays by itself what the server sends at its pace.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import test, { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, firefoxPath, startBrowser, startFirefox } from './support/browser.mjs';
import { startLink } from './support/link.mjs';
import { openAt } from './support/player.mjs';
import { recordFiles, recordOne, recordingsOf } from './support/recordings.mjs';
import { startServer } from './support/server.mjs';

const kFps = 15;
const kGap = 2000;           // ms between two recordings
const kRest = 7000;          // ms, beyond the end of a file
const server = await startServer({ fps: kFps, segment_seconds: 5 });
await recordFiles(server, 2);
await server.stopRecording();
await sleep(kGap);
await recordOne(server, 2);
await eventually(async () => (await recordingsOf(server)).every(({ state }) => state === 'complete'), 'complete');
const recordings = await recordingsOf(server);
const browsers = { Chromium: await startBrowser(), ...(existsSync(firefoxPath) && { Firefox: await startFirefox() }) };
after(async () => {
  for (const browser of Object.values(browsers)) await browser.close();
  await server.stop();
});

// As where a trial of all decoders came to so many pictures a second.
const decoding = (perSecond) => (page) => page.addInitScript((many) => {
  if (location.protocol.startsWith('http')) sessionStorage.setItem('mini-dvr-decoder', JSON.stringify({ way: 'bitmap', perSecond: many }));
}, perSecond);

const openSlow = (t, browser, recording, frame, perSecond = 3) => openAt(t, browser, server.url, recordings, recording, frame,
  { numbers: false, before: decoding(perSecond) });

// What the stage shows, by the number in its pixels, and what playback tells at that time.
async function seen(page) {
  const told = () => page.evaluate(() => { const { paced, frame, rate, at, recording } = window.player.playback; return { paced, frame, rate, at, name: recording.name }; });
  const before = await told();
  const { x, y, width, height } = await page.locator('#picture').boundingBox();
  const png = await page.screenshot({ clip: { x, y, width, height } });
  const number = await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
    return window.numberOf(await createImageBitmap(new Blob([bytes], { type: 'image/png' })));
  }, png.toString('base64'));
  return { ...await told(), before, number };
}

// The number that the camera gave to the frame of a time.
const numberAt = (page, { name, at }) => page.evaluate(async ([of, time]) => {
  const { IndexStore } = await import('/static/js/player/index_store.js');
  const index = await new IndexStore().of(of);
  const bytes = await (await fetch(`/recordings/${of}/frame?n=${index.shownAt(time)}`)).arrayBuffer();
  return window.commentOf(new Uint8Array(bytes)).number;
}, [name, at]);

const playback = (page, key) => page.evaluate((of) => window.player.playback[of], key);

for (const [name, browser] of Object.entries(browsers)) {
  test(`${name}: a film that cannot be decoded in time is the browser's own, and a pause shows the very frame`, async (t) => {
    const page = await openSlow(t, browser, recordings[0], 5);
    await page.evaluate(() => window.player.play(1));
    const start = await playback(page, 'at');
    await eventually(async () => await playback(page, 'at') > start + 2000, 'two seconds of film');
    const film = await seen(page);
    assert.deepEqual([film.paced, film.frame, film.rate], [true, -1, 1]);
    // Reckoned, between before and after the picture was taken.
    const [from, to] = [await numberAt(page, film.before), await numberAt(page, film)];
    assert.ok(film.number >= from - kFps && film.number <= to + kFps, `${film.number}, told ${from} to ${to}`);
    await page.evaluate(() => window.player.pause());
    await eventually(async () => await playback(page, 'frame') >= 0, 'the very frame');
    const still = await seen(page);
    assert.deepEqual([still.paced, still.rate], [false, 0]);
    assert.equal(still.number, await numberAt(page, still));
    assert.equal(await page.locator('.picture.paced').count(), 0);
  });
}

test('it goes on over ends of files and over a gap, and ends on the last frame', async (t) => {
  const page = await openSlow(t, browsers.Chromium, recordings.at(-3), -10);
  await page.evaluate(() => window.player.play(1));
  await eventually(async () => await playback(page, 'rate') === 0, 'the end');
  const states = await page.evaluate(() => window.states);
  const names = [...new Set(states.filter(({ paced }) => paced).map(({ recording }) => recording))];
  assert.deepEqual(names, recordings.slice(-3).map((one) => one.name));
  assert.ok(states.some(({ gap }) => gap), 'the gap is told');
  const still = await seen(page);
  assert.equal(still.frame, recordings.at(-1).frames - 1);
  assert.equal(still.number, await numberAt(page, still));
});

test('when the line is cut it ends, and its time does not go on without its pictures', async (t) => {
  const link = await startLink(t, server);
  const page = await openAt(t, browsers.Chromium, link.url, recordings, recordings[0], 5, { numbers: false, before: decoding(3) });
  await page.evaluate(() => window.player.play(1));
  const start = await playback(page, 'at');
  await eventually(async () => await playback(page, 'at') > start + 500, 'half a second of film');
  link.close();
  await eventually(async () => await playback(page, 'problem') === 'player.problem.lost', 'it is told');
  assert.deepEqual([await playback(page, 'rate'), await playback(page, 'paced')], [0, false]);
  const at = await playback(page, 'at');
  assert.ok(at < Date.parse(recordings[0].start) + recordings[0].seconds * 1000, 'before the end of the file');
});

// Nothing is drawn of a page that is hidden, nor of a frame that is scrolled out of its window, which nobody tells that.
const rests = (page, { hidden, drawn }) => page.evaluate(([isHidden, isDrawn]) => {
  window.isDrawn = isDrawn;
  if (isDrawn) window.waiting.splice(0).forEach((call) => window.drawNext(call));
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => isHidden });
  document.dispatchEvent(new Event('visibilitychange'));
}, [hidden, drawn]);

const canRest = (page) => page.addInitScript(() => {
  const request = window.requestAnimationFrame.bind(window);
  window.isDrawn = true;
  window.waiting = [];
  window.drawNext = (call) => request((now) => (window.isDrawn ? call(now) : window.waiting.push(call)));
  window.requestAnimationFrame = window.drawNext;
});

for (const [what, hidden] of [['hidden', true], ['not drawn', false]]) {
  test(`when the page is ${what} for a while it goes on where it was, and tells the time of what is seen`, async (t) => {
    const page = await openAt(t, browsers.Chromium, server.url, recordings, recordings[0], 5, { numbers: false, before: async (p) => {
      await decoding(3)(p);
      await canRest(p);
    } });
    await page.evaluate(() => window.player.play(1));
    const start = await playback(page, 'at');
    await eventually(async () => await playback(page, 'at') > start + 500, 'half a second of film');
    await rests(page, { hidden, drawn: false });
    const at = await playback(page, 'at');
    if (hidden) await eventually(async () => !await playback(page, 'paced') && await playback(page, 'frame') >= 0, 'it rests on a frame');
    await sleep(kRest);
    await rests(page, { hidden: false, drawn: true });
    await eventually(async () => await playback(page, 'paced') && await playback(page, 'at') > at + 500, 'it plays');
    const film = await seen(page);
    assert.ok(film.at < at + kRest, `${film.at - at} ms on`);
    const [from, to] = [await numberAt(page, film.before), await numberAt(page, film)];
    assert.ok(film.number >= from - kFps && film.number <= to + kFps, `${film.number}, told ${from} to ${to}`);
  });
}

test('steps, another speed and a snapshot begin at the frame that is seen', async (t) => {
  const page = await openSlow(t, browsers.Chromium, recordings[0], 5);
  await page.evaluate(() => window.player.play(1));
  const start = await playback(page, 'at');
  await eventually(async () => await playback(page, 'at') > start + 500, 'half a second of film');
  const shot = await page.evaluate(async () => {
    const { bytes, frame } = await window.player.shownFrame();
    return { frame, number: window.commentOf(new Uint8Array(await bytes.arrayBuffer())).number };
  });
  assert.ok(shot.frame > 5 && shot.number > 0);
  const [stepped, at] = await page.evaluate(async () => {
    const from = window.player.playback.at;
    await window.player.step(1);
    return [window.player.playback, from];
  });
  assert.ok(stepped.frame >= 0 && stepped.at > at && stepped.at <= at + 2000 / kFps, `${stepped.at - at} ms on`);
  // At an eighth of the speed there is time for each picture, and the server offers no such pace.
  await page.evaluate(() => window.player.play(1));
  await eventually(async () => await playback(page, 'paced'), 'paced');
  await page.evaluate(() => window.player.play(1 / 8));
  await eventually(async () => await playback(page, 'frame') >= 0, 'frames');
  assert.equal(await playback(page, 'rate'), 1 / 8);
});

test('decoders that keep up make the pictures, and where they turn out not to, the browser goes on by itself', async (t) => {
  const page = await openSlow(t, browsers.Chromium, recordings[0], 0, 100);
  await page.evaluate(() => window.player.play(1));
  await eventually(async () => await playback(page, 'frame') > 3, 'frames');
  assert.equal(await playback(page, 'paced'), false);
  await page.evaluate(async () => {
    const { keepWay } = await import('/static/js/player/engine.js');
    keepWay({ way: 'bitmap', perSecond: 2 });
  });
  await eventually(async () => await playback(page, 'paced'), 'paced');
  assert.equal(await playback(page, 'rate'), 1);
});
