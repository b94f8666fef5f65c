// One Chromium for a test file, and pages that keep account of what went wrong in them.
import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium, firefox } from 'playwright-core';

const kWait = 60000;   // ms for anything that should come by itself, on whatever machine: it is no measure of speed
const screenshots = fileURLToPath(new URL('../screenshots/', import.meta.url));
const wanted = Boolean(process.env.MINIDVR_TEST_SCREENSHOTS);   // to look at: MINIDVR_TEST_SCREENSHOTS=1
if (wanted) mkdirSync(screenshots, { recursive: true });

export const sizes = {
  phone: { width: 320, height: 640 },
  landscape: { width: 844, height: 390 },
  tablet: { width: 768, height: 1024 },
  desktop: { width: 1440, height: 900 },
};

// What of a browser no test needs: playwright's own list, which this one replaces, and Chromium's popup of suggestions, a page
// that each window loads and that takes more of the processor than ours.
const withoutFeatures = ['AutoDeElevate', 'AvoidUnnecessaryBeforeUnloadCheckSync', 'BoundaryEventDispatchTracksNodeRemoval',
  'DestroyProfileOnBrowserClose', 'DialMediaRouteProvider', 'GlobalMediaControls', 'HttpsUpgrades', 'LensOverlay', 'MediaRouter',
  'OptimizationHints', 'PaintHolding', 'RenderDocument', 'ThirdPartyStoragePartitioning', 'Translate',
  'WebUIOmniboxAimPopup', 'WebUIOmniboxPopup'];

// The flags after --no-sandbox keep Chromium from looking for hosts of its own, which a closed network refuses noisily.
export function startBrowser(flags = [], environment = {}) {
  return chromium.launch({
    env: { ...process.env, ...environment },
    executablePath: process.env.MINIDVR_TEST_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--mute-audio', `--disable-features=${withoutFeatures}`, ...flags],
  });
}

// Debian's Firefox, over WebDriver BiDi: playwright's own protocol needs a Firefox of its making.
export const firefoxPath = process.env.MINIDVR_TEST_FIREFOX ?? '/usr/bin/firefox-esr';
export const startFirefox = () => firefox.launch({ channel: 'moz-firefox', executablePath: firefoxPath });

// Opens `url` for the test `t` and waits for the live picture. What the page should not do is collected in page.wrongs.
export async function openPage(t, browser, url, { size = 'desktop', language = 'en', theme = 'dark', wait = true, before, ...options } = {}) {
  const context = await browser.newContext({ viewport: sizes[size], locale: language, ...options });
  t.after(() => context.close());
  context.setDefaultTimeout(kWait);
  const page = await context.newPage();
  page.wrongs = [];
  page.on('console', (message) => message.type() === 'error' && page.wrongs.push(`${message.text()} (${message.location().url})`));
  page.on('pageerror', (error) => page.wrongs.push(error.stack ?? String(error)));
  await page.addInitScript((chosen) => {
    if (!location.protocol.startsWith('http')) return;   // Firefox runs it in the empty page too
    if (!localStorage.getItem('mini-dvr')) localStorage.setItem('mini-dvr', JSON.stringify({ theme: chosen }));
  }, theme);
  await before?.(page);
  await page.goto(url, { waitUntil: 'commit' });   // later events wait for the stream
  if (wait) await live(page);
  return page;
}

// Waits until the page shows the live picture and hears keys. A page that was just asked for has neither `#no-picture`, which
// is then as good as hidden, nor the picture.
export async function live(page, timeout = kWait) {
  await page.waitForFunction(() => document.getElementById('picture')?.style.transform && document.getElementById('no-picture').hidden, null, { timeout });
}

// Waits until the server has told all of its state, over a WebSocket that is open.
export const connected = (page) => eventually(() => page.evaluate(() => import('/static/js/state.js')
  .then(({ state }) => state.link === 'open' && Boolean(state.server?.time))), 'the server tells its state');

// Waits until `check` holds; says `what` when it does not come to be.
export async function eventually(check, what, timeout = kWait) {
  const limit = Date.now() + timeout;
  let last;
  for (;;) {
    try {
      last = await check();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (Date.now() > limit) throw new Error(`${what} (last: ${last instanceof Error ? last.message : JSON.stringify(last)})`);
    await sleep(25);
  }
}

// Whether two looks at the picture differ, while the page says that it is live.
export async function moves(page) {
  const look = () => page.evaluate(() => document.getElementById('picture').toDataURL('image/jpeg', 0.5));
  const first = await look();
  await page.waitForTimeout(150);
  return await look() !== first && page.locator('#no-picture').isHidden();
}

export const screenshot = async (page, name) => wanted && page.screenshot({ path: `${screenshots}${name}.png` });

export const text = (page, selector) => page.locator(selector).innerText();

// Waits until what the page was told before is on the window.
export const drawn = (page) => page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); }));

// Where something is on the window.
export const boxOf = (page, selector) => page.locator(selector).boundingBox();

export const overlap = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

// Opens the camera drawer and waits for its controls.
export async function openCamera(page) {
  await page.locator('#open-camera').click();
  await page.locator('.control').first().waitFor();
}

export const control = (page, id) => page.locator(`.control[data-id="${id}"]`);
