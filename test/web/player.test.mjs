// The player's controls: opening and leaving it, its address, playing by button and key, the timeline.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import test, { after } from 'node:test';
import { connected, drawn, eventually, firefoxPath, live, openPage, screenshot, startBrowser, startFirefox, text } from './support/browser.mjs';
import { startLink } from './support/link.mjs';
import { clockOf, endOf, openPlayer, placeOf, playback, settled, shows, startOf, windowOf } from './support/player_controls.mjs';
import { recordingsOf, recordOne } from './support/recordings.mjs';
import { startServer } from './support/server.mjs';

const server = await startServer({ resolution: '640x480', fps: 10, segment_seconds: 4 });
const browser = await startBrowser();
after(async () => {
  await browser.close();
  await server.stop();
});

await recordOne(server, 6);
await recordOne(server, 6);
const recordings = await recordingsOf(server);
const [first, second] = recordings;
const last = recordings.at(-1);
const open = (t, options) => openPlayer(t, browser, server, options);
const middle = startOf(first) + 2000;

// The moment (ms) that a page tells in words is the one of the frame that it shows.
async function assertTold(page) {
  const { at, recording, frame } = await settled(page);
  const words = await text(page, '.player-time');
  assert.equal(words, clockOf(at));
  const answer = await fetch(`${server.url}/recordings/${recording}/frame?n=${frame}`);
  await answer.arrayBuffer();
  const captured = Number(answer.headers.get('x-timestamp')) * 1000;
  assert.ok(Math.abs(captured - at) < 1, `${captured} ${at}`);
}

test('the player opens on the newest frame, tells its time, and Live goes back to the live picture', async (t) => {
  const page = await openPage(t, browser, server.url);
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.locator('#open-player').click();
  await page.locator('#player').waitFor();
  const now = await settled(page);
  assert.equal(now.recording, last.name);
  assert.equal(now.frame, last.frames - 1);
  assert.ok(asked.some((url) => url.includes('/player/view.js')), 'it is loaded when it is opened');
  await assertTold(page);
  assert.equal(await page.locator('#open-player').getAttribute('aria-expanded'), 'true');
  assert.match(await page.locator('#picture').getAttribute('aria-label'), /Recorded/);
  await screenshot(page, 'player-desktop');
  await page.locator('.player-live').click();
  await live(page);
  await eventually(() => page.evaluate(() => document.activeElement.id === 'open-player'), 'the focus is back');
  assert.equal(await page.locator('#player').count(), 0);
  assert.match(await page.locator('#picture').getAttribute('aria-label'), /Live/);
  assert.equal(new URL(page.url()).hash, '');
  // And again.
  await page.locator('#open-player').click();
  await settled(page);
  await page.locator('#open-player').click();
  await live(page);
  assert.deepEqual(page.wrongs, []);
});

test('an address brings back the moment, to the frame', async (t) => {
  const page = await open(t, { at: middle });
  const there = await settled(page);
  assert.equal(there.recording, first.name);
  assert.ok(there.at <= middle + 1 && there.at > middle - 500, `${there.at} ${middle}`);
  await page.keyboard.press('.');
  const next = await shows(page, ({ frame }) => frame === there.frame + 1, 'the next frame');
  await eventually(() => page.url().endsWith(`T${clockOf(next.at)}`), 'the address goes along');
  const other = await openPage(t, browser, page.url(), { wait: false });
  const again = await shows(other, ({ frame }) => frame >= 0, 'a frame');
  assert.deepEqual([again.recording, again.frame, again.at], [next.recording, next.frame, next.at]);
  await other.evaluate((hash) => { location.hash = hash; }, `#t=${new Date(startOf(last) + 100).toISOString()}`);
  await shows(other, ({ recording }) => recording === last.name, 'the moment of the new address');
  assert.deepEqual([...page.wrongs, ...other.wrongs], []);
});

test('an address in a gap shows what is nearest and says so; one that is no moment is refused in words', async (t) => {
  const page = await open(t, { at: startOf(first) - 3600e3 });
  const there = await settled(page);
  assert.deepEqual([there.recording, there.frame], [first.name, 0]);
  await page.locator('.notice').filter({ hasText: 'Nothing was recorded at' }).waitFor();
  const other = await openPage(t, browser, `${server.url}/#t=tomorrow`);
  await other.locator('.notice').filter({ hasText: 'names no moment' }).waitFor();
  assert.equal(await other.locator('#player').count(), 0);
});

test('play, pause, backwards, single frames, speed', async (t) => {
  const page = await open(t, { at: middle });
  const begin = await settled(page);
  await page.locator('.play').click();
  await shows(page, ({ at, rate }) => rate === 1 && at > begin.at + 300, 'it plays');
  assert.match(await page.locator('.play').getAttribute('aria-label'), /Pause/);
  await page.keyboard.press(' ');
  const paused = await shows(page, ({ rate }) => rate === 0, 'it is paused');
  await page.getByRole('button', { name: 'One frame on' }).click();
  await shows(page, ({ frame }) => frame === paused.frame + 1, 'one frame on');
  await page.getByRole('button', { name: 'One frame back' }).click();
  await shows(page, ({ frame }) => frame === paused.frame, 'and back');
  await page.getByRole('button', { name: 'Play backwards' }).click();
  await shows(page, ({ at, rate }) => rate === -1 && at < paused.at - 300, 'backwards');
  await page.locator('.speed').selectOption({ label: '1/4×' });
  await shows(page, ({ rate }) => rate === -0.25, 'slower');
  await page.locator('.player-word').filter({ hasText: '1/4×' }).waitFor();
  await page.keyboard.press('k');
  assert.deepEqual(page.wrongs, []);
});

test('a film goes on over the end of a file and over a gap, and tells of the gap', async (t) => {
  const page = await open(t, { at: endOf(first) - 400 });
  await page.keyboard.press(' ');
  await shows(page, ({ recording }) => recording === second.name, 'the next file');
  await page.keyboard.press('k');
  await page.evaluate((at) => { location.hash = `#t=${new Date(at).toISOString()}`; }, endOf(second) - 500);
  await eventually(async () => (await playback(page)).at > endOf(second) - 1000, 'the end of the second');
  await settled(page);
  await page.keyboard.press('l');
  await page.locator('.player-word').filter({ hasText: 'Nothing recorded from' }).waitFor();
  await shows(page, ({ recording }) => recording === recordings[2].name, 'what is behind the gap');
});

test('keys: J K L, comma and period, arrows, Home and End', async (t) => {
  const page = await open(t, { at: middle });
  const begin = await settled(page);
  const press = async (key, check, what) => {
    await page.keyboard.press(key);
    return shows(page, check, `${key}: ${what}`);
  };
  await press('.', ({ frame }) => frame === begin.frame + 1, 'a frame on');
  await press(',', ({ frame }) => frame === begin.frame, 'a frame back');
  await press('ArrowRight', ({ frame }) => frame === begin.frame + 1, 'a frame on');
  await press('ArrowLeft', ({ frame }) => frame === begin.frame, 'a frame back');
  await press('Shift+ArrowRight', ({ at }) => Math.abs(at - begin.at - 1000) < 150, 'a second on');
  await press('Shift+ArrowLeft', ({ at }) => Math.abs(at - begin.at) < 150, 'a second back');
  await press('Home', ({ frame, recording }) => frame === 0 && recording === first.name, 'the beginning of the file');
  await press('End', ({ frame, recording }) => frame === first.frames - 1 && recording === first.name, 'its end');
  await press('End', ({ frame, recording }) => frame === second.frames - 1 && recording === second.name, 'the end of the next');
  await press('Home', ({ frame, recording }) => frame === 0 && recording === second.name, 'its beginning');
  await press('Home', ({ frame, recording }) => frame === 0 && recording === first.name, 'the beginning of the one before');
  await press('l', ({ rate }) => rate === 1, 'plays');
  await press('l', ({ rate }) => rate === 2, 'twice as fast');
  await press('j', ({ rate }) => rate === -1, 'backwards');
  await press('k', ({ rate }) => rate === 0, 'pauses');
  // A picture that is zoomed is moved by the arrows, as the live one is.
  await settled(page);
  for (let i = 0; i < 6; i += 1) await page.keyboard.press('+');
  await page.locator('#pad').waitFor();
  const before = await page.locator('#picture').getAttribute('style');
  await page.keyboard.press('ArrowRight');
  await eventually(async () => (await page.locator('#picture').getAttribute('style')) !== before, 'the picture moves');
  await page.locator('#minimap canvas').waitFor();
  assert.deepEqual(page.wrongs, []);
});

test('several quick jumps add up', async (t) => {
  const page = await open(t, { at: startOf(first) + 500 });
  const begin = await settled(page);
  for (let i = 0; i < 3; i += 1) await page.keyboard.press('Shift+ArrowRight');
  await shows(page, ({ at }) => Math.abs(at - begin.at - 3000) < 150, 'three seconds on');
});

test('single keys rest when they are switched off, those of the timeline and the player do not', async (t) => {
  const page = await open(t, { at: middle, before: (p) => p.addInitScript(() => {
    localStorage.setItem('mini-dvr', JSON.stringify({ shortcuts: false }));
  }) });
  const begin = await settled(page);
  await page.locator('#snapshot').focus();
  await page.keyboard.press('.');
  await page.locator('.timeline').focus();
  await page.keyboard.press('ArrowRight');
  const moved = await shows(page, ({ frame }) => frame !== begin.frame, 'the timeline has the focus');
  assert.ok(moved.at > begin.at);
});

test('a press on the timeline goes there, a hand that moves scrubs, and its last place is right', async (t) => {
  const page = await open(t, { at: startOf(first) + 100 });
  for (let i = 0; i < 2; i += 1) await page.locator('.player [data-label="player.zoom.in"]').click();
  await settled(page);
  const target = startOf(first) + 2500;
  const place = await placeOf(page, target);
  await page.mouse.click(place.x, place.y);
  await shows(page, ({ at, recording }) => recording === first.name && Math.abs(at - target) < 2 * place.msPerPixel + 500, 'the moment');
  await page.evaluate(async () => {
    const { onPlayback, playback: now } = await import('/static/js/player/playback.js');
    window.seen = new Set();
    onPlayback(() => window.seen.add(`${now.recording?.name}#${now.frame}`));
  });
  const from = await placeOf(page, startOf(first) + 300);
  const goal = startOf(second) + 400;
  const to = await placeOf(page, goal);
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  for (let i = 1; i <= 20; i += 1) {
    await page.mouse.move(from.x + (to.x - from.x) * i / 20, from.y);
    await page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(resolve); }));
  }
  await page.mouse.up();
  const there = await shows(page, ({ at, recording, waiting }) => !waiting && recording === second.name && Math.abs(at - goal) < 2 * from.msPerPixel + 150, 'the last place');
  assert.ok(await page.evaluate(() => window.seen.size) > 3, 'pictures while it moved');
  assert.ok(there.frame > 0);
  assert.deepEqual(page.wrongs, []);
});

test('the timeline shows a day to a second: wheel, buttons, two fingers, a double tap, the ruler', async (t) => {
  const page = await open(t, { at: middle });
  const span = async () => {
    const { from, to } = await windowOf(page);
    return to - from;
  };
  const box = await page.locator('.timeline').boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + 50);
  await page.mouse.wheel(0, 20000);
  await eventually(async () => await span() === 24 * 3600e3, 'a day');
  await page.mouse.wheel(0, -20000);
  await eventually(async () => Math.round(await span()) === 1000, 'a second');
  await page.getByRole('button', { name: 'Show more of time' }).click();
  await eventually(async () => Math.round(await span()) === 2000, 'twice as much');
  await page.getByRole('button', { name: 'Show less of time' }).click();
  await eventually(async () => Math.round(await span()) === 1000, 'and back');
  // The ruler moves the window and leaves the moment.
  const { at } = await playback(page);
  const before = await windowOf(page);
  await page.mouse.move(box.x + box.width / 2, box.y + 8);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 + 144, box.y + 8, { steps: 4 });
  await page.mouse.up();
  const moved = await windowOf(page);
  assert.ok(Math.abs(before.from - moved.from - 144 / box.width * 1000) < 20, `${before.from - moved.from}`);
  assert.equal((await playback(page)).at, at);
  await pinch(page, box);
  await eventually(async () => await span() > 1500, 'fingers that close show more');
  const wide = await span();
  await page.mouse.dblclick(box.x + box.width / 3, box.y + 50);
  await eventually(async () => Math.abs(await span() - Math.max(1000, wide / 4)) < 1, 'a double tap shows less');
});

test('a hand that scrubs at the edge takes the window along', async (t) => {
  const page = await open(t, { at: startOf(last) + 500 });
  await page.evaluate(async (from) => (await import('/static/js/player/timeline.js')).showWindow({ from, to: from + 2000 }), startOf(last));
  const { x, y } = await placeOf(page, startOf(last) + 1000);
  const box = await page.locator('.timeline').boundingBox();
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(box.x + 5, y, { steps: 3 });
  await eventually(async () => (await windowOf(page)).from < startOf(last) - 4000, 'the window goes along');
  await page.mouse.up();
  const { from } = await windowOf(page);
  await eventually(async () => (await settled(page)).at < startOf(last), 'so does the picture');
  await drawn(page);
  assert.equal((await windowOf(page)).from, from, 'it rests when the hand does');
});

test('one finger scrubs on a phone, and the page does not scroll meanwhile', async (t) => {
  const page = await open(t, { at: startOf(first) + 100, size: 'phone', hasTouch: true, isMobile: true });
  await page.evaluate(async (from) => (await import('/static/js/player/timeline.js')).showWindow({ from, to: from + 8000 }), startOf(first) - 1000);
  const [from, to] = [await placeOf(page, startOf(first) + 200), await placeOf(page, startOf(first) + 3000)];
  const touch = await page.context().newCDPSession(page);
  const send = (type, touchPoints) => touch.send('Input.dispatchTouchEvent', { type, touchPoints });
  await send('touchStart', [{ x: from.x, y: from.y }]);
  for (let i = 1; i <= 8; i += 1) await send('touchMove', [{ x: from.x + (to.x - from.x) * i / 8, y: from.y - i * 3 }]);
  await send('touchEnd', []);
  await shows(page, ({ at, recording }) => recording === first.name && Math.abs(at - startOf(first) - 3000) < 2 * to.msPerPixel + 150, 'the moment under the finger');
  assert.equal(await page.evaluate(() => scrollY), 0);
});

// Two fingers that close from a quarter of the width apart to an eighth.
const pinch = (page, box) => page.evaluate(({ x, y, width, height }) => {
  const area = document.querySelector('.timeline');
  area.setPointerCapture = () => {};
  const finger = (type, pointerId, share) => area.dispatchEvent(new PointerEvent(type, {
    pointerId, pointerType: 'touch', bubbles: true, button: 0, clientX: x + share * width, clientY: y + height - 20,
  }));
  finger('pointerdown', 11, 0.4);
  finger('pointerdown', 12, 0.65);
  for (const share of [0.6, 0.55, 0.525]) finger('pointermove', 12, share);
  finger('pointerup', 12, 0.525);
  finger('pointerup', 11, 0.4);
}, box);

test('the timeline is a slider that tells what it shows', async (t) => {
  const page = await open(t, { at: middle });
  const slider = page.getByRole('slider', { name: 'Moment that is shown' });
  const { at } = await settled(page);
  assert.match(await slider.getAttribute('aria-valuetext'), new RegExp(`, ${clockOf(at)}$`));
  assert.equal(Number(await slider.getAttribute('aria-valuenow')), Math.round(at / 1000));
  await slider.focus();
  await page.keyboard.press('PageDown');
  await eventually(async () => (await settled(page)).at < at, 'further back');
  await page.keyboard.press('-');
  await page.keyboard.press('+');
  assert.deepEqual(page.wrongs, []);
});

test('what plays goes on playing where a hand has put it', async (t) => {
  const page = await open(t, { at: startOf(first) + 100 });
  await page.keyboard.press('l');
  await shows(page, ({ rate }) => rate === 1, 'it plays');
  await page.keyboard.press('Shift+ArrowRight');
  await shows(page, ({ rate, at }) => rate === 1 && at > startOf(first) + 1000, 'it plays on, further on');
  await page.keyboard.press('Shift+ArrowLeft');
  await page.keyboard.press('k');
  await eventually(async () => {
    const now = await settled(page);
    return now.rate === 0;
  }, 'a pause holds');
});

test('a server that goes away is told in words, and the next choice tries again', async (t) => {
  const page = await open(t, { at: middle });
  await settled(page);
  await page.route('**/recordings/*', (route) => route.abort());
  await page.route('**/api/recordings/*/frames*', (route) => route.abort());
  await page.keyboard.press('End');
  await page.keyboard.press('End');
  await page.locator('.player-word[data-kind=problem]').waitFor();
  await screenshot(page, 'player-problem');
  await page.unrouteAll();
  await page.keyboard.press('Home');
  await shows(page, ({ problem, frame }) => !problem && frame === 0, 'a frame again');
});

test('a moment that cannot be looked up leaves what is shown; a player that cannot open says so', async (t) => {
  const page = await open(t, { at: middle });
  const { frame } = await settled(page);
  await page.route('**/api/recordings?*', (route) => route.abort());
  await page.route('**/api/recordings/days', (route) => route.abort());
  await page.evaluate((at) => { location.hash = `#t=${new Date(at).toISOString()}`; }, startOf(first) - 5 * 86400e3);
  await page.locator('.notice.failure').filter({ hasText: 'the server does not answer' }).waitFor();
  assert.equal((await playback(page)).frame, frame);
  await page.locator('.player-live').click();
  await live(page);
  await page.reload();
  await live(page);
  await page.locator('#open-player').click();
  await page.locator('.notice.failure').filter({ hasText: 'the server does not answer' }).waitFor();
  assert.equal(await page.locator('#player').count(), 0);
  assert.equal(await page.locator('#open-player').getAttribute('aria-expanded'), 'false');
});

test('Home and End say why where the server does not tell what lies beyond', async (t) => {
  const page = await open(t, { at: startOf(first) + 200 });
  await settled(page);
  await page.route('**/api/recordings?*', (route) => route.abort());
  for (const link of ['lost', 'open']) {     // what is known has to be asked for again
    await page.evaluate((now) => import('/static/js/state.js').then(({ change }) => change({ link: now })), link);
  }
  const failures = page.locator('.notice.failure').filter({ hasText: 'Not shown: the server does not answer' });
  await page.keyboard.press('Home');
  await eventually(async () => await failures.count() === 1, 'Home');
  await page.keyboard.press('End');
  await shows(page, ({ recording, frame }) => recording === first.name && frame === first.frames - 1, 'its end');
  await page.keyboard.press('End');
  await eventually(async () => await failures.count() === 2, 'End');
});

for (const [what, behind] of [['an hour', 3600e3], ['three days', 3 * 86400e3], ['a month', 31 * 86400e3]]) {
  test(`a browser whose clock is ${what} behind that of the recorder reaches all there is, also after the line was cut`, async (t) => {
    const link = await startLink(t, server);
    const page = await openPage(t, browser, link.url, { before: (p) => p.addInitScript((late) => {
      const now = Date.now.bind(Date);
      Date.now = () => now() - late;
    }, behind) });
    await connected(page);
    await page.locator('#open-player').click();
    await page.locator('#player').waitFor();
    const now = await settled(page);
    const clocks = await page.evaluate(() => import('/static/js/player/archive.js').then(async ({ timeNow }) => {
      const before = timeNow();
      await new Promise((resolve) => { setTimeout(resolve, 200); });
      return [before, timeNow()];
    }));
    assert.ok(clocks[1] >= clocks[0] + 150, `the time goes on: ${clocks}`);
    assert.deepEqual([now.recording, now.frame], [last.name, last.frames - 1]);
    const place = await placeOf(page, endOf(last) - 500);
    await page.mouse.click(place.x, place.y);
    await shows(page, ({ at, recording }) => recording === last.name && Math.abs(at - endOf(last) + 500) < 2 * place.msPerPixel + 150, 'the moment');
    const answered = page.waitForResponse((response) => response.url().includes('/api/recordings?') && response.ok());
    link.cut();
    await answered;
    await drawn(page);
    const other = await placeOf(page, startOf(last) + 500);
    await page.mouse.click(other.x, other.y);
    await shows(page, ({ at, recording }) => recording === last.name && Math.abs(at - startOf(last) - 500) < 2 * other.msPerPixel + 150, 'another moment');
  });
}

test('Firefox opens it, scrubs, plays and goes back', { skip: !existsSync(firefoxPath) }, async (t) => {
  const firefox = await startFirefox();
  t.after(() => firefox.close());
  const page = await openPlayer(t, firefox, server);
  await shows(page, ({ recording, frame }) => recording === last.name && frame === last.frames - 1, 'the newest frame');
  const to = startOf(last) + 300;
  const place = await placeOf(page, to);
  const from = await placeOf(page, startOf(last) + 1000);
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(place.x, place.y, { steps: 5 });
  await page.mouse.up();
  const there = await shows(page, ({ at, recording, waiting }) => !waiting && recording === last.name && Math.abs(at - to) < 2 * place.msPerPixel + 150, 'the moment');
  await page.keyboard.press('.');
  await shows(page, ({ frame }) => frame === there.frame + 1, 'the next frame');
  await page.keyboard.press('l');
  await shows(page, ({ at }) => at > there.at + 300, 'it plays');
  await page.keyboard.press('k');
  await page.locator('.player-day').click();
  await page.locator('.gallery-item').first().click();
  await shows(page, ({ recording, frame }) => recording === first.name && frame === 0, 'the first picture');
  await page.locator('.player-live').click();
  await live(page);
  assert.deepEqual(page.wrongs, []);
});
