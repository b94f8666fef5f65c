// How fast and how evenly recordings are shown, in figures; 1080p at 30 frames a second. They mean something on a machine that does
// nothing else, so they are measured only when all is (MINIDVR_TEST_FULL), and told rather than judged where this machine's own
// decoding is the bound.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test, { after } from 'node:test';
import { promisify } from 'node:util';
import { eventually, firefoxPath, startBrowser, startFirefox } from './support/browser.mjs';
import { openAt as openEngineAt, played } from './support/player.mjs';
import { recordFiles, recordingsOf, setRecording } from './support/recordings.mjs';
import { startServer } from './support/server.mjs';

const full = Boolean(process.env.MINIDVR_TEST_FULL);
const skip = full ? false : 'MINIDVR_TEST_FULL is not set';
const kBigFile = Number(process.env.MINIDVR_TEST_BIG_FILE ?? 4e9);          // bytes
const kOpenSeconds = Number(process.env.MINIDVR_TEST_OPEN_SECONDS ?? 600);
const kPlaySeconds = 60;
const kAhead = 6;                    // s of the file being written that are there when it is entered
const kSeeks = 300;
const kMostGrowth = 10e6;            // bytes of JavaScript heap in kOpenSeconds
const kFps = 30;
const kRecorded = { median: 50, most: 150 };   // ms of a seek

const server = full ? await startServer({ resolution: '1920x1080', fps: kFps, segment_seconds: 20 }) : null;
const recordings = full ? await recordFiles(server, 2) : [];
if (full) await server.stopRecording();
const browsers = full ? { Chromium: await startBrowser(), ...(existsSync(firefoxPath) && { Firefox: await startFirefox() }) } : {};
after(async () => {
  for (const browser of Object.values(browsers)) await browser.close();
  await server?.stop();
});

const openAt = (t, browser, recording, frame = 0) => openEngineAt(t, browser, server.url, recordings, recording, frame, { numbers: false });
const share = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];

// How late the first frame of another file is drawn, beside all others.
function seam(drawn) {
  const late = drawn.slice(1).map(({ wall, at, name }, i) => ({ seam: name !== drawn[i].name, off: (wall - drawn[i].wall) - (at - drawn[i].at) }));
  const others = late.filter(({ seam: is }) => !is).map(({ off }) => off).sort((a, b) => a - b);
  return `at the seam ${late.find(({ seam: is }) => is).off.toFixed(1)} ms late (bar: ${(1000 / kFps).toFixed(0)}); elsewhere ${share(others, 0.5).toFixed(1)}, 99th percentile ${share(others, 0.99).toFixed(1)}`;
}

// One file of kBigFile bytes, made of a recording again and again, as of a day before.
async function bigRecording() {
  const name = '20261101_100000.mp4';
  const path = join(server.recordings, recordings[0].name);
  const list = join(server.recordings, 'list.txt');
  const times = Math.ceil(kBigFile / statSync(path).size);
  writeFileSync(list, `file '${path}'\n`.repeat(times));
  const made = join(dirname(server.recordings), name);
  await promisify(execFile)('ffmpeg', ['-v', 'error', '-f', 'concat', '-safe', '0', '-i', list, '-c', 'copy', '-movflags', '+faststart', made]);
  rmSync(list);
  renameSync(made, join(server.recordings, name));
  await eventually(async () => (await recordingsOf(server)).some((one) => one.name === name), 'the large file');
  return (await recordingsOf(server)).find((one) => one.name === name);
}

test('all of it', { skip }, async (t) => {
  const big = await bigRecording();
  t.diagnostic(`${(big.bytes / 1e9).toFixed(2)} GB, ${big.frames} frames of ${(big.bytes / big.frames / 1000).toFixed(0)} KB`);

  await t.test(`seeks to random frames of it`, async (tt) => {
    const page = await openAt(tt, browsers.Chromium, big);
    const times = await page.evaluate(async ([name, seeks]) => {
      const { seek, playback } = window.player;
      const { IndexStore } = await import('/static/js/player/index_store.js');
      const index = await new IndexStore().of(name);
      const took = [];
      for (let i = 0; i < seeks; i += 1) {
        const n = Math.floor(Math.random() * index.count);
        const begun = performance.now();
        const shown = await seek(index.at(n));
        took.push(performance.now() - begun);
        if (!shown || playback.frame !== n) throw new Error(`frame ${n}: ${JSON.stringify(playback)}`);
      }
      return took.sort((a, b) => a - b);
    }, [big.name, kSeeks]);
    t.diagnostic(`${kSeeks} seeks: 10th percentile ${share(times, 0.1).toFixed(1)} ms, median ${share(times, 0.5).toFixed(1)} ms, 99th percentile ${share(times, 0.99).toFixed(1)} ms (bar: ${kRecorded.median} and ${kRecorded.most})`);
  });

  await t.test('dragging', async (tt) => {
    const page = await openAt(tt, browsers.Chromium, big);
    const { pictures, seconds, off } = await page.evaluate(async ([start, end]) => {
      const { seek, playback } = window.player;
      const begun = performance.now();
      let last = null;
      let at = start;
      while (performance.now() - begun < 10000) {
        at = start + (end - start) * (performance.now() - begun) / 10000;
        last = seek(at, { scrub: true });
        await new Promise((resolve) => { requestAnimationFrame(resolve); });
      }
      const taken = (performance.now() - begun) / 1000;
      await last;
      return { pictures: window.drawn.length, seconds: taken, off: at - playback.at };
    }, [Date.parse(big.start), Date.parse(big.start) + big.seconds * 1000]);
    t.diagnostic(`dragging: ${(pictures / seconds).toFixed(1)} pictures a second (bar: 10), the last one ${off.toFixed(1)} ms before the wish`);
    assert.ok(off >= 0 && off <= 1000 / kFps + 1, `${off} ms`);
  });

  for (const [name, browser] of Object.entries(browsers)) {
    await t.test(`${name}: ${kPlaySeconds} s at 1x`, async (tt) => {
      const page = await openAt(tt, browser, big);
      const alone = await page.evaluate(async () => {
        const { timeOf, ways } = await import('/static/js/player/decoders.js');
        const { bytes } = await window.player.shownFrame();
        const jpeg = new Uint8Array(await bytes.arrayBuffer());
        return 1000 / await timeOf(ways.bitmap, jpeg);
      });
      await page.evaluate(() => window.player.play(1));
      await played(page, () => window.drawn.length > 5);
      const drawn = await page.evaluate(async (seconds) => {
        const from = window.drawn.length;
        await new Promise((resolve) => { setTimeout(resolve, seconds * 1000); });
        return window.drawn.slice(from);
      }, kPlaySeconds);
      const film = (drawn.at(-1).at - drawn[0].at) / 1000;
      const waits = drawn.slice(1).map(({ wall }, i) => wall - drawn[i].wall).sort((a, b) => a - b);
      const frames = drawn.at(-1).frame - drawn[0].frame + 1;
      const way = await page.evaluate(() => sessionStorage.getItem('mini-dvr-decoder'));
      t.diagnostic(`${name}: ${drawn.length} of ${frames} frames drawn (${(100 * drawn.length / frames).toFixed(1)} %), ${film.toFixed(1)} s of film, `
        + `from picture to picture ${share(waits, 0.5).toFixed(1)} ms, 99th percentile ${share(waits, 0.99).toFixed(1)} ms; decoding alone: ${alone.toFixed(0)} a second; ${way}`);
    });
  }

  await t.test('over the end of a file', async (tt) => {
    const page = await openAt(tt, browsers.Chromium, recordings[0], -60);
    await page.evaluate(() => window.player.play(1));
    const drawn = await played(page, (next) => window.drawn.some((one) => one.name === next && one.frame > 60), recordings[1].name);
    t.diagnostic(seam(drawn));
  });

  await t.test('from a file that is complete into the one that is being written', async (tt) => {
    await setRecording(server, true);
    const [before, growing] = await eventually(async () => {
      const two = (await recordingsOf(server)).slice(-2);
      return two[1].state === 'recording' && two[1].seconds > kAhead && Date.parse(two[1].start) - Date.parse(two[0].start) < 1000 * (two[0].seconds + 1) && two;
    }, 'two files without a gap');
    const page = await openAt(tt, browsers.Chromium, before, -60);
    await page.evaluate(() => window.player.play(1));
    const drawn = await played(page, (next) => window.drawn.some((one) => one.name === next && one.frame > 60), growing.name);
    await server.stopRecording();
    t.diagnostic(seam(drawn));
  });

  await t.test(`${kOpenSeconds} s of film keep no memory`, async (tt) => {
    const page = await openAt(tt, browsers.Chromium, big);
    const session = await page.context().newCDPSession(page);
    const heap = async () => {
      await session.send('HeapProfiler.collectGarbage');
      return (await session.send('Runtime.getHeapUsage')).usedSize;
    };
    await page.evaluate(() => window.player.play(1));
    await played(page, () => window.drawn.length > 60);
    const clear = () => page.evaluate(() => { window.drawn = []; window.states = []; });
    await clear();
    const before = await heap();
    await page.waitForTimeout(kOpenSeconds * 1000);
    await clear();
    const growth = await heap() - before;
    t.diagnostic(`heap: ${(before / 1e6).toFixed(1)} MB, ${(growth / 1e6).toFixed(2)} MB more after ${kOpenSeconds} s (bar: 10)`);
    assert.ok(growth < kMostGrowth, `${growth} bytes`);
  });
});
