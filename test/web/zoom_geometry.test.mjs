// The arithmetic of the digital zoom, without a browser.
import assert from 'node:assert/strict';
import test from 'node:test';
import { clamped, kMostZoom, pixelScale, visiblePart, zoomedAt } from '../../static/js/zoom.js';

const image = { width: 1920, height: 1080 };
const stages = [{ width: 1440, height: 764 }, { width: 320, height: 300 }, { width: 676, height: 390 }, { width: 3000, height: 400 }];
const whole = { zoom: 1, x: 0.5, y: 0.5 };

test('at 1x the whole picture is shown, letterboxed', () => {
  for (const stage of stages) {
    assert.deepEqual(visiblePart(whole, stage, image), { left: 0, top: 0, width: 1, height: 1 });
    const scale = pixelScale(whole, stage, image);
    assert.ok(image.width * scale <= stage.width + 1e-9 && image.height * scale <= stage.height + 1e-9);
  }
});

test('a picture smaller than the window is enlarged only if that is wanted', () => {
  const small = { width: 320, height: 240 };
  assert.equal(pixelScale(whole, stages[0], small, false), 1);
  assert.ok(pixelScale(whole, stages[0], small, true) > 3);
});

test('no view leaves the picture, whatever is asked', () => {
  for (const stage of stages) {
    for (const zoom of [-1, 0, 0.5, 1, 1.7, 4, 100]) {
      for (const at of [-3, 0, 0.2, 0.5, 1, 7]) {
        const view = clamped({ zoom, x: at, y: 1 - at }, stage, image);
        const { left, top, width, height } = visiblePart(view, stage, image);
        assert.ok(view.zoom >= 1 && view.zoom <= kMostZoom);
        assert.ok(left >= -1e-9 && top >= -1e-9 && left + width <= 1 + 1e-9 && top + height <= 1 + 1e-9);
      }
    }
  }
});

test('the point under the pointer stays where it is', () => {
  const stage = { width: 1600, height: 900 };   // of the picture's shape, so that no edge is in the way
  const point = { x: 200, y: -150 };
  const under = (view) => {
    const scale = pixelScale(view, stage, image);
    return [view.x + point.x / (image.width * scale), view.y + point.y / (image.height * scale)];
  };
  const start = clamped({ zoom: 2, x: 0.5, y: 0.5 }, stage, image);
  const [x, y] = under(start);
  const [zoomedX, zoomedY] = under(zoomedAt(start, 3.3, point, stage, image));
  assert.ok(Math.abs(x - zoomedX) < 1e-9 && Math.abs(y - zoomedY) < 1e-9);
});
