// A page with the player's engine as window.player, and nothing else of the player open.
import { openPage } from './browser.mjs';
import { learnNumbers } from './recordings.mjs';

export async function openPlayer(t, browser, url, options = {}) {
  const page = await openPage(t, browser, url, options);
  await page.evaluate(async () => {
    const [playback, archive] = await Promise.all([import('/static/js/player/playback.js'), import('/static/js/player/archive.js')]);
    window.player = { ...playback, ...archive };
  });
  return page;
}

// Notes each frame that is drawn as window.drawn: {name, frame, at, number, rate, live, wall}, and all that playback told as
// window.states.
const noteDrawn = (page, numbers) => page.evaluate((read) => {
  const { onPlayback, playback } = window.player;
  const canvas = document.getElementById('picture');
  let last = `${playback.recording?.name}#${playback.frame}`;
  window.drawn = [];
  window.states = [];
  onPlayback(() => {
    window.states.push({ ...playback, recording: playback.recording?.name });
    const key = `${playback.recording?.name}#${playback.frame}`;
    if (key === last || playback.frame < 0) return;
    last = key;
    const { recording, frame, at, rate, live } = playback;
    window.drawn.push({ name: recording.name, frame, at, number: read ? window.numberOf(canvas) : NaN, rate, live, wall: performance.now() });
  });
}, numbers);

// Opened at a moment of a recording, `frame` frames from its beginning, or its end when negative; drawn frames are noted.
// `recordings`: whose pictures tell what digits look like. `numbers`: whether they are read from each picture, which takes its time.
export async function openAt(t, browser, url, recordings, { name }, frame, { numbers = true, ...options } = {}) {
  const page = await openPlayer(t, browser, url, options);
  await learnNumbers(page, recordings);
  await page.evaluate(async ([of, n]) => {
    const { IndexStore } = await import('/static/js/player/index_store.js');
    const index = await new IndexStore().of(of);
    const shown = await window.player.enter(index.at(n < 0 ? index.count + n : n));
    if (!shown) throw new Error(`not shown: ${window.player.playback.problem}`);
  }, [name, frame]);
  await noteDrawn(page, numbers);
  return page;
}

// Waits until `check` holds in the page. Returns what was drawn so far; when it never holds, the error tells what was.
export async function played(page, check, value = null) {
  try {
    await page.waitForFunction(check, value, { polling: 50 });
  } catch (error) {
    const { drawn, states } = await page.evaluate(() => ({ drawn: window.drawn, states: window.states.slice(-3) }));
    throw new Error(`${error.message}\ndrawn: ${drawn.map(({ name, frame }) => `${name}#${frame}`).join(' ')}\ntold last: ${JSON.stringify(states)}\nwrong: ${page.wrongs?.join(', ')}`, { cause: error });
  }
  return page.evaluate(() => window.drawn);
}
