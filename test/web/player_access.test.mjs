// The player for everybody: its states by axe-core, targets, text size, narrow windows, keyboard, motion, languages.
import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import { assertUsable, looks, sideways, unreachable } from './support/access.mjs';
import { boxOf, eventually, openCamera, openPage, overlap, screenshot, sizes, startBrowser, text } from './support/browser.mjs';
import { clockOf, openPlayer, settled, shows, startOf, withRecordings } from './support/player_controls.mjs';
import { recordingsOf, recordOne } from './support/recordings.mjs';
import { startServer } from './support/server.mjs';

const server = await startServer({ resolution: '640x480', fps: 10, segment_seconds: 4 });
const browser = await startBrowser();
after(async () => {
  await browser.close();
  await server.stop();
});

await recordOne(server, 6);
const [first] = await recordingsOf(server);
const middle = startOf(first) + 2000;
const open = (t, options) => openPlayer(t, browser, server, { at: middle, ...options });

const clips = [
  { id: 'a', name: 'a_very_long_name_of_a_clip_that_somebody_gave_it.mp4', state: 'running', progress: 0.4, frames: 300, seconds: 10 },
  { id: 'b', name: 'b.mp4', state: 'done', progress: 1, frames: 300, seconds: 10, bytes: 3e7, lossless: false },
  { id: 'c', name: 'c.mp4', state: 'failed', detail: 'the disk is full' },
];
const marks = [{ id: 'm', at: new Date(middle).toISOString(), label: 'somebody at the door' }, { id: 'n', at: new Date(middle + 900).toISOString(), label: '' }];

// The recordings with marks, and exports of every kind.
const before = async (page) => {
  await page.route('**/api/clips', (route) => route.fulfill({ json: { clips } }));
  await withRecordings(page, (one) => Object.assign(one, { marks, protected: true, note: 'a note on it' }));
};

const press = (page, key) => page.locator(`.player [data-label="player.${key}"]`).click();

const states = {
  player: async () => {},
  'player-zoomed': async (page) => {
    for (let i = 0; i < 3; i += 1) await page.keyboard.press('+');
    await page.locator('#minimap canvas').waitFor();
  },
  'player-playing': async (page) => {
    await page.locator('.speed').selectOption('0.125');
    await page.locator('.play').click();
    await page.locator('.player-word').waitFor();
  },
  'player-days': async (page) => {
    await page.locator('.player-day').click();
    await page.locator('.gallery-item').first().waitFor();
  },
  'player-recording': async (page) => {
    await press(page, 'recording');
    await page.locator('#recording-panel textarea').waitFor();
  },
  'player-marks': async (page) => {
    await press(page, 'marks');
    await page.locator('.mark').first().waitFor();
  },
  'player-export': async (page) => {
    await page.locator('.player [data-label="player.in"]').click();
    await page.locator('.player [data-label="player.out"]').click();
    await press(page, 'export');
    await page.locator('.clip').nth(2).waitFor();
    await page.locator('#export-panel [value=timelapse]').check();
  },
  'player-problem': async (page) => {
    await page.route('**/recordings/*', (route) => route.abort());
    await page.route('**/api/recordings/*/frames*', (route) => route.abort());
    await page.keyboard.press('End');
    await page.keyboard.press('End');
    await page.locator('.player-word[data-kind=problem]').waitFor();
  },
};

for (const [theme, language, among] of looks(['desktop', 'landscape', 'phone'], ['desktop', 'tablet', 'phone'])) {
  for (const [name, enter] of Object.entries(states)) {
    test(`no violation, no small target: ${name}, ${theme}`, async (t) => {
      const page = await open(t, { theme, language, before });
      await enter(page);
      await assertUsable(page, among, (size) => `${name}-${size}-${theme}-${language}`);
    });
  }
}

test('nothing recorded: no violation', async (t) => {
  const empty = await startServer({ resolution: '640x480', fps: 10 });
  t.after(() => empty.stop());
  const page = await openPage(t, browser, empty.url);
  await page.locator('#open-player').click();
  await page.locator('.player-empty').waitFor();
  await assertUsable(page, ['desktop', 'landscape', 'phone'], (size) => `player-empty-${size}`);
});

for (const size of ['phone', 'landscape', 'tablet', 'desktop']) {
  test(`everything can be reached at 200 % text size: ${size}`, async (t) => {
    for (const language of ['en', 'es']) {
      const page = await open(t, { size, language, before });
      const session = await page.context().newCDPSession(page);
      await session.send('Page.setFontSizes', { fontSizes: { standard: 32, fixed: 26 } });
      await page.reload({ waitUntil: 'commit' });
      await settled(page);
      await screenshot(page, `player-text-200-${size}-${language}`);
      assert.ok(await sideways(page) <= 0, 'no scrolling sideways');
      assert.deepEqual(await unreachable(page), []);
    }
  });
}

test('everything can be reached in the smallest windows, also with the camera\'s settings open', async (t) => {
  for (const viewport of [{ width: 320, height: 480 }, { width: 568, height: 320 }, { width: 960, height: 540 }]) {
    const page = await open(t, { viewport });
    await screenshot(page, `player-small-${viewport.width}`);
    assert.ok(await sideways(page) <= 0, 'no scrolling sideways');
    assert.deepEqual(await unreachable(page), []);
    if (await server.hasControls()) await openCamera(page);
    await screenshot(page, `player-small-${viewport.width}-camera`);
    assert.ok(await sideways(page) <= 0, 'no scrolling sideways');
    assert.deepEqual(await unreachable(page), []);
  }
});

test('the picture is not covered by the timeline, nor moved by what is told', async (t) => {
  for (const size of Object.keys(sizes)) {
    const page = await open(t, { size });
    assert.equal(overlap(await boxOf(page, '#stage'), await boxOf(page, '.timeline')), false, size);
    const stage = await boxOf(page, '#stage');
    await page.locator('.play').click();
    await shows(page, ({ rate }) => rate === 1, 'it plays');
    assert.deepEqual(await boxOf(page, '#stage'), stage);
  }
});

test('the keyboard gets everywhere, in an order that makes sense, and the focus is seen', async (t) => {
  const page = await open(t);
  await page.locator('#stage').focus();
  const order = [];
  for (let i = 0; i < 17; i += 1) {
    await page.keyboard.press('Tab');
    order.push(await page.evaluate(() => {
      const { activeElement } = document;
      const { outlineStyle, outlineWidth } = getComputedStyle(activeElement);
      if (outlineStyle === 'none' || parseFloat(outlineWidth) < 2) return `no outline: ${activeElement.outerHTML}`;
      return activeElement.dataset.label?.replace('player.', '') ?? activeElement.className;
    }));
  }
  assert.deepEqual(order, ['player-day', 'player-live', 'timeline', 'frame.back', 'reverse', 'play', 'frame.on', 'speed', 'in', 'out', 'export', 'marks',
    'recording', 'zoom.out', 'zoom.in', 'zoom.out', 'zoom.slider']);
});

const panels = [['.player-day', 'archive-panel'], ['[data-label="player.export"]', 'export-panel'],
  ['[data-label="player.marks"]', 'marks-panel'], ['[data-label="player.recording"]', 'recording-panel']];

test('the timeline says no time by itself while it has the focus and a film plays', async (t) => {
  const page = await open(t);
  const timeline = page.locator('.timeline');
  const words = () => timeline.getAttribute('aria-valuetext');
  const { at } = await settled(page);
  await timeline.focus();
  await page.keyboard.press('l');
  await shows(page, ({ rate }) => rate === 1, 'it plays');
  const before_ = await words();
  await shows(page, ({ at: now }) => now > at + 500, 'half a second on');
  assert.equal(await words(), before_);
  await page.keyboard.press('k');
  const still = await shows(page, ({ rate }) => rate === 0, 'it rests');
  await eventually(async () => (await words()).endsWith(clockOf(still.at)), 'its time is said');
  await page.locator('.play').focus();
  await page.keyboard.press('j');
  const rested = await words();
  await eventually(async () => await words() !== rested, 'it is told to who asks for it');
});

test('the panels take the focus in and give it back', async (t) => {
  const page = await open(t, { before });
  for (const [opener, id] of panels) {
    await page.locator(`.player ${opener}`).focus();
    await page.keyboard.press('Enter');
    await page.locator(`#${id} :is(a, button, input, select, textarea)`).first().waitFor();
    await page.keyboard.press('Tab');
    await eventually(() => page.evaluate((of) => document.getElementById(of).contains(document.activeElement), id), `the focus is in ${id}`);
    await page.keyboard.press('Escape');
    await page.locator(`#${id}`).waitFor({ state: 'hidden' });
    assert.ok(await page.locator(`.player ${opener}`).evaluate((element) => element === document.activeElement), id);
  }
});

test('the panels have a button that closes them, which is seen on a phone, too', async (t) => {
  const page = await open(t, { before, size: 'phone' });
  for (const [opener, id] of panels) {
    await page.locator(`.player ${opener}`).focus();
    await page.keyboard.press('Enter');
    await page.locator(`#${id} .panel-close`).click();
    await page.locator(`#${id}`).waitFor({ state: 'hidden' });
    assert.ok(await page.locator(`.player ${opener}`).evaluate((element) => element === document.activeElement), id);
  }
});

const kNotch = { top: 0, right: 59, bottom: 21, left: 59 };      // px, of a phone on its side, whichever

test('on a phone with a notch, on its side, nothing of a panel lies under that', async (t) => {
  const page = await open(t, { before, size: 'landscape' });
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setSafeAreaInsetsOverride', { insets: kNotch });
  await eventually(() => page.evaluate(() => getComputedStyle(document.getElementById('app')).paddingLeft === '59px'), 'it has a notch');
  const all = [...panels.map(([opener, id]) => [`.player ${opener}`, id]), ['#open-menu', 'menu'], ['#open-history', 'history']];
  for (const [opener, id] of all) {
    await page.locator(opener).focus();
    await page.keyboard.press('Enter');
    await page.locator(`#${id} .panel-close`).waitFor();
    await screenshot(page, `notch-${id}`);
    const under = await page.locator(`#${id}`).evaluate((box, { left, right, bottom }) => (
      [...box.querySelectorAll('h2, a, button, input, textarea')].filter((one) => one.checkVisibility()).filter((one) => {
        one.scrollIntoView({ block: 'end' });      // its lower edge is what is looked at: it may be higher than what it is seen through
        const place = one.getBoundingClientRect();
        return place.left < left || place.right > innerWidth - right || place.bottom > innerHeight - bottom;
      }).map((one) => one.outerHTML.slice(0, 90))), kNotch);
    assert.deepEqual(under, [], id);
    await page.keyboard.press('Escape');
    await page.locator(`#${id}`).waitFor({ state: 'hidden' });
  }
});

test('reduced motion: nothing moves by itself', async (t) => {
  const page = await open(t, { reducedMotion: 'reduce' });
  assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
});

test('the language can be switched while the player is open', async (t) => {
  const page = await open(t, { language: 'en' });
  assert.equal(await text(page, '.player-live'), 'Live');
  await page.locator('#open-menu').click();
  await page.locator('#menu').getByText('Español').click();
  await eventually(async () => (await text(page, '.player-live')) === 'Directo', 'Spanish');
  assert.match(await page.locator('.player-day').getAttribute('aria-label'), /^Días y grabaciones/);
  assert.equal(await page.locator('.timeline').getAttribute('aria-label'), 'Momento que se muestra');
  assert.match(await page.locator('#picture').getAttribute('aria-label'), /Imagen grabada/);
  await page.keyboard.press('Escape');
  await page.locator('.player-live').click();
  await eventually(async () => /en directo/.test(await page.locator('#picture').getAttribute('aria-label')), 'the live picture');
});

test('the menu of the speeds is left alone while its words stay the same', async (t) => {
  const page = await open(t, { language: 'en' });
  const words = () => page.locator('.speed option').allTextContents();
  assert.deepEqual((await words()).slice(0, 4), ['1/8×', '1/4×', '1/2×', '1×']);
  const changes = await page.evaluate(async () => {
    const { change } = await import('/static/js/state.js');
    let seen = 0;
    const observer = new MutationObserver((all) => { seen += all.length; });
    observer.observe(document.querySelector('.speed'), { childList: true, characterData: true, subtree: true });
    change({});
    await new Promise((resolve) => { setTimeout(resolve, 100); });
    return seen + observer.takeRecords().length;
  });
  assert.equal(changes, 0);
});

test('a reader\'s own colours tell what ours tell', async (t) => {
  const page = await open(t, { forcedColors: 'active', before });
  await eventually(async () => {
    const [recorded, track] = await page.evaluate(() => {
      const style = getComputedStyle(document.querySelector('.player'));
      return [style.getPropertyValue('--recorded').trim(), style.getPropertyValue('--track').trim()];
    });
    return recorded !== track && recorded === 'Highlight';
  }, 'system colours');
  await screenshot(page, 'player-forced-colours');
});
