// The picture engine of the player: the frame that is drawn is the one that was asked for, and films run on.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import test, { after } from 'node:test';
import { firefoxPath, live, startBrowser, startFirefox } from './support/browser.mjs';
import { openAt as openEngineAt, openPlayer as openEngine, played } from './support/player.mjs';
import { learnNumbers, recordFiles } from './support/recordings.mjs';
import { startServer } from './support/server.mjs';

const full = Boolean(process.env.MINIDVR_TEST_FULL);
const kSeeks = full ? 1000 : 30;
const kFps = full ? 30 : 15;

const server = await startServer({ resolution: full ? '1920x1080' : '640x480', fps: kFps, segment_seconds: 10 });
const recordings = await recordFiles(server, 3);
const browser = await startBrowser();
const firefox = existsSync(firefoxPath) ? await startFirefox() : null;
after(async () => {
  await browser.close();
  await firefox?.close();
  await server.stop();
});

const openPlayer = (t) => openEngine(t, browser, server.url);
const openAt = (t, recording, frame, from = browser) => openEngineAt(t, from, server.url, recordings, recording, frame);

test('random frames of files and of the one being written are drawn as asked', async (t) => {
  const page = await openPlayer(t);
  await learnNumbers(page, recordings);
  const wrong = await page.evaluate(async ([names, seeks]) => {
    const { enter, seek, playback, loadRange, archive, shownFrame } = window.player;
    await loadRange(Date.now() - 3600e3, Date.now());
    await enter(archive.recordings[0].start);
    const { IndexStore } = await import('/static/js/player/index_store.js');
    const store = new IndexStore();
    const bad = [];
    for (let i = 0; i < seeks; i += 1) {
      const name = names[i % names.length];
      const index = await store.of(name);
      const n = Math.floor(Math.random() * index.count);
      const shown = await seek(index.at(n));
      const { bytes, frame } = await shownFrame();
      const asBytes = window.commentOf(new Uint8Array(await bytes.arrayBuffer())).number;
      const answer = await fetch(`/recordings/${name}/frame?n=${n}`);
      const time = Number(answer.headers.get('X-Timestamp').replace('.', '').slice(0, 13));
      const file = new Uint8Array(await answer.arrayBuffer());
      const asked = window.commentOf(file).number;
      const drawn = window.numberOf(document.getElementById('picture'));
      if (!shown || drawn !== asked || asBytes !== asked || frame !== n || playback.at !== index.at(n) || Math.floor(playback.at) !== time || playback.recording.name !== name) {
        bad.push({ name, n, shown, drawn, asked, asBytes, frame, at: playback.at, time, wanted: index.at(n), problem: playback.problem });
      }
    }
    return bad;
  }, [recordings.map(({ name }) => name), kSeeks]);
  assert.deepEqual(wrong, []);
  assert.deepEqual(page.wrongs, []);
});

// Every frame drawn is later (direction 1) or earlier (-1) than the one before, and its pixels say so, too.
function assertOrder(drawn, direction = 1) {
  for (let i = 1; i < drawn.length; i += 1) {
    const [before, now] = [drawn[i - 1], drawn[i]];
    assert.ok((now.at - before.at) * direction > 0, `${JSON.stringify(before)}, then ${JSON.stringify(now)}`);
    assert.ok((now.number - before.number) * direction > 0, `${JSON.stringify(before)}, then ${JSON.stringify(now)}`);
  }
}

test('a film goes on over the end of a file', async (t) => {
  const page = await openAt(t, recordings[0], -8);
  await page.evaluate((name) => {
    window.next = name;
    window.player.play(1);
  }, recordings[1].name);
  const drawn = await played(page, () => window.drawn.some(({ name, frame }) => name === window.next && frame > 8));
  assertOrder(drawn);
  assert.ok(drawn.every(({ rate }) => rate === 1));
  assert.deepEqual(await page.evaluate(() => window.states.filter(({ gap, problem }) => gap || problem)), []);
  await page.evaluate(() => window.player.pause());
  const { at } = await page.evaluate(() => window.player.playback);
  await page.waitForTimeout(300);
  assert.equal(await page.evaluate(() => window.player.playback.at), at, 'it stands still');
  assert.deepEqual(page.wrongs, []);
});

test('backwards, too, and to the very beginning, where it stops', async (t) => {
  const page = await openAt(t, recordings[1], 6);
  await page.evaluate(() => window.player.play(-1));
  await played(page, () => window.drawn.length > 12);
  await page.evaluate(() => window.player.play(-16));
  const drawn = await played(page, () => window.player.playback.rate === 0);
  assertOrder(drawn, -1);
  assert.equal(drawn.at(-1).name, recordings[0].name);
  assert.equal(drawn.at(-1).frame, 0);
});

test('fast forward leaves out frames, saves their bytes, and at the end of what is being written follows it', async (t) => {
  const page = await openAt(t, recordings[0], 0);
  const ranges = [];
  page.on('request', (request) => request.headers().range && ranges.push(request.headers().range));
  await page.evaluate((name) => {
    window.last = name;
    window.player.play(16);
  }, recordings[3].name);
  await played(page, () => window.drawn.some(({ name }) => name === window.last));
  const fast = (await page.evaluate(() => window.drawn)).filter(({ rate, name }) => rate === 16 && name !== recordings[3].name);
  const all = recordings.slice(0, 3).reduce((sum, { frames }) => sum + frames, 0);
  t.diagnostic(`${fast.length} of ${all} frames drawn`);
  assert.ok(fast.length < all / 4, `${fast.length} of ${all}`);
  assert.ok(ranges.length && ranges.length < all / 2, `${ranges.length} frames fetched of ${all}`);
  await played(page, () => window.player.playback.live && window.player.playback.rate === 1);
  // On from file to file, and live all the time.
  const begun = await page.evaluate(() => {
    window.states = [];
    return window.player.playback.recording.name;
  });
  await played(page, (name) => window.drawn.at(-1).name !== name && window.drawn.at(-1).frame > 4, begun);
  assert.ok(await page.evaluate(() => window.states.every(({ live: now }) => now)));
  assertOrder(await page.evaluate(() => window.drawn));
  assert.deepEqual(page.wrongs, []);
});

test('steps go over the ends of files, however fast they come', async (t) => {
  const page = await openAt(t, recordings[1], 2);
  for (const by of [-1, -1, -1, -1, 1, 1, 1, 1]) {
    const from = await page.evaluate(() => window.drawn.at(-1)?.number ?? window.numberOf(document.getElementById('picture')));
    assert.ok(await page.evaluate((frames) => window.player.step(frames), by));
    const now = await page.evaluate(() => window.drawn.at(-1));
    assert.equal(Math.sign(now.number - from), by);
  }
  assert.deepEqual(await page.evaluate(() => window.drawn.map(({ frame }) => frame)), [1, 0, recordings[0].frames - 1, recordings[0].frames - 2, recordings[0].frames - 1, 0, 1, 2]);
  const end = await page.evaluate(async () => {
    const all = Array.from({ length: 40 }, (_, i) => window.player.step(i % 4 === 3 ? -2 : 1));
    return { shown: (await Promise.all(all)).at(-1), frame: window.player.playback.frame };
  });
  assert.deepEqual(end, { shown: true, frame: 12 });
});

test('while somebody drags pictures are seen, and the last wish is what is shown', async (t) => {
  const page = await openAt(t, recordings[0], 0);
  const end = await page.evaluate(async () => {
    const { seek, playback, archive } = window.player;
    const [{ start }, , { end: stop }] = archive.recordings;
    const begun = performance.now();
    let shown = null;
    for (let i = 0; i < 60; i += 1) {
      shown = seek(start + (stop - start) * i / 60, { scrub: true });
      await new Promise((resolve) => { requestAnimationFrame(resolve); });
    }
    shown = seek(start + 3210);
    const seconds = (performance.now() - begun) / 1000;
    return { shown: await shown, off: start + 3210 - playback.at, drawn: window.drawn.length, seconds };
  });
  t.diagnostic(`${(end.drawn / end.seconds).toFixed(1)} pictures a second`);
  assert.ok(end.shown);
  assert.ok(end.off >= -1 && end.off < 200, JSON.stringify(end));
  assert.ok(end.drawn > 2, JSON.stringify(end));
});

// In the engine's worker: counts decodes, and lets time stand still.
const kWatched = `
  self.decodes = 0;
  const counted = (owner, name) => {
    const original = owner?.[name];
    if (original) owner[name] = function (...given) { self.decodes += 1; return original.apply(this, given); };
  };
  counted(self, 'createImageBitmap');
  counted(self.ImageDecoder?.prototype, 'decode');
  self.waiting = new Map();
  let next = 0;
  self.setTimeout = (run) => { self.waiting.set(next += 1, run); return next; };
  self.clearTimeout = (id) => self.waiting.delete(id);
`;

test('the fastest decoder is found when nobody waits for a picture, and not before', async (t) => {
  const before = (page) => page.route('**/engine.worker.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: kWatched + await response.text() });
  });
  const page = await openEngineAt(t, browser, server.url, recordings, recordings[0], 0, { numbers: false, before });
  const worker = page.workers()[0];
  const decodes = () => worker.evaluate(() => self.decodes);
  const already = await decodes();
  const kWishes = 20;
  await page.evaluate(async (wishes) => {
    const { seek, playback } = window.player;
    const start = playback.at;
    for (let i = 0; i < wishes; i += 1) {
      if (!await seek(start + 100 * i)) throw new Error(`wish ${i}`);
    }
  }, kWishes);
  assert.equal(await decodes() - already, kWishes);
  await worker.evaluate(() => { for (const run of [...self.waiting.values()]) run(); });
  await page.waitForFunction(() => sessionStorage.getItem('mini-dvr-decoder') !== null);
  assert.ok(await decodes() - already > kWishes);
});

test('the live picture is given up while a recording is shown, and comes back', async (t) => {
  const page = await openAt(t, recordings[0], 0);
  assert.equal(await page.evaluate(async () => (await import('/static/js/state.js')).state.stream), 'recorded');
  const before = await page.evaluate(() => window.numberOf(document.getElementById('picture')));
  await page.waitForTimeout(400);
  assert.equal(await page.evaluate(() => window.numberOf(document.getElementById('picture'))), before);
  await page.evaluate(() => {
    window.player.play(1);
    window.player.leave();
  });
  await live(page);
  await page.waitForFunction((number) => window.numberOf(document.getElementById('picture')) > number + 100, before);
  assert.equal(await page.evaluate(() => window.player.playback.active), false);
  await page.evaluate(() => window.player.enter(NaN));
  await page.waitForFunction(() => window.player.playback.frame >= 0);
  assert.deepEqual(page.wrongs, []);
});

test('Firefox: frames are as asked, and films run', { skip: firefox ? false : 'there is no Firefox' }, async (t) => {
  const page = await openAt(t, recordings[0], -8, firefox);
  await page.evaluate((name) => {
    window.next = name;
    window.player.play(1);
  }, recordings[1].name);
  assertOrder(await played(page, () => window.drawn.some(({ name, frame }) => name === window.next && frame > 8)));
  const tried = await page.evaluate(() => sessionStorage.getItem('mini-dvr-decoder'));
  t.diagnostic(`${tried}`);
  await page.evaluate(() => window.player.play(-1));
  await played(page, () => window.drawn.at(-1).frame < 4);
  assert.deepEqual(page.wrongs, []);
});
