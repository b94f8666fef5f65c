// What tests of the player's controls do and look at.
import { eventually, openPage } from './browser.mjs';

// Of js/player/playback.js in the page, without what cannot leave it.
export const playback = (page) => page.evaluate(async () => {
  const { playback: now } = await import('/static/js/player/playback.js');
  return { ...now, recording: now.recording?.name };
});

// Waits until a frame is shown and nothing else is on its way.
export const settled = (page, what = 'a frame is shown') => eventually(async () => {
  const now = await playback(page);
  return now.active && !now.waiting && Number.isFinite(now.at) && now.frame >= 0 && now;
}, what);

// Waits until `check` holds for what is shown.
export const shows = (page, check, what) => eventually(async () => {
  const now = await playback(page);
  return check(now) && now;
}, what);

// The page with the player open, at a moment (ms) or where it opens by itself.
export async function openPlayer(t, browser, server, { at, ...options } = {}) {
  const hash = at === undefined ? '' : `#t=${new Date(at).toISOString()}`;
  const page = await openPage(t, browser, server.url + '/' + hash, { ...options, wait: at === undefined });
  if (at === undefined) await page.locator('#open-player').click();
  await page.locator('#player').waitFor();
  await settled(page);
  return page;
}

// The window (ms) that the timeline shows.
export const windowOf = (page) => page.evaluate(async () => (await import('/static/js/player/timeline.js')).shownWindow());

// The point of the page where a moment (ms) lies on the timeline's track.
export async function placeOf(page, at) {
  const { from, to } = await windowOf(page);
  const { x, y, width, height } = await page.locator('.timeline').boundingBox();
  return { x: x + (at - from) / (to - from) * width, y: y + height - 20, msPerPixel: (to - from) / width };
}

export const startOf = ({ start }) => Date.parse(start);
export const endOf = ({ start, seconds }) => Date.parse(start) + seconds * 1000;

// 10:07:12.345, by the local clock, which is also that of the browser.
export function clockOf(at) {
  const time = new Date(at);
  const digits = (value, count) => String(value).padStart(count, '0');
  return `${[time.getHours(), time.getMinutes(), time.getSeconds()].map((value) => digits(value, 2)).join(':')}.${digits(time.getMilliseconds(), 3)}`;
}

// The list of recordings as the server has it, each changed by `change(recording)`.
export const withRecordings = (page, change) => page.route('**/api/recordings?*', async (route) => {
  try {
    const answer = await (await route.fetch()).json();
    answer.recordings.forEach(change);
    await route.fulfill({ json: answer });
  } catch {
    // The page is closed while it asks.
  }
});
