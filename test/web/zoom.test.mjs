// Digital zoom and the minimap, by every way of moving them.
import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import { boxOf, drawn, eventually, openPage, overlap, screenshot, sizes, startBrowser, text } from './support/browser.mjs';
import { startServer } from './support/server.mjs';

const server = await startServer();
const browser = await startBrowser();
after(async () => {
  await browser.close();
  await server.stop();
});

const open = (t, options) => openPage(t, browser, server.url, options);

// How large the picture is over how large it is at 1x, and where the middle of the stage lies in it, 0 .. 1.
async function viewOf(page) {
  await drawn(page);
  const [picture, stage] = [await boxOf(page, '#picture'), await boxOf(page, '#stage')];
  const fit = Math.min(stage.width, stage.height * picture.width / picture.height);
  return {
    zoom: picture.width / fit,
    x: (stage.x + stage.width / 2 - picture.x) / picture.width,
    y: (stage.y + stage.height / 2 - picture.y) / picture.height,
  };
}

const about = (actual, expected, within = 0.02) => assert.ok(Math.abs(actual - expected) <= within, `${actual} is not about ${expected}`);

async function middleOf(page, selector) {
  const { x, y, width, height } = await boxOf(page, selector);
  return [x + width / 2, y + height / 2];
}

test('the slider zooms the picture at once, and nothing else', async (t) => {
  const page = await open(t);
  const tools = ['#record', '#zoom-slider', '#open-camera', '#stage'];
  const where = () => Promise.all(tools.map((selector) => boxOf(page, selector)));
  const before_ = await where();
  await page.locator('#zoom-slider').fill('3');
  about((await viewOf(page)).zoom, 3);
  assert.equal(await text(page, '#zoom-value'), '3.0×');
  assert.deepEqual(await where(), before_);
});

test('zoom ends at four times, and at the whole picture', async (t) => {
  const page = await open(t);
  const [x, y] = await middleOf(page, '#stage');
  await page.mouse.move(x, y);
  for (const [turn, end] of [[-800, 4], [800, 1]]) {
    for (let i = 0; i < 6; i += 1) await page.mouse.wheel(0, turn);
    await eventually(async () => Math.abs((await viewOf(page)).zoom - end) < 0.01, `${end} times`);
    await page.mouse.wheel(0, turn);
    await page.waitForTimeout(100);
    about((await viewOf(page)).zoom, end);
  }
});

test('zooming changes nothing but a transform', async (t) => {
  const page = await open(t);
  await page.locator('#zoom-slider').fill('2.5');
  await viewOf(page);
  assert.match(await page.locator('#picture').getAttribute('style'), /^transform: [^;]+;$/);
  assert.equal(await page.locator('#picture').evaluate((image) => getComputedStyle(image).willChange), 'transform');
});

test('the wheel zooms around the pointer', async (t) => {
  const page = await open(t);
  const { x, y, width, height } = await boxOf(page, '#picture');
  const pointer = [x + width * 0.3, y + height * 0.4];
  await page.mouse.move(...pointer);
  await page.mouse.wheel(0, -500);
  await eventually(async () => (await viewOf(page)).zoom > 1.5, 'zoomed in');
  const after_ = await boxOf(page, '#picture');
  about((pointer[0] - after_.x) / after_.width, 0.3);
  about((pointer[1] - after_.y) / after_.height, 0.4);
});

test('dragging pans, and cannot leave the picture', async (t) => {
  const page = await open(t);
  await page.locator('#zoom-slider').fill('2');
  const [x, y] = await middleOf(page, '#stage');
  const drag = async (dx, dy) => {
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + dx, y + dy, { steps: 4 });
    await page.mouse.up();
  };
  const before_ = await viewOf(page);
  await drag(-100, 0);
  const picture = await boxOf(page, '#picture');
  about((await viewOf(page)).x - before_.x, 100 / picture.width);
  for (const [dx, dy] of [[3000, 0], [-3000, 0], [0, 3000], [0, -3000]]) {
    await drag(dx, dy);
    const [edge, stage] = [await boxOf(page, '#picture'), await boxOf(page, '#stage')];
    assert.ok(edge.x <= stage.x + 0.5 && edge.y <= stage.y + 0.5, 'left and top');
    assert.ok(edge.x + edge.width >= stage.x + stage.width - 0.5 && edge.y + edge.height >= stage.y + stage.height - 0.5, 'right and bottom');
  }
});

test('a double tap zooms to where it was, another one back', async (t) => {
  const page = await open(t, { size: 'phone', hasTouch: true });
  const { x, y, width, height } = await boxOf(page, '#picture');
  // Each touch says when it was: two that come late from here are a double tap all the same.
  const touch = await page.context().newCDPSession(page);
  let time = Date.now() / 1000;
  const twice = async () => {
    for (const type of ['touchStart', 'touchEnd', 'touchStart', 'touchEnd']) {
      const touchPoints = type === 'touchEnd' ? [] : [{ x: x + width * 0.4, y: y + height * 0.5 }];
      await touch.send('Input.dispatchTouchEvent', { type, touchPoints, timestamp: time });
      time += 0.05;
    }
    time += 1;
  };
  await twice();
  about((await viewOf(page)).zoom, 2);
  const after_ = await boxOf(page, '#picture');
  about((x + width * 0.4 - after_.x) / after_.width, 0.4);
  await twice();
  about((await viewOf(page)).zoom, 1);
});

test('a pinch zooms around the fingers', async (t) => {
  const page = await open(t, { size: 'tablet', hasTouch: true });
  const box = await boxOf(page, '#picture');
  const [x, y] = [box.x + box.width * 0.3, box.y + box.height / 2];
  const touch = await page.context().newCDPSession(page);
  const fingers = (type, spread) => touch.send('Input.dispatchTouchEvent', {
    type, touchPoints: type === 'touchEnd' ? [] : [{ x: x - spread, y, id: 1 }, { x: x + spread, y, id: 2 }],
  });
  await fingers('touchStart', 60);
  for (let spread = 70; spread <= 180; spread += 10) await fingers('touchMove', spread);
  await fingers('touchEnd');
  about((await viewOf(page)).zoom, 3, 0.3);
  const zoomed = await boxOf(page, '#picture');
  about((x - zoomed.x) / zoomed.width, 0.3, 0.03);
  assert.equal(await page.evaluate(() => visualViewport.scale), 1, 'not the page itself');
});

test('direction buttons pan, repeat while they are held, and the centre button centres', async (t) => {
  const page = await open(t);
  assert.ok(await page.locator('#pad').isHidden(), 'nothing to pan at 1x');
  await page.locator('#zoom-slider').fill('4');
  const before_ = await viewOf(page);
  await page.locator('#pad .right').click();
  const once = (await viewOf(page)).x - before_.x;
  assert.ok(once > 0.01, 'one press moves a little');
  await page.locator('#pad .right').hover();
  await page.mouse.down();
  await eventually(async () => (await viewOf(page)).x - before_.x > once * 2.5, 'holding moves on');
  await page.mouse.up();
  const held = (await viewOf(page)).x - before_.x;
  await page.waitForTimeout(200);
  about((await viewOf(page)).x - before_.x, held, 1e-6);
  await page.locator('#pan-centre').click();
  const centre = await viewOf(page);
  about(centre.x, 0.5);
  about(centre.y, 0.5);
  await page.locator('#pad .down').focus();
  await page.keyboard.press('Enter');
  assert.ok((await viewOf(page)).y > 0.51, 'buttons work from the keyboard');
});

test('every direction goes where it says', async (t) => {
  const page = await open(t);
  await page.locator('#zoom-slider').fill('4');
  for (const [name, axis, sign] of [['left', 'x', -1], ['right', 'x', 1], ['up', 'y', -1], ['down', 'y', 1]]) {
    const key = `Arrow${name[0].toUpperCase()}${name.slice(1)}`;
    for (const go of [() => page.locator(`#pad .${name}`).click(), () => page.locator('#stage').press(key)]) {
      await page.locator('#pan-centre').click();
      await page.waitForTimeout(50);
      const start = await viewOf(page);
      await go();
      await page.waitForTimeout(50);
      assert.equal(Math.sign((await viewOf(page))[axis] - start[axis]), sign, name);
    }
  }
});

test('a direction button held by a finger moves on', async (t) => {
  const page = await open(t, { size: 'tablet', hasTouch: true });
  await page.locator('#zoom-slider').fill('4');
  const { x, y, width, height } = await boxOf(page, '#pad .right');
  const touch = await page.context().newCDPSession(page);
  await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: x + width / 2, y: y + height / 2 }] });
  await page.waitForTimeout(1000);    // after half a second a finger gets a menu, unless that is prevented
  const early = (await viewOf(page)).x;
  await eventually(async () => (await viewOf(page)).x > early + 0.02, 'still moving');
  await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
});

test('the region of the minimap is the part that is shown', async (t) => {
  const page = await open(t);
  await page.locator('#zoom-slider').fill('3');
  await page.locator('#minimap canvas').waitFor();
  await page.locator('#pad .right').click();
  await page.waitForTimeout(100);
  const [map, stage, picture, view] = [await boxOf(page, '#minimap canvas'), await boxOf(page, '#stage'), await boxOf(page, '#picture'), await viewOf(page)];
  const part = Math.min(1, stage.width / picture.width);
  const left = await page.locator('#minimap .region').evaluate((region) => Number(region.style.getPropertyValue('--left')));
  const width = await page.locator('#minimap .region').evaluate((region) => Number(region.style.getPropertyValue('--width')));
  assert.ok(Math.abs(left - (view.x - part / 2)) < 0.02 && Math.abs(width - part) < 0.02, `${left} ${width}`);
  assert.ok(map.width > 0);
});

test('plus, minus, arrows and zero work from the keyboard, unless they are switched off', async (t) => {
  const page = await open(t);
  await page.keyboard.press('+');
  await page.keyboard.press('+');
  const { zoom, x } = await viewOf(page);
  assert.ok(zoom > 1.5);
  await page.keyboard.press('ArrowRight');
  assert.ok((await viewOf(page)).x > x);
  await page.keyboard.press('-');
  assert.ok((await viewOf(page)).zoom < zoom);
  await page.keyboard.press('0');
  about((await viewOf(page)).zoom, 1);

  await page.locator('#open-menu').click();
  await page.locator('[name="menu.shortcuts"]').uncheck();
  await page.keyboard.press('Escape');
  await page.locator('#record').focus();
  await page.keyboard.press('+');
  about((await viewOf(page)).zoom, 1);
  await page.locator('#stage').focus();
  await page.keyboard.press('+');
  assert.ok((await viewOf(page)).zoom > 1, 'they always work on the picture itself');
});

test('keys typed into a field do not zoom', async (t) => {
  const page = await open(t);
  await page.locator('#zoom-slider').focus();
  await page.keyboard.press('+');
  about((await viewOf(page)).zoom, 1);
  await page.keyboard.press('ArrowRight');
  about((await viewOf(page)).zoom, 1.05, 0.01);
});

test('the minimap shows the whole picture and the part, and moves it by click and drag', async (t) => {
  const page = await open(t);
  assert.ok(await page.locator('#minimap').isHidden(), 'hidden at 1x');
  await page.locator('#zoom-slider').fill('3');
  await page.locator('#minimap canvas').waitFor();
  await eventually(async () => (await boxOf(page, '#minimap .region')).width > 0, 'the region');
  const map = await boxOf(page, '#minimap canvas');
  await page.mouse.click(map.x + map.width * 0.25, map.y + map.height * 0.3);
  const { x, y } = await viewOf(page);
  about(x, 0.25);
  about(y, 0.3);
  await page.mouse.move(map.x + map.width * 0.3, map.y + map.height * 0.3);
  await page.mouse.down();
  await page.mouse.move(map.x + map.width * 0.7, map.y + map.height * 0.6, { steps: 4 });
  await page.mouse.up();
  about((await viewOf(page)).x, 0.7);
  await screenshot(page, 'zoomed-desktop');
  await page.keyboard.press('0');
  await page.locator('#minimap').waitFor({ state: 'hidden' });
});

test('the minimap is live, from the same picture', async (t) => {
  const page = await open(t);
  await page.locator('#zoom-slider').fill('2');
  await page.locator('#minimap canvas').waitFor();
  const pixels = () => page.locator('#minimap canvas').evaluate((canvas) => canvas.toDataURL());
  const first = await pixels();
  await eventually(async () => (await pixels()) !== first, 'another picture');
});

for (const size of Object.keys(sizes)) {
  test(`minimap and direction buttons leave the record button free: ${size}`, async (t) => {
    const page = await open(t, { size });
    await page.keyboard.press('+');
    await page.locator('#minimap canvas').waitFor();
    const record = await boxOf(page, '#record');
    const [map, pad, stage] = [await boxOf(page, '#minimap'), await boxOf(page, '#pad'), await boxOf(page, '#stage')];
    assert.ok(!overlap(map, record) && !overlap(pad, record));
    assert.ok(!overlap(map, pad), 'nor each other');
    assert.ok(map.width * map.height < stage.width * stage.height * 0.15, 'it is small');
    await screenshot(page, `zoomed-${size}`);
  });
}
