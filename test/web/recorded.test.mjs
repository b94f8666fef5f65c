// What browsers make of recordings without a player of ours: the plain page, a stream of recorded pictures in an <img>, and a
// clip in a <video>.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import test, { after } from 'node:test';
import { eventually, firefoxPath, openPage, startBrowser, startFirefox } from './support/browser.mjs';
import { startServer } from './support/server.mjs';

const server = await startServer();
const browsers = { Chromium: await startBrowser(), Firefox: existsSync(firefoxPath) ? await startFirefox() : null };
after(async () => {
  for (const browser of Object.values(browsers)) await browser?.close();
  await server.stop();
});

// Records until some seconds are on the disk.
async function recordSomething() {
  const record = (on) => fetch(`${server.url}/api/recording`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ on }),
  });
  const listed = async () => (await (await fetch(`${server.url}/api/recordings`)).json()).recordings;
  await record(true);
  await eventually(async () => (await listed())[0]?.seconds > 4, 'recorded');
  await record(false);
  await eventually(async () => (await listed())[0]?.state === 'complete', 'complete');
}

let recorded;

// A clip of all that was recorded, for players that know no JPEGs.
async function sharedClip() {
  const body = { from: new Date(Date.now() - 3600e3).toISOString(), to: new Date(Date.now() + 3600e3).toISOString(), format: 'h264' };
  const asked = await fetch(`${server.url}/api/clips`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
  });
  assert.equal(asked.status, 202);
  const { id } = await asked.json();
  const clip = async () => (await fetch(`${server.url}/api/clips/${id}`)).json();
  await eventually(async () => (await clip()).state === 'done', 'made', 600000);   // at idle priority
  return clip();
}

// In the page: shows the file, goes to `at`, and tells what can be seen.
const look = ({ file, at }) => new Promise((resolve, reject) => {
  const video = document.createElement('video');
  video.muted = true;
  video.onerror = () => reject(new Error(video.error.message));
  video.onloadeddata = () => { video.currentTime = at; };
  video.onseeked = () => resolve({ width: video.videoWidth, duration: video.duration, at: video.currentTime });
  video.src = file;
  document.body.append(video);
});

for (const [name, browser] of Object.entries(browsers)) {
  test(`${name}: a recording is found and watched without scripts`, { skip: browser ? false : 'it is not there' }, async (t) => {
    recorded ??= recordSomething();
    await recorded;
    const page = await openPage(t, browser, `${server.url}/recordings/`, { wait: false, javaScriptEnabled: false });
    assert.equal(await page.locator('h1').innerText().then((words) => words.split(' ')[0]), 'Recordings');
    await page.getByText('Watch').click();
    const picture = page.locator('img');
    await picture.waitFor();
    const size = () => picture.evaluate((image) => image.naturalWidth);
    await eventually(async () => (await size()) === 1280, 'a picture');
    assert.deepEqual(page.wrongs, []);
    // It goes on: what is shown becomes another picture.
    const first = (await picture.screenshot()).toString('base64');
    await eventually(async () => (await picture.screenshot()).toString('base64') !== first, 'another picture');
  });

  test(`${name}: a clip that was made for sharing plays`, { skip: browser ? false : 'it is not there' }, async (t) => {
    recorded ??= recordSomething();
    await recorded;
    const clip = await sharedClip();
    const page = await openPage(t, browser, `${server.url}/recordings/`, { wait: false });
    const seen = await page.evaluate(look, { file: `/clips/${encodeURIComponent(clip.name)}`, at: 2.5 });
    assert.equal(seen.width, 1280);
    // H.264 has no word for how long the last frame is shown.
    const interval = clip.seconds / clip.frames;
    assert.ok(Math.abs(seen.duration - clip.seconds) < 2.5 * interval, `${seen.duration} s instead of ${clip.seconds}`);
    assert.equal(seen.at, 2.5);
  });
}
