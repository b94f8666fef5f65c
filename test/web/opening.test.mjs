// Which moment the player opens at, without a browser.
import assert from 'node:assert/strict';
import test from 'node:test';
import { nearestRecording, newestDate } from '../../static/js/player/opening.js';

const kNow = Date.parse('2026-11-30T12:00:00Z');
const timeOf = (date) => Date.parse(`${date}T00:00:00Z`);
const recording = (name, start, seconds = 600, state = 'complete') => ({ name, start: Date.parse(start), end: Date.parse(start) + seconds * 1000, state });
const shown = (...asked) => {
  const place = nearestRecording(...asked);
  return place && `${place.recording.name} ${place.end ? 'end' : 'start'}`;
};

test('the newest day is opened, and not one of the future', () => {
  assert.equal(newestDate(['2030-01-01', '2026-11-24', '2026-11-29'], kNow, timeOf), '2026-11-29');
  assert.equal(newestDate(['2026-11-24', '2026-12-01'], kNow, timeOf), '2026-12-01');   // another time zone
  assert.equal(newestDate(['2030-01-01', '2031-01-01'], kNow, timeOf), '2031-01-01');   // there is nothing else
  assert.equal(newestDate([], kNow, timeOf), undefined);
});

test('what is nearest can be played', () => {
  const all = [
    recording('early', '2026-11-30T08:00:00Z'),
    recording('broken', '2026-11-30T09:00:00Z', 0, 'damaged'),
    recording('late', '2026-11-30T11:00:00Z'),
    recording('damaged', '2026-11-30T11:30:00Z', 0, 'damaged'),
    recording('future', '2030-01-01T00:00:00Z'),
  ];
  assert.equal(shown(all, Date.parse('2026-11-30T09:01:00Z'), kNow), 'early end');
  assert.equal(shown(all, Date.parse('2026-11-30T10:50:00Z'), kNow), 'late start');
  assert.equal(shown(all, undefined, kNow), 'late end');
  assert.equal(shown(all.slice(4), undefined, kNow), 'future start');
  assert.equal(shown([all[1]], undefined, kNow), undefined);
  assert.equal(shown([], kNow, kNow), undefined);
});
