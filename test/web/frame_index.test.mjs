// Where frames lie, and when they were captured, as the page reads it.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Course } from '../../static/js/player/course.js';
import { DamagedIndex, FrameIndex } from '../../static/js/player/frame_index.js';
import { Seeker } from '../../static/js/player/seeker.js';

const kStart = 1795687632345678;   // microseconds

// An index as the server writes it. `frames`: [size, microseconds since the one before].
function written(frames, { first = 0, start = kStart, offset = 4096, magic = 'MDVRFRM1' } = {}) {
  const bytes = new ArrayBuffer(32 + 8 * frames.length);
  const view = new DataView(bytes);
  [...magic].forEach((letter, i) => view.setUint8(i, letter.charCodeAt(0)));
  view.setUint32(8, frames.length, true);
  view.setUint32(12, first, true);
  view.setBigInt64(16, BigInt(start), true);
  view.setBigUint64(24, BigInt(offset), true);
  frames.forEach(([size, since], i) => {
    view.setUint32(32 + 8 * i, size, true);
    view.setUint32(36 + 8 * i, since, true);
  });
  return bytes;
}

const even = (count, since = 40000) => Array.from({ length: count }, (_, i) => [100 + i, i ? since : 0]);

test('frames lie back to back, and keep their microseconds', () => {
  const index = new FrameIndex('a.mp4', written([[10, 0], [20, 33333], [30, 33334]]));
  assert.equal(index.count, 3);
  assert.deepEqual(index.frame(2), { n: 2, at: (kStart + 66667) / 1000, offset: 4096 + 30, size: 30 });
  assert.equal(Math.round(index.at(2) * 1000), kStart + 66667);
});

test('a file of 30 GB and of days is addressed exactly', () => {
  const index = new FrameIndex('a.mp4', written(Array.from({ length: 3000 }, () => [1e7, 4e9])));
  assert.equal(index.frame(2999).offset, 4096 + 2999 * 1e7);
  assert.equal(Math.round(index.at(2999) * 1000), kStart + 3000 * 4e9);
});

test('the frame shown at a moment is the newest of it', () => {
  const index = new FrameIndex('a.mp4', written(even(100)));
  assert.equal(index.shownAt(index.at(0) - 1e6), 0);
  for (const n of [0, 1, 50, 99]) {
    assert.equal(index.shownAt(index.at(n)), n);
    assert.equal(index.shownAt(index.at(n) + 39.9), n);
  }
  assert.equal(index.shownAt(index.at(99) + 1e6), 99);
});

test('what was added goes on where the index ends', () => {
  const all = even(1000);
  const index = new FrameIndex('a.mp4', written(all.slice(0, 1)));
  let offset = 4096 + 100;
  for (let n = 1; n < 1000; n += 37) {
    const part = all.slice(n, n + 37);
    index.append(written(part, { first: n, offset }));
    offset += part.reduce((sum, [size]) => sum + size, 0);
  }
  index.append(written([], { first: 1000, offset }));
  assert.deepEqual(index.frame(999), new FrameIndex('a.mp4', written(all)).frame(999));
});

test('what is no index is refused, and what does not go on from the known one', () => {
  const good = written(even(3));
  for (const bad of [new ArrayBuffer(0), new ArrayBuffer(32), good.slice(0, 50), written(even(3), { magic: 'MDVRFRM2' }), written([[0, 0]]), written([[1e8, 0]])]) {
    assert.throws(() => new FrameIndex('a.mp4', bad), DamagedIndex);
  }
  const index = new FrameIndex('a.mp4', good);
  for (const other of [{ first: 2 }, { first: 4 }, { first: 3, offset: 4096 }, { first: 3, offset: 4399, start: kStart + 1 }]) {
    assert.throws(() => index.append(written(even(2), { offset: 4399, ...other })), DamagedIndex);
  }
});

test('playing leaves out what nobody recorded, and says where', () => {
  const index = new FrameIndex('a.mp4', written([[10, 0], [10, 40000], [10, 5000000], [10, 40000]]));
  assert.equal(index.playTime(0, 3), 80);
  assert.equal(index.interval, 80 / 3);
  assert.deepEqual(index.holeBetween(0, 3), { n: 2, from: index.at(1), to: index.at(2) });
  assert.equal(index.holeBetween(2, 3), undefined);
});

test('a camera that takes a picture now and then makes no holes', () => {
  const index = new FrameIndex('a.mp4', written([[10, 0], [10, 5000000], [10, 5000000], [10, 30000000], [10, 5000000]]));
  assert.equal(index.holes.length, 1);
  assert.equal(index.playTime(0, 2), 10000);
});

// ---- the way over the ends of files

// Recordings of 10 frames each, 40 ms apart, the third one 60 s after the second; and a course through them.
function recordings({ grow = () => false } = {}) {
  const starts = [0, 400000, 60800000].map((since) => kStart + since);
  const indexes = new Map(starts.map((start, i) => [`${i}.mp4`, new FrameIndex(`${i}.mp4`, written(even(10), { start }))]));
  const store = { of: async (name) => indexes.get(name), grow: async (index) => grow(index) };
  const names = [...indexes.keys()];
  const neighbour = async (name, direction) => ({ name: names[names.indexOf(name) + direction] ?? null, more: false });
  return { indexes, courseAt: (name, n) => new Course(store, neighbour, indexes.get(name), n) };
}

const near = (a, b) => assert.ok(Math.abs(a - b) < 1e-3, `${a}, not ${b}`);   // ms

test('the frame behind a file is the first of the next, without a seam', async () => {
  const { courseAt } = recordings();
  const course = courseAt('0.mp4', 9);
  const { moved, time, gap } = await course.advance(1);
  assert.deepEqual([moved, gap, course.index.name, course.n], [1, null, '1.mp4', 0]);
  near(time, 40);
});

test('a gap takes no time, and is told', async () => {
  const { courseAt, indexes } = recordings();
  const course = courseAt('1.mp4', 8);
  const { moved, time, gap } = await course.advance(3);
  assert.deepEqual([moved, course.index.name, course.n], [3, '2.mp4', 1]);
  near(time, 120);
  near(gap.from, indexes.get('1.mp4').at(9) + 40);
  near(gap.to, indexes.get('2.mp4').at(0));
});

test('backwards it is the same way', async () => {
  const { courseAt } = recordings();
  const course = courseAt('2.mp4', 1);
  const { moved, time } = await course.advance(-12);
  assert.deepEqual([moved, course.index.name, course.n], [-12, '0.mp4', 9]);
  near(time, 480);
  assert.equal((await course.advance(-100)).moved, -9);
  assert.equal((await course.advance(-1)).moved, 0);
});

test('at the end of what is being written more is asked for, as long as somebody waits', async () => {
  const { courseAt, indexes } = recordings({ grow: (index) => {
    asked += 1;
    if (asked < 3) return false;
    index.append(written([[10, 40000]], { first: 10, start: kStart + 60800000, offset: 4096 + 1045 }));
    return true;
  } });
  let asked = 0;
  indexes.get('2.mp4').growing = true;
  const course = courseAt('2.mp4', 9);
  assert.equal((await course.advance(1)).moved, 0);
  assert.equal(asked, 1);
  assert.equal((await course.advance(1, () => true)).moved, 1);
  assert.deepEqual([asked, course.n], [3, 10]);
});

test('a moment behind what was known of a file that grows is looked for in what has come since', async () => {
  const index = new FrameIndex('a.mp4', written(even(5)));
  index.growing = true;
  const shown = [];
  const seeker = new Seeker({
    indexes: {
      of: async () => index,
      grow: async () => {
        const from = index.count;
        if (from === 5) index.append(written(even(5).map(() => [7, 40000]), { first: 5, offset: 4096 + 510 }));
      },
    },
    fetch: { one: async (_, n) => n },
    show: async (run, place) => { shown.push([run, place.n]); },
    fail: (run, error) => { throw error; },
  });
  const ms = (n) => (kStart + n * 40000) / 1000;
  for (const [run, wish] of [{ at: ms(6), end: true }, { at: ms(4), end: true }, { at: ms(1000), end: true }, { end: true }].entries()) {
    seeker.seek({ run, name: 'a.mp4', ...wish });
    await seeker.idle();
  }
  assert.deepEqual(shown, [[0, 6], [1, 4], [2, 9], [3, 9]]);
});
