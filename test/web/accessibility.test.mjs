// For everybody: every state by axe-core, targets, text size, narrow windows, keyboard, motion, languages.
import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import { assertUsable, looks, sideways, unreachable } from './support/access.mjs';
import { control, eventually, live, openCamera, openPage, screenshot, startBrowser, text } from './support/browser.mjs';
import { startServer } from './support/server.mjs';
import { always, fragileLine } from './support/words.mjs';

const server = await startServer();
const browser = await startBrowser();
after(async () => {
  await browser.close();
  await server.stop();
});
const controls = await server.hasControls();

const open = (t, options) => openPage(t, browser, server.url, options);
const openDrawer = (page) => (controls ? openCamera(page) : page.locator('#open-camera').click());

const states = {
  live: async () => {},
  zoomed: async (page) => {
    await page.keyboard.press('+');
    await page.locator('#minimap canvas').waitFor();
  },
  menu: async (page) => {
    await page.locator('#open-menu').click();
    await page.locator('#menu .option').first().waitFor();
  },
  history: async (page) => {
    await page.locator('#open-history').click();
    await page.locator('#history figure').first().waitFor();
  },
  camera: openDrawer,
  refused: async (page) => {
    await openDrawer(page);
    if (!controls) return;
    await control(page, 'gamma').locator('.number').fill('9999');
    await page.keyboard.press('Enter');
    await eventually(async () => (await control(page, 'gamma').locator('.control-refusal').innerText()) !== '', 'the reason');
  },
  'camera-inactive': async (page) => {
    await openDrawer(page);
    if (controls) await page.getByRole('tab').nth(1).click();
  },
  presets: async (page) => {
    await openDrawer(page);
    if (controls) await page.getByRole('tab').nth(2).click();
  },
  recording: async (page) => {
    await page.locator('#record').click();
    await eventually(async () => (await page.locator('#recording').getAttribute('data-state')) === 'recording', 'recording');
  },
  'stop-confirm': async (page) => {
    await states.recording(page);
    await page.locator('#record').click();
    await page.locator('#confirm').waitFor();
  },
  saved: async (page) => {
    await states['stop-confirm'](page);
    await page.waitForTimeout(450);   // a second press as part of a double one is none
    await page.locator('#confirm-stop').click();
    await page.locator('.notice a').waitFor();
  },
  notice: async (page) => {
    await page.route('**/snapshot', (route) => route.fulfill({ status: 503, json: { detail: 'no frame' } }));
    await page.locator('#snapshot').click();
    await page.locator('.notice').waitFor();
  },
};

// What goes wrong, as the server tells it, or as it stops telling anything.
const line = fragileLine();
const troubles = {
  'server-lost': {
    before: line.before,
    enter: async (page) => {
      await live(page);
      line.cut();
      await page.locator('.problem.bad').waitFor();
    },
    leave: () => line.mend(),
  },
  'no-camera': told('#fact-camera .lamp.bad', { camera: { online: false, problem: 'not_connected', fps: 0 } }),
  'camera-silent': told('#fact-camera .lamp.bad', { camera: { online: false, problem: 'silent', fps: 0 } }),
  'camera-moved': told('.problem.warn', { camera: { device: '/dev/video2', configured_device: '/dev/video0', device_reason: 'moved' } }),
  'recorder-failed': told('.problem.bad', { recording: 'running', recorder: { state: 'failed', detail: 'ffmpeg ended with status 1' } }),
  'recorder-waiting': told('.problem.warn', { recording: 'running', recorder: { state: 'waiting_for_camera' } }),
  'disk-full': told('.problem.bad', { recorder: { state: 'failed', detail: 'no space left on device' }, disk: { free: 0, seconds_left: 0, full: true } }),
  'disk-short': told('.problem.warn', { disk: { free: 9e8, seconds_left: 300 } }),
  shortage: told('.problem.warn', { archive: { retention: { shortages: [{ code: 'max_size', wanted: 1e9, possible: 4e9, protected: 3e9, in_use: 1e9 }], stopped_code: 'space_not_returned' } } }),
  losses: told('#losses', { recorder: { gaps: 2, restarts: 1, dropped_frames: 7 } }),
  'drawer-failed': {
    before: (page) => page.route('**/api/controls', (route) => route.fulfill({ status: 503, json: { detail: 'v4l2-ctl did not answer' } })),
    enter: async (page) => {
      await live(page);
      await page.locator('#open-camera').click();
      await page.getByRole('button', { name: /^(Try again|Intentar de nuevo)$/ }).waitFor();
    },
  },
};

function told(selector, fields) {
  return { before: always(fields), enter: (page) => page.locator(selector).filter({ visible: true }).first().waitFor() };
}

for (const [theme, language, among] of looks(['desktop', 'landscape', 'phone'], ['desktop', 'phone'])) {
  const all = [...Object.entries(states).map(([name, enter]) => [name, { enter }]), ...Object.entries(troubles)];
  for (const [name, { before, enter, leave }] of all) {
    test(`no violation, no small target: ${name}, ${theme}`, async (t) => {
      if (leave) t.after(leave);
      const page = await open(t, { theme, language, before, wait: !before });
      await enter(page);
      await assertUsable(page, among, (size) => `${name}-${size}-${theme}-${language}`);
      await server.stopRecording();
    });
  }
}

for (const size of ['phone', 'landscape', 'tablet', 'desktop']) {
  test(`everything can be reached at 200 % text size: ${size}`, async (t) => {
    for (const language of ['en', 'es']) {
      const page = await open(t, { size, language });
      const session = await page.context().newCDPSession(page);
      await session.send('Page.setFontSizes', { fontSizes: { standard: 32, fixed: 26 } });
      await page.reload({ waitUntil: 'commit' });
      await live(page);   // before, no key is heard
      for (const step of [async () => {}, states.zoomed, openDrawer]) {
        await step(page);
        assert.ok(await sideways(page) <= 0, 'no scrolling sideways');
        assert.deepEqual(await unreachable(page), []);
      }
      await screenshot(page, `text-200-${size}-${language}`);
    }
  });
}

test('everything can be reached in the smallest windows', async (t) => {
  for (const viewport of [{ width: 320, height: 480 }, { width: 568, height: 320 }]) {
    const page = await open(t, { viewport });
    for (const step of [async () => {}, states.zoomed, openDrawer]) {
      await step(page);
      assert.ok(await sideways(page) <= 0, 'no scrolling sideways');
      assert.deepEqual(await unreachable(page), []);
    }
    await screenshot(page, `small-${viewport.width}`);
  }
});

test('the keyboard gets everywhere, in an order that makes sense, and the focus is seen', async (t) => {
  const page = await open(t);
  const order = [];
  for (let i = 0; i < 30; i += 1) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const element = document.activeElement;
      if (element === document.body) return null;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      return { id: element.id || element.className, outlined: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 };
    });
    if (!at) break;
    assert.ok(at.outlined, `the focus on ${at.id} is seen`);
    order.push(at.id);
  }
  assert.deepEqual(order, ['skip', 'open-player', 'open-history', 'open-camera', 'open-menu', 'stage', 'zoom-out', 'zoom-slider', 'zoom-in', 'zoom-reset', 'snapshot', 'record']);
});

test('the drawer takes the focus, gives it back, and its tabs go by arrow keys', { skip: !controls }, async (t) => {
  const page = await open(t);
  await page.locator('#open-camera').focus();
  await page.keyboard.press('Enter');
  await eventually(() => page.evaluate(() => document.activeElement.matches('.drawer-close')), 'the focus is in the drawer');
  await page.getByRole('tab', { selected: true }).focus();
  await page.keyboard.press('ArrowRight');
  assert.equal(await page.getByRole('tab', { selected: true }).innerText(), 'Camera');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Camera');
  await page.keyboard.press('Escape');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'open-camera');
  assert.equal(await page.locator('#open-camera').getAttribute('aria-expanded'), 'false');
});

test('reduced motion: nothing moves by itself', async (t) => {
  const page = await open(t, { reducedMotion: 'reduce' });
  await states.recording(page);
  assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  assert.ok(await page.evaluate(() => document.getAnimations().length) > 0, 'the test would notice');
  await server.stopRecording();
});

test('a reader\'s own colours tell what ours tell', { skip: !controls }, async (t) => {
  const page = await open(t, { forcedColors: 'active' });
  await openCamera(page);
  const under = (selected) => page.getByRole('tab', { selected }).first().evaluate((tab) => getComputedStyle(tab).borderBottomColor);
  assert.notEqual(await under(true), await under(false));
  await page.getByRole('tab', { name: 'Image' }).click();
  const one = page.locator('.switch').first();
  for (let i = 0; i < 2; i += 1) {
    const [knob, ground] = await one.evaluate((element) => ['::before', null].map((part) => getComputedStyle(element, part).backgroundColor));
    assert.notEqual(knob, ground, `a switch that is ${await one.isChecked() ? 'on' : 'off'}`);
    await screenshot(page, `forced-colours-${i}`);
    await one.click();
  }
  const colour = (selector, part) => page.evaluate((of) => getComputedStyle(document.querySelector(of[0]), of[1]).backgroundColor, [selector, part]);
  assert.notEqual(await colour('#fact-camera .lamp'), await colour('.bar'));
  assert.notEqual(await colour('.record-shape'), await colour('.record'));
  await states.recording(page);
  assert.notEqual(await colour('#fact-recorder .lamp'), await colour('.bar'));
  assert.notEqual(await colour('.record-shape'), await colour('.record'));
  assert.notEqual(await colour('.badge', '::before'), await colour('.recording'));
  await screenshot(page, 'forced-colours-recording');
  await server.stopRecording();
});

test('the panels take the focus in and give it back', async (t) => {
  const page = await open(t);
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.closest('[id]').id);
  for (const [panel, content] of [['history', 'figure'], ['menu', '.option']]) {
    await page.locator(`#open-${panel}`).focus();
    await page.keyboard.press('Enter');
    await page.locator(`#${panel} ${content}`).first().waitFor();
    await page.keyboard.press('Tab');
    assert.ok(await page.locator(`#${panel}`).evaluate((element) => element.contains(document.activeElement)), `${await focused()} is in ${panel}`);
    await page.keyboard.press('Escape');
    await page.locator(`#${panel}`).waitFor({ state: 'hidden' });
    assert.equal(await focused(), `open-${panel}`);
  }
});

test('the panels have a button that closes them, which keeps the focus while they are drawn anew', async (t) => {
  const page = await open(t, { size: 'phone' });
  for (const panel of ['history', 'menu']) {
    await page.locator(`#open-${panel}`).focus();
    await page.keyboard.press('Enter');
    const close = page.locator(`#${panel} .panel-close`);
    await close.focus();
    if (panel === 'history') {
      const figure = await page.locator('#history figure').first().elementHandle();
      await eventually(() => figure.evaluate((element) => !element.isConnected), 'drawn anew');
    }
    assert.ok(await close.evaluate((element) => element === document.activeElement), panel);
    await close.click();
    await page.locator(`#${panel}`).waitFor({ state: 'hidden' });
    assert.equal(await page.evaluate(() => document.activeElement.id), `open-${panel}`);
  }
});

test('state is not told by colour alone', async (t) => {
  const page = await open(t);
  const shape = () => page.locator('.record-shape').evaluate((element) => getComputedStyle(element).borderRadius);
  const [idleShape, idleWord] = [await shape(), await text(page, '#record')];
  await states.recording(page);
  assert.notEqual(await shape(), idleShape);
  assert.notEqual(await text(page, '#record'), idleWord);
  assert.equal((await page.locator('#announcer').textContent()), 'Recorder: Recording');
  await server.stopRecording();
});

test('the language is the browser\'s, can be switched, and stays', async (t) => {
  const page = await open(t, { language: 'es-MX' });
  assert.equal(await page.locator('html').getAttribute('lang'), 'es');
  assert.equal(await text(page, '#record'), 'Grabar');
  assert.match(await text(page, '#fact-camera .fact-value'), /^1280×720 · \d+,\d fps$/);
  await openDrawer(page);
  await page.locator('#open-menu').click();
  await page.locator('#menu').getByText('English').click();
  await eventually(async () => (await text(page, '#record')) === 'Record', 'English');
  assert.equal(await text(page, '#menu h2'), 'Settings of this page');
  if (controls) await page.getByRole('tab', { name: 'Image' }).waitFor();
  await page.reload({ waitUntil: 'commit' });
  await eventually(async () => (await text(page, '#record')) === 'Record', 'English still');
  const other = await open(t, { language: 'fr' });
  assert.equal(await text(other, '#record'), 'Record');
});

test('dark at first, light when chosen, or as the system has it', async (t) => {
  const page = await openPage(t, browser, server.url, { theme: undefined, colorScheme: 'light' });
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const dark = await background();
  await page.locator('#open-menu').click();
  const choose = async (words) => {
    await page.locator('#menu').getByText(words).click();
    return background();
  };
  const light = await choose('Light');
  assert.notEqual(light, dark);
  assert.equal(await choose('As the system'), light);
  await page.emulateMedia({ colorScheme: 'dark' });
  await eventually(async () => (await background()) === dark, 'dark, as the system has it now');
});
