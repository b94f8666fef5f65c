// The picture engine of the player: the frame that is drawn is the one that was asked for, and films run on.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import test, { after } from 'node:test';
import { firefoxPath, live, openPage, startBrowser, startFirefox } from './support/browser.mjs';
import { learnNumbers, recordFiles } from './support/recordings.mjs';
import { startServer } from './support/server.mjs';

const full = Boolean(process.env.MINIDVR_TEST_FULL);
const kSeeks = full ? 1000 : 30;
const kFps = 15;

const server = await startServer({ resolution: '640x480', fps: kFps, segment_seconds: 10 });
const recordings = await recordFiles(server, 3);
const browser = await startBrowser();
const firefox = existsSync(firefoxPath) ? await startFirefox() : null;
after(async () => {
  await browser.close();
  await firefox?.close();
  await server.stop();
});

// A page with the engine as `window.player`, in which nothing else of the player is open.
async function openPlayer(t, from = browser, options = {}) {
  const page = await openPage(t, from, server.url, options);
  await page.evaluate(async () => {
    const [playback, archive] = await Promise.all([import('/static/js/player/playback.js'), import('/static/js/player/archive.js')]);
    window.player = { ...playback, ...archive };
  });
  return page;
}

test('random frames of files and of the one being written are drawn as asked', async (t) => {
  const page = await openPlayer(t);
  await learnNumbers(page, recordings[0]);
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
      const file = new Uint8Array(await (await fetch(`/recordings/${name}/frame?n=${n}`)).arrayBuffer());
      const asked = window.commentOf(file).number;
      const drawn = window.numberOf(document.getElementById('picture'));
      if (!shown || drawn !== asked || asBytes !== asked || frame !== n || playback.at !== index.at(n) || playback.recording.name !== name) {
        bad.push({ name, n, shown, drawn, asked, asBytes, frame, at: playback.at, wanted: index.at(n), problem: playback.problem });
      }
    }
    return bad;
  }, [recordings.map(({ name }) => name), kSeeks]);
  assert.deepEqual(wrong, []);
  assert.deepEqual(page.wrongs, []);
});
