// What the timeline shows, and moments in words: without a browser.
import assert from 'node:assert/strict';
import test from 'node:test';
import * as scale from '../../static/js/player/timeline_scale.js';

const noon = new Date(2026, 10, 24, 12).getTime();
const kHour = 3600e3;
const day = scale.dayOf(noon);
const later = noon + 100 * 24 * kHour;    // a "now" that limits nothing

test('a day is from midnight to midnight', () => {
  assert.equal(new Date(day.from).getHours(), 0);
  assert.equal(new Date(day.to).getHours(), 0);
  assert.equal(new Date(day.to).getDate(), 25);
});

test('a day whose midnight does not exist ends at the next one', (t) => {
  const zone = process.env.TZ;
  t.after(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });
  process.env.TZ = 'America/Santiago';
  const { from, to } = scale.dayOf(new Date(2026, 8, 6, 12).getTime());    // clocks went on from 0:00 to 1:00
  assert.equal(from, Date.parse('2026-09-06T01:00:00-03:00'));
  assert.equal(to, Date.parse('2026-09-07T00:00:00-03:00'));
  assert.deepEqual(scale.dayOf(to), { from: to, to: Date.parse('2026-09-08T00:00:00-03:00') });
  const { from: before, to: end } = scale.dayOf(from - 1);
  assert.deepEqual([before, end], [Date.parse('2026-09-05T00:00:00-04:00'), from]);
});

test('a date may be that of any time zone', () => {
  const { from, to } = scale.spanOfDate('2026-11-24');
  assert.equal(from, Date.parse('2026-11-24T00:00:00+14:00'));
  assert.equal(to, Date.parse('2026-11-25T00:00:00-12:00'));
});

test('place and time are each other\'s inverse', () => {
  for (const x of [0, 1, 333, 1000]) assert.equal(scale.xOf(day, 1000, scale.timeAt(day, 1000, x)), x);
});

test('zooming keeps what is under the hand, between a day and a second', () => {
  let window = day;
  const at = day.from + 7.3 * kHour;
  const share = (at - window.from) / scale.spanOf(window);
  for (let i = 0; i < 100; i += 1) {
    window = scale.zoomedAt(window, 0.8, at, later);
    assert.ok(Math.abs((at - window.from) / scale.spanOf(window) - share) < 1e-3);
  }
  assert.equal(Math.round(scale.spanOf(window)), scale.kShortest);
  for (let i = 0; i < 200; i += 1) window = scale.zoomedAt(window, 1.3, at, later);
  assert.equal(Math.round(scale.spanOf(window)), scale.kLongest);
});

test('the future is hardly shown, whatever is asked', () => {
  const ahead = { from: noon + kHour, to: noon + 2 * kHour };
  const window = scale.bounded(ahead, noon);
  assert.ok(window.to > noon && window.to < noon + 0.1 * kHour);
  assert.equal(Math.round(scale.spanOf(window)), kHour);
  assert.deepEqual(scale.shifted(window, 5 * kHour, noon), window);
});

test('what plays stays in the window, forwards and backwards, and a jump is shown', () => {
  const window = { from: noon, to: noon + 1000 };
  assert.equal(scale.following(window, noon + 500, 1, later), window);
  const ahead = scale.following(window, noon + 900, 1, later);
  assert.equal(Math.round(ahead.from - noon), 50);
  const back = scale.following(window, noon + 100, -1, later);
  assert.equal(Math.round(back.from - noon), -50);
  const far = scale.following(window, noon + kHour, 1, later);
  assert.equal((far.from + far.to) / 2, noon + kHour);
});

test('a moment outside the window is shown in its middle, one inside moves nothing', () => {
  const window = { from: noon, to: noon + kHour };
  assert.equal(scale.showing(window, noon + 1, later), window);
  const moved = scale.showing(window, noon - 5 * kHour, later);
  assert.equal((moved.from + moved.to) / 2, noon - 5 * kHour);
});

test('a window around something has room beside it, and a least length', () => {
  const wide = scale.around(noon, noon + 10 * kHour, kHour, later);
  assert.ok(wide.from < noon && wide.to > noon + 10 * kHour);
  assert.equal(scale.spanOf(scale.around(noon, noon + 1000, 600e3, later)), 600e3);
});

test('labels have room at every zoom, and stand at round times of the local clock', () => {
  for (const width of [300, 900, 2000]) {
    for (let span = scale.kShortest; span <= scale.kLongest; span *= 1.37) {
      const window = { from: noon - span / 3, to: noon + span * 2 / 3 };
      const { step, ticks } = scale.ticks(window, width);
      const majors = ticks.filter(({ major }) => major);
      assert.ok(majors.length >= 1 || width < 400, `${width} ${span}`);
      assert.ok(ticks.length <= width / 9 + 3, 'not too many lines');
      for (let i = 1; i < majors.length; i += 1) {
        assert.ok((majors[i].at - majors[i - 1].at) / span * width >= 75, `${width} ${span}`);
      }
      for (const { at } of majors) assert.equal(Math.round(at - day.from) % step, 0);
      for (const { at } of ticks) assert.ok(at >= window.from - 1 && at <= window.to + 1);
    }
  }
});

test('only what reaches into the window is looked at', () => {
  const stretches = Array.from({ length: 1000 }, (_, i) => ({ start: i * 10, end: i * 10 + 9 }));
  for (const window of [{ from: 0, to: 100 }, { from: 4995, to: 5005 }, { from: -50, to: -1 }, { from: 9989, to: 99999 }, { from: 99, to: 100 }]) {
    const expected = stretches.filter(({ start, end }) => end >= window.from && start <= window.to);
    assert.deepEqual(scale.within(stretches, window), expected);
  }
});

test('a moment in the address is the moment that was written there', async () => {
  globalThis.document ??= { documentElement: { lang: 'en' } };
  globalThis.localStorage ??= { getItem: () => null };
  const { addressOf, isoOf, momentIn, timeWords } = await import('../../static/js/player/moment.js');
  const at = new Date(2026, 10, 24, 10, 7, 12, 345).getTime() + 0.678;
  assert.equal(timeWords(at), '10:07:12.345');
  assert.equal(addressOf(at), '#t=2026-11-24T10:07:12.345');
  // The frame's time lies within the millisecond that is told: the moment found again is not before it.
  const again = momentIn(addressOf(at));
  assert.ok(again >= at && again < at + 1);
  assert.equal(momentIn('#t=2026-11-24T10:07'), new Date(2026, 10, 24, 10, 7).getTime() + 0.999);
  assert.equal(momentIn('#t=2026-11-24T10:07:12Z'), Date.UTC(2026, 10, 24, 10, 7, 12) + 0.999);
  assert.equal(momentIn('#t=2026-11-24T10%3A07%3A12'), new Date(2026, 10, 24, 10, 7, 12).getTime() + 0.999);
  for (const wrong of ['#t=', '#t=yesterday', '#t=2026-13-45T99:99', '#t=%E0%A4%A', '#t=1']) assert.ok(Number.isNaN(momentIn(wrong)), wrong);
  for (const other of ['', '#', '#recording', '#time=2026-11-24T10:07']) assert.equal(momentIn(other), undefined);
  assert.equal(Date.parse(isoOf(at)), Math.floor(at));
  assert.match(isoOf(at), /^2026-11-24T10:07:12\.345678[+-]\d\d:\d\d$/);
});

test('so is one of the hour that the end of daylight saving repeats', async (t) => {
  const { addressOf, momentIn } = await import('../../static/js/player/moment.js');
  const { TZ } = process.env;
  t.after(() => {
    if (TZ === undefined) delete process.env.TZ;
    else process.env.TZ = TZ;
  });
  process.env.TZ = 'Europe/Madrid';
  const [once, again] = [0, 1].map((hour) => Date.UTC(2026, 9, 25, hour, 30, 0, 250));      // both are half past two
  assert.equal(addressOf(once), '#t=2026-10-25T02:30:00.250');
  assert.equal(addressOf(again), '#t=2026-10-25T02:30:00.250+01:00');
  for (const at of [once, again]) assert.equal(Math.floor(momentIn(addressOf(at))), at);
});
