// The camera drawer, against the device itself.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { boxOf, control, eventually, openCamera, openPage, screenshot, sizes, startBrowser, text } from './support/browser.mjs';
import { startLink } from './support/link.mjs';
import { startServer } from './support/server.mjs';

const kMostRequests = 20;    // a second
const full = Boolean(process.env.MINIDVR_TEST_FULL);
const kDragSeconds = full ? 5 : 2.5;
const kDelay = 150;          // ms from the last move to the device, median; a figure for a machine of its own

const server = await startServer();
const browser = await startBrowser();
after(async () => {
  await browser.close();
  await server.stop();
});
const skip = (await server.hasControls()) ? false : 'this server has no camera controls';

async function open(t, options) {
  const page = await openPage(t, browser, server.url, options);
  await openCamera(page);
  return page;
}

const tab = (page, name) => page.getByRole('tab', { name }).click();
const value = (page, id) => control(page, id).locator('.number').inputValue().then(Number);
const set = (id, body) => fetch(`${server.url}/api/controls/${id}`, { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } });
before(async () => skip || set('brightness', { value: 0 }));

test('the drawer lists what the camera has, by category, beside a picture that stays whole and bright', { skip }, async (t) => {
  for (const size of Object.keys(sizes)) {
    const page = await open(t, { size });
    const [drawer, picture, record] = [await boxOf(page, '#camera'), await boxOf(page, '#picture'), await boxOf(page, '#record')];
    const apart = drawer.x >= picture.x + picture.width - 1 || drawer.y >= picture.y + picture.height - 1;
    assert.ok(apart, `${size}: the drawer does not cover the picture`);
    assert.ok(record.y + record.height <= sizes[size].height && record.x >= 0, `${size}: the record button is still there`);
    assert.equal(await page.locator('#picture').evaluate((image) => getComputedStyle(image).opacity), '1');
    assert.deepEqual(await page.getByRole('tab').allInnerTexts(), ['Image', 'Camera', 'Presets']);
    assert.equal(await control(page, 'exposure_time_absolute').count(), 0, 'it has a tab of its own');
    await screenshot(page, `camera-${size}`);
    assert.deepEqual(page.wrongs, []);
  }
});

test('each type has its own means, with current, least, most, default and step', { skip }, async (t) => {
  const page = await open(t);
  const brightness = control(page, 'brightness');
  assert.equal(await brightness.locator('input[type=range]').count(), 1);
  assert.match(await brightness.locator('.control-meta').innerText(), /^-64 to 64 · step 1 · default 0/);
  assert.equal(await brightness.locator('.number').inputValue(), '0');
  assert.deepEqual(await control(page, 'power_line_frequency').locator('option').allInnerTexts(), ['Disabled', '50 Hz', '60 Hz']);
  assert.equal(await control(page, 'white_balance_automatic').getByRole('switch').isChecked(), true);
  assert.equal(await control(page, 'restore_factory_settings').getByRole('button', { name: /Do it now/ }).count(), 1);
  await tab(page, 'Camera');
  assert.equal(await control(page, 'privacy').getByRole('switch').isDisabled(), true);
  assert.match(await control(page, 'privacy').innerText(), /Can only be read/);
});

test('slider, number, menu and switch reach the device', { skip }, async (t) => {
  const page = await open(t);
  await control(page, 'brightness').locator('.number').fill('17');
  await page.keyboard.press('Enter');
  await eventually(async () => (await server.deviceValue('brightness')) === 17, 'the number');
  await control(page, 'brightness').locator('input[type=range]').focus();
  await page.keyboard.press('ArrowRight');
  await eventually(async () => (await server.deviceValue('brightness')) === 18, 'the slider');
  await control(page, 'power_line_frequency').locator('select').selectOption('60 Hz');
  await eventually(async () => (await server.deviceValue('power_line_frequency')) === 2, 'the menu');
  await control(page, 'white_balance_automatic').getByRole('switch').click();
  await eventually(async () => (await server.deviceValue('white_balance_automatic')) === 0, 'the switch');
  await control(page, 'white_balance_temperature').locator('.number:enabled').waitFor();
  await control(page, 'white_balance_automatic').getByRole('switch').click();
  await control(page, 'white_balance_temperature').locator('.number:disabled').waitFor();
});

test('the slider goes on from the number that was just typed', { skip }, async (t) => {
  const page = await open(t);
  const shown = await control(page, 'brightness').evaluate((row) => {
    const [field, slider] = [row.querySelector('.number'), row.querySelector('input[type=range]')];
    field.value = '-20';
    field.dispatchEvent(new Event('change', { bubbles: true }));
    return slider.value;    // before any answer
  });
  assert.equal(shown, '-20');
  await eventually(async () => (await server.deviceValue('brightness')) === -20, 'the number');
});

test('dragging a slider moves the device with it, and never floods the server', { skip }, async (t) => {
  // By the page's own clock: what it does at once may be seen late from here.
  const page = await open(t, { before: (p) => p.addInitScript(() => {
    window.sent = [];
    const [ask, send] = [window.fetch, WebSocket.prototype.send];
    window.fetch = (path, options) => {
      if (options?.method === 'POST') window.sent.push(performance.now());
      return ask(path, options);
    };
    WebSocket.prototype.send = function send_(message) {
      window.sent.push(performance.now());
      send.call(this, message);
    };
  }) });
  const slider = control(page, 'contrast').locator('input[type=range]');
  // A hand that moves 100 times a second until enough has been seen; the last place is 13.
  const drag = slider.evaluate(async (input) => {
    input.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }));
    const move = (place) => {
      input.value = place;
      input.dispatchEvent(new Event('input', { bubbles: true }));
    };
    for (let i = 0; !window.enough; i += 1) {
      move(Math.round(32 + 30 * Math.sin(i / 25)));
      await new Promise((resolve) => { setTimeout(resolve, 10); });
    }
    move(13);
    input.dispatchEvent(new PointerEvent('pointerup', { bubbles: true }));
  });
  const seen = new Set();
  const began = performance.now();
  await eventually(async () => {
    seen.add(await server.deviceValue('contrast'));
    return seen.size > 3 && performance.now() - began > kDragSeconds * 1000;
  }, 'the device moves while the hand does');
  await page.evaluate(() => { window.enough = true; });
  await drag;
  const sent = await page.evaluate(() => window.sent);
  t.diagnostic(`${(1000 * (sent.length - 1) / (sent.at(-1) - sent[0])).toFixed(1)} requests a second`);
  for (const start of sent) {
    const inOneSecond = sent.filter((time) => time >= start && time < start + 1000).length;
    assert.ok(inOneSecond <= kMostRequests + 1, `${inOneSecond} requests in one second`);
  }
  const wanted = 13;
  await eventually(async () => (await server.deviceValue('contrast')) === wanted, 'the last value is sent');
  await page.waitForTimeout(500);
  assert.equal(await value(page, 'contrast'), wanted, 'and stays on the page');
});

test('the last move is on the device soon after', { skip }, async (t) => {
  const page = await open(t);
  const slider = control(page, 'saturation').locator('input[type=range]');
  const { x, y, width, height } = await slider.boundingBox();
  const delays = [];
  // The control messages tell when the device has the value: asking the device itself would cost more than it measures.
  for (let round = 0; round < 7; round += 1) {
    await page.mouse.move(x + width * 0.3, y + height / 2);
    await page.mouse.down();
    for (let i = 0; i < 8; i += 1) await page.mouse.move(x + width * (0.3 + 0.05 * i + 0.01 * round), y + height / 2);
    const moved = performance.now();
    const wanted = await value(page, 'saturation');
    await eventually(async () => {
      const { controls } = await (await fetch(`${server.url}/api/controls`)).json();
      return controls.find(({ id }) => id === 'saturation').value === wanted;
    }, 'the value');
    delays.push(performance.now() - moved);
    await page.mouse.up();
  }
  const median = delays.sort((a, b) => a - b)[3];
  t.diagnostic(`median ${median.toFixed(0)} ms`);
  if (full) assert.ok(median <= kDelay, `${median} ms`);
});

test('what another client changes moves here at once', { skip }, async (t) => {
  const page = await open(t);
  assert.equal((await set('hue', { value: -12 })).status, 200);
  await eventually(async () => (await value(page, 'hue')) === -12, 'the new value');
  assert.equal(await control(page, 'hue').locator('input[type=range]').inputValue(), '-12');
});

test('a right click on a slider is no hand on it', { skip }, async (t) => {
  const page = await open(t);
  const row = control(page, 'hue');
  await row.locator('input[type=range]').evaluate((slider) => {
    slider.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, button: 2, buttons: 2 }));    // no pointerup follows
  });
  assert.equal((await set('hue', { value: 31 })).status, 200);
  await eventually(async () => (await value(page, 'hue')) === 31, 'what another client sets');
  await set('hue', { value: 0 });
});

test('a refused value springs back with the reason', { skip }, async (t) => {
  const page = await open(t);
  const before_ = await server.deviceValue('gamma');
  await control(page, 'gamma').locator('.number').fill('9999');
  await page.keyboard.press('Enter');
  await control(page, 'gamma').getByText(/Not accepted: .+/).waitFor();
  assert.equal(await value(page, 'gamma'), before_);
  assert.equal(await server.deviceValue('gamma'), before_);
  await screenshot(page, 'camera-refused');
  await control(page, 'gamma').locator('.number').fill(String(before_ + 1));
  await page.keyboard.press('Enter');
  await eventually(async () => (await control(page, 'gamma').locator('.control-refusal').innerText()) === '', 'the reason goes');
});

test('a number that is being typed is left alone by news', { skip }, async (t) => {
  const page = await open(t);
  const field = control(page, 'brightness').locator('.number');
  await field.selectText();
  await page.keyboard.type('23');
  await set('hue', { value: 7 });
  await eventually(async () => (await value(page, 'hue')) === 7, 'the news');
  assert.equal(await field.inputValue(), '23');
  await set('hue', { value: 0 });
});

test('tabs work while a reset of everything waits for an answer', { skip }, async (t) => {
  const page = await open(t);
  await page.getByRole('button', { name: 'Reset all' }).click();
  await tab(page, 'Camera');
  await control(page, 'exposure_time_absolute').waitFor();
  assert.deepEqual(page.wrongs, []);
});

// Each control that fails may take the camera some seconds.
const kFaster = 5;           // times that the page is less patient than it is, so that the test need not be as patient
const kLate = 4000;          // ms: later than most answers may come
const failure = { outcomes: [{ id: 'gain', ok: false, code: 'control_failed', detail: 'Input/output error' }], controls: [] };

const beLessPatient = (page) => page.evaluate((faster) => {
  const limit = AbortSignal.timeout.bind(AbortSignal);
  AbortSignal.timeout = (ms) => limit(ms / faster);
}, kFaster);

const batches = [
  ['a reset', '**/api/controls/reset', 'Reset group', (page) => page.getByRole('button', { name: 'Reset group' }).click()],
  ['a preset', '**/api/presets/Night/apply', 'Apply', async (page) => {
    await tab(page, 'Presets');
    await page.getByRole('button', { name: 'Apply: Night' }).click();
  }, 'Night'],
];

for (const [what, path, words, press, name] of batches) {
  test(`${what} that the camera takes long for says so, and what came of it in the end`, { skip }, async (t) => {
    let asked = 0;
    const page = await open(t, { before: async (p) => {
      await p.route('**/api/presets', (route) => route.fulfill({ json: { presets: [{ name: 'Night' }] } }));
      await p.route(path, async (route) => {
        asked += 1;
        await new Promise((resolve) => { setTimeout(resolve, kLate); });
        await route.fulfill({ json: failure }).catch(() => {});     // it was given up
      });
    } });
    await beLessPatient(page);
    await press(page);
    const busy = page.locator('#camera').getByText('One moment', { exact: true });
    await busy.waitFor();
    if (name) assert.equal(await busy.getAttribute('aria-label'), `One moment: ${name}`);
    await busy.dispatchEvent('click');
    await page.locator('.notice').filter({ hasText: 'gain: Input/output error' }).waitFor();
    assert.equal(asked, 1);
    await page.locator('#camera').getByText(words, { exact: true }).first().waitFor();
    assert.equal(await page.locator('.notice').filter({ hasText: 'too long' }).count(), 0);
  });
}

// A page with the camera's settings over a line that can be cut, whose reset is answered by `answer(route)`; counted as page.resets.
async function openOverLink(t, answer) {
  const link = await startLink(t, server);
  const page = await openPage(t, browser, link.url, { before: async (p) => {
    p.resets = 0;
    await p.route('**/api/controls/reset', (route) => {
      p.resets += 1;
      return answer(route);
    });
  } });
  await openCamera(page);
  return { link, page, reset: page.locator('#reset-group') };
}

test('a reset that the camera takes long for goes on, and says so, while the line is cut and the language is changed', { skip }, async (t) => {
  let go;
  const done = new Promise((resolve) => { go = resolve; });
  const { link, page, reset } = await openOverLink(t, async (route) => {
    await done;
    await route.fulfill({ json: failure });
  });
  let lists = 0;
  await page.route(/\/api\/controls(\?.*)?$/, async (route) => {      // the camera is asked one thing after the other
    lists += 1;
    await done;
    await route.continue().catch(() => {});      // it was given up
  });
  await beLessPatient(page);
  await reset.click();
  await eventually(async () => await reset.innerText() === 'One moment', 'it says so');
  link.cut();
  await eventually(() => lists, 'the list is asked for');
  await page.waitForTimeout(kLate);
  assert.ok(await control(page, 'brightness').isVisible());
  assert.equal(await reset.innerText(), 'One moment');
  await page.locator('#open-menu').click();
  await page.locator('#menu').getByText('Español').click();
  await eventually(async () => await reset.innerText() === 'Un momento', 'it says so in Spanish');
  await reset.dispatchEvent('click');
  go();
  await eventually(async () => await reset.innerText() === 'Restablecer grupo', 'it has ended');
  assert.equal(page.resets, 1);
});

for (const [[what, path, words, press], line, breakLine] of [
  [batches[0], 'the whole line', (link) => link.cut()],
  [batches[1], 'its own request', () => {}],
]) {
  test(`${what} whose answer is lost with ${line} is under way until the camera has told what is`, { skip }, async (t) => {
    const link = await startLink(t, server);
    let [asked, lists] = [0, 0];
    let breakOff;
    let go;
    const broken = new Promise((resolve) => { breakOff = resolve; });
    const done = new Promise((resolve) => { go = resolve; });
    const page = await openPage(t, browser, link.url, { before: async (p) => {
      await p.route('**/api/presets', (route) => route.fulfill({ json: { presets: [{ name: 'Night' }] } }));
      await p.route(path, async (route) => {
        asked += 1;
        await broken;
        await route.abort('connectionreset');
      });
    } });
    await openCamera(page);
    await page.route(/\/api\/controls(\?.*)?$/, async (route) => {
      lists += 1;
      if (lists === 1) {      // what breaks a line may last for longer than a moment
        await route.abort('connectionreset');
        return;
      }
      await done;             // the camera is asked one thing after the other
      await route.continue().catch(() => {});      // it was given up
    });
    await beLessPatient(page);
    await press(page);
    const busy = page.locator('#camera').getByText('One moment', { exact: true });
    await busy.waitFor();
    breakOff();
    const told = page.locator('.notice').filter({ hasText: 'the server does not answer' });
    await told.waitFor();
    await eventually(() => lists, 'what is is asked for');
    breakLine(link);
    await eventually(() => lists > 1, 'it is asked for again');
    await page.waitForTimeout(kLate);
    assert.equal(await page.getByRole('tab').count(), 3, 'the settings are still there');
    await busy.dispatchEvent('click');
    assert.equal(await told.count(), 1);
    go();
    await page.locator('#camera').getByText(words, { exact: true }).first().waitFor();
    assert.equal(asked, 1);
  });
}

test('a reset that a proxy waits for no longer is under way until the camera has told what is', { skip }, async (t) => {
  let go;
  const done = new Promise((resolve) => { go = resolve; });
  const { page, reset } = await openOverLink(t, (route) => route.fulfill({ status: 504, contentType: 'text/html', body: '<h1>504</h1>' }));
  await page.route(/\/api\/controls(\?.*)?$/, async (route) => {
    await done;
    await route.continue();
  });
  await reset.click();
  await page.locator('.notice').filter({ hasText: '504' }).waitFor();
  assert.equal(await reset.innerText(), 'One moment');
  go();
  await eventually(async () => await reset.innerText() === 'Reset group', 'it has ended');
  assert.equal(page.resets, 1);
});

test('a reset on a line that has died can be asked for again some time after the camera told what is', { skip }, async (t) => {
  const { link, page, reset } = await openOverLink(t, () => {});
  await page.evaluate(() => {
    const set = window.setTimeout.bind(window);
    window.setTimeout = (call, ms, ...all) => set(call, ms === 15000 ? 300 : ms, ...all);
  });
  await reset.click();
  await eventually(async () => await reset.innerText() === 'One moment', 'it says so');
  link.cut();
  await page.locator('.notice').filter({ hasText: 'the server does not answer' }).waitFor();
  await eventually(async () => await reset.innerText() === 'Reset group', 'it can be pressed');
  await reset.click();
  await eventually(() => page.resets === 2, 'it is asked for again');
});

test('presets that come late do not take the place of another tab', { skip }, async (t) => {
  let go;
  const later = new Promise((resolve) => { go = resolve; });
  const page = await open(t, { before: (p) => p.route('**/api/presets', async (route) => {
    await later;
    await route.continue();
  }) });
  await tab(page, 'Presets');
  await tab(page, 'Camera');
  go();
  await page.waitForTimeout(400);
  assert.equal(await control(page, 'auto_exposure').count(), 1);
});

test('a reset keeps the focus in the drawer', { skip }, async (t) => {
  const page = await open(t);
  await control(page, 'brightness').locator('.number').fill('5');
  await page.keyboard.press('Enter');
  await eventually(async () => (await server.deviceValue('brightness')) === 5, 'set');
  const reset = control(page, 'brightness').getByRole('button', { name: /Reset/ });
  await eventually(async () => (await reset.getAttribute('aria-disabled')) === 'false', 'it can be reset');
  await reset.focus();
  await page.keyboard.press('Enter');
  await eventually(async () => (await control(page, 'brightness').locator('.number').inputValue()) === '0', 'reset');
  assert.ok(await page.evaluate(() => document.activeElement.closest('#camera') !== null));
});

// A page that is told of these controls; what it sets goes to `sent`, and is answered as done.
async function openWith(t, controls, sent) {
  const page = await openPage(t, browser, server.url, { before: async (p) => {
    await p.route('**/api/controls', (route) => route.fulfill({ json: { controls } }));
    await p.routeWebSocket('**/ws', (socket) => {
      const onward = socket.connectToServer();
      onward.onMessage((message) => socket.send(message));
      socket.onMessage((message) => {
        const { command, request_id, id, value: wanted } = JSON.parse(message);
        if (command !== 'controls:set') {
          onward.send(message);
          return;
        }
        sent.push([id, wanted]);
        socket.send(JSON.stringify({ status: 'controls', request_id, controls: [{ ...controls.find((one) => one.id === id), value: wanted }] }));
      });
    });
  } });
  await openCamera(page);
  return page;
}

test('text, bits, menus of numbers and buttons send what was set', async (t) => {
  const sent = [];
  const base = { category: 'X', flags: [] };
  const controls = [
    { ...base, id: 'title', name: 'Title', type: 'string', value: 'a', min: 0, max: 20, step: 1 },
    { ...base, id: 'mask', name: 'Mask', type: 'bitmask', value: 3, max: 255 },
    { ...base, id: 'go', name: 'Go', type: 'button' },
    { ...base, id: 'rate', name: 'Rate', type: 'intmenu', value: 0, options: [{ value: 0, label: '12' }, { value: 1, label: '25' }] },
    { ...base, id: 'huge', name: 'Huge', type: 'int64', value: 0, min: -9e18, max: 9e18, step: 1 },
  ];
  const page = await openWith(t, controls, sent);
  for (const [id, words] of [['title', 'b'], ['mask', '0x1f']]) {
    await control(page, id).locator('input').fill(words);
    await page.keyboard.press('Enter');
  }
  await control(page, 'rate').locator('select').selectOption('25');
  await control(page, 'huge').locator('.number').fill('5');
  await page.keyboard.press('Enter');
  await control(page, 'go').getByRole('button', { name: /Do it now/ }).click();
  await eventually(() => sent.length === 5, 'all');
  assert.deepEqual(sent, [['title', 'b'], ['mask', 31], ['rate', 1], ['huge', 5], ['go', 1]]);
});

test('an inactive control says what makes it so, and offers to switch it', { skip }, async (t) => {
  const page = await open(t);
  await tab(page, 'Camera');
  const exposure = control(page, 'exposure_time_absolute');
  assert.match(await exposure.innerText(), /Set automatically by “Exposure mode”/);
  assert.equal(await exposure.locator('.number').isDisabled(), true);
  await screenshot(page, 'camera-inactive');
  await exposure.getByRole('button', { name: 'Set by hand' }).click();
  await exposure.locator('.number:enabled').waitFor();
  assert.equal(await server.deviceValue('auto_exposure'), 1);
  await control(page, 'auto_exposure').getByRole('button', { name: /Reset/ }).click();
  await exposure.locator('.number:disabled').waitFor();
});

// Only the server knows who decides a control: the page has no names of its own, and says what it is told.
test('an inactive control is explained in the words of the server, whatever it is called', async (t) => {
  const sent = [];
  const common = { type: 'int', value: 1, default: 1, min: 0, max: 9, step: 1, category: 'Mine', flags: ['inactive'] };
  const controls = [
    { ...common, id: 'warp', name: 'Warp', inactive_because: 'warp_pilot', inactive_until: 4 },
    { ...common, id: 'warp_pilot', name: 'Pilot', flags: [] },
    { ...common, id: 'gain', name: 'Gain', inactive_because: 'another-control' },
    { ...common, id: 'gain_automatic', name: 'Not it', type: 'bool', value: true, flags: [] },
    { ...common, id: 'taken', name: 'Taken', flags: ['grabbed'], inactive_because: 'in-use' },
    { id: 'broken', name: 'Broken', type: 'other', category: 'Mine', flags: [], inactive_because: 'control-failed', failure: 'Input/output error' },
  ];
  const page = await openWith(t, controls, []);
  await page.route('**/api/controls/*', (route) => {
    const id = route.request().url().split('/').at(-1);
    sent.push([id, route.request().postDataJSON().value]);
    route.fulfill({ json: { control: controls.find((one) => one.id === id) } });
  });
  assert.match(await control(page, 'warp').innerText(), /Set automatically by “Pilot”/);
  assert.match(await control(page, 'gain').innerText(), /another setting decides it/);
  assert.match(await control(page, 'taken').innerText(), /In use by another program/);
  assert.match(await control(page, 'broken').innerText(), /The camera fails to tell its value\. \(Input\/output error\)/);
  for (const id of ['warp', 'gain', 'taken']) assert.equal(await control(page, id).locator('.number').isDisabled(), true, id);
  for (const id of ['gain', 'taken']) assert.equal(await control(page, id).getByRole('button', { name: /Set by hand/ }).count(), 0, id);
  await control(page, 'warp').getByRole('button', { name: /Set by hand/ }).click();
  await eventually(() => sent.length === 1, 'the owner is set');
  assert.deepEqual(sent, [['warp_pilot', 4]]);
});

test('reset: one, a group, all', { skip }, async (t) => {
  const page = await open(t);
  for (const [id, other] of [['brightness', 5], ['sharpness', 1], ['gain', 9]]) await set(id, { value: other });
  await set('zoom_absolute', { value: 200 });
  await eventually(async () => (await value(page, 'brightness')) === 5, 'shown');
  await control(page, 'brightness').getByRole('button', { name: 'Reset Brightness' }).click();
  await eventually(async () => (await server.deviceValue('brightness')) === 0, 'one');
  assert.equal(await server.deviceValue('sharpness'), 1);
  await page.getByRole('button', { name: 'Reset group' }).click();
  await eventually(async () => (await server.deviceValue('sharpness')) === 3 && (await server.deviceValue('gain')) === 0, 'the group');
  assert.equal(await server.deviceValue('zoom_absolute'), 200, 'and no other');
  await page.getByRole('button', { name: 'Reset all' }).click();
  await page.getByText('Set every setting of the camera back?').waitFor();
  await page.waitForTimeout(300);
  assert.equal(await server.deviceValue('zoom_absolute'), 200, 'not before the answer');
  await page.getByRole('button', { name: 'Reset', exact: true }).click();
  await eventually(async () => (await server.deviceValue('zoom_absolute')) === 100, 'all');
});

test('the search finds settings of all groups', { skip }, async (t) => {
  const page = await open(t);
  const names = () => page.locator('.control-name').allInnerTexts();
  await page.getByRole('searchbox').fill('exposure');
  await eventually(async () => (await names()).length === 3, 'three settings');
  await screenshot(page, 'camera-search');
  await page.getByRole('searchbox').fill('zoom');
  await eventually(async () => (await names()).join() === 'Zoom of the camera', 'one setting');
  await page.getByRole('searchbox').fill('nonsense');
  await page.locator('.drawer-panel').getByText('No setting is called that.').waitFor();
  await page.getByRole('searchbox').fill('');
  await eventually(async () => (await names()).length > 5, 'the group again');
});

test('the name of a preset that is being typed stays when the line or the camera comes back', { skip: skip || !(await server.hasPresets()) }, async (t) => {
  const page = await open(t);
  await tab(page, 'Presets');
  const name = page.getByRole('textbox', { name: 'Name of a new preset' });
  await name.focus();
  await page.keyboard.type('Ben');
  const tabs = await page.locator('#camera .tabs').elementHandle();
  for (const link of ['lost', 'open']) {
    await page.evaluate((now) => import('/static/js/state.js').then(({ change }) => change({ link: now })), link);
  }
  await eventually(() => tabs.evaluate((element) => !element.isConnected), 'the drawer is drawn anew');
  await page.keyboard.type('ch 3');
  await page.getByText('No presets yet').waitFor();
  assert.equal(await name.inputValue(), 'Bench 3');
  await page.keyboard.press('Enter');
  await page.locator('.preset-name', { hasText: 'Bench 3' }).waitFor();
  assert.equal(await name.inputValue(), '');
  await name.fill('another');
  await page.getByRole('button', { name: 'Delete Bench 3' }).click();
  await page.locator('#camera .presets').getByRole('button', { name: 'Cancel' }).click();
  assert.equal(await name.inputValue(), 'another');
  await page.getByRole('button', { name: 'Delete Bench 3' }).click();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByText('No presets yet').waitFor();
  assert.equal(await name.inputValue(), 'another');
});

test('presets are saved, applied and deleted', { skip: skip || !(await server.hasPresets()) }, async (t) => {
  const page = await open(t);
  await set('hue', { value: 21 });
  await tab(page, 'Presets');
  await page.getByText('No presets yet').waitFor();
  await page.getByRole('textbox', { name: 'Name of a new preset' }).fill('Bench 2');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.locator('.preset-name', { hasText: 'Bench 2' }).waitFor();
  await set('hue', { value: 0 });
  await screenshot(page, 'camera-presets');
  await page.getByRole('button', { name: 'Apply: Bench 2' }).click();
  await eventually(async () => (await server.deviceValue('hue')) === 21, 'applied');
  await page.getByRole('button', { name: 'Delete Bench 2' }).click();
  await page.getByText('Delete “Bench 2”?').waitFor();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByText('No presets yet').waitFor();
});

test('names and labels from the camera are text, whatever they hold', async (t) => {
  const evil = '<img src=x onerror="window.harmed=1"><script>window.harmed=2</script>';
  const controls = [
    { id: 'evil', name: evil, type: 'int', value: 1, default: 0, min: 0, max: 9, step: 1, category: evil, flags: [evil] },
    { id: 'evil_menu', name: evil, type: 'menu', value: 1, default: 1, category: evil, flags: [], options: [{ value: 1, label: evil }] },
    { id: evil, name: '', type: 'string', value: evil, category: evil, flags: [] },
    { id: 'evil_other', name: evil, type: 'other', value: evil, category: evil, flags: [] },
  ];
  const page = await openPage(t, browser, server.url, { before: (p) => p.route('**/api/controls', (route) => route.fulfill({ json: { controls } })) });
  await openCamera(page);
  assert.equal(await page.locator('#camera img, #camera script').count(), 0);
  assert.equal(await page.locator('.control-name').first().innerText(), evil);
  assert.equal(await page.locator('#camera select option').innerText(), evil);
  assert.equal(await page.evaluate(() => window.harmed), undefined);
  await screenshot(page, 'camera-injection');
});

test('file names and details from the server are text, whatever they hold', async (t) => {
  const evil = '<img src=x onerror="window.harmed=1">';
  const page = await openPage(t, browser, server.url, {
    before: (p) => p.routeWebSocket('**/ws', (socket) => {
      socket.connectToServer().onMessage((message) => {
        const status = JSON.parse(message);
        if (status.status === 'snapshot') {
          Object.assign(status, { recording: 'running', current_file: evil, recorder: { ...status.recorder, state: 'failed', detail: evil } });
          status.camera.device = evil;
        }
        socket.send(JSON.stringify(status));
      });
    }),
  });
  await eventually(async () => (await text(page, '#file')) === evil, 'the name');
  assert.match(await text(page, '#problems'), /<img/);
  assert.equal(await page.locator('img:not(#picture)').count(), 0);
  assert.equal(await page.evaluate(() => window.harmed), undefined);
});

test('a server without camera controls, or a camera that does not tell them, is named as such', async (t) => {
  for (const [answer, words] of [
    [{ status: 404, json: { detail: 'unknown path' } }, 'Camera settings are not available on this server.'],
    [{ status: 503, json: { detail: 'v4l2-ctl hangs' } }, 'The camera did not tell its settings: v4l2-ctl hangs'],
    [{ json: { controls: [] } }, 'This camera has no settings.'],
  ]) {
    const page = await openPage(t, browser, server.url, { before: (p) => p.route('**/api/controls', (route) => route.fulfill(answer)) });
    await page.locator('#open-camera').click();
    await page.getByText(words).waitFor();
  }
});

test('the drawer comes back by itself with the camera', { skip }, async (t) => {
  const page = await open(t);
  await server.camera('unplug');
  await page.locator('#no-picture').waitFor();
  await set('brightness', { value: 3 });
  await server.camera('plug');
  await eventually(async () => (await value(page, 'brightness')) === (await server.deviceValue('brightness')), 'the values of the device');
});
