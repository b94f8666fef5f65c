// Which stretch of time the timeline shows, and what of it lies where: pure. A window is {from, to}, times are ms since 1970.

export const kLongest = 24 * 3600 * 1000;    // ms that the timeline shows at most
export const kShortest = 1000;               // ms that it shows at least
const kBehindNow = 0.08;      // of the window that may lie in the future, so that "now" is not at the very edge
const kFollowAt = 0.85;       // of the window: what plays is kept on this side of it
const kLabelRoom = 76;        // px that a label and the space around it take
const kTickRoom = 9;          // px between two lines without a label
const kMinute = 60 * 1000;
const kHour = 60 * kMinute;
const kSteps = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 15000, 30000, kMinute, 2 * kMinute, 5 * kMinute, 10 * kMinute,
  15 * kMinute, 30 * kMinute, kHour, 2 * kHour, 3 * kHour, 6 * kHour, 12 * kHour, 24 * kHour];   // ms; each divides a day

export const spanOf = ({ from, to }) => to - from;
export const xOf = ({ from, to }, width, at) => (at - from) / (to - from) * width;
export const timeAt = ({ from, to }, width, x) => from + x / width * (to - from);

// The nearest window that is neither too long nor too short nor further in the future than it need be.
export function bounded({ from, to }, now) {
  const span = Math.min(kLongest, Math.max(kShortest, to - from));
  const middle = (from + to) / 2;
  const end = Math.min(middle + span / 2, now + span * kBehindNow);
  return { from: end - span, to: end };
}

// `factor` below 1 shows less of time, larger. What is shown at `at` stays where it is.
export function zoomedAt(window, factor, at, now) {
  const span = Math.min(kLongest, Math.max(kShortest, spanOf(window) * factor));
  const share = (at - window.from) / spanOf(window);
  const from = at - share * span;
  return bounded({ from, to: from + span }, now);
}

export const shifted = ({ from, to }, by, now) => bounded({ from: from + by, to: to + by }, now);

// The window with `at` in it: in its middle when it was outside.
export function showing(window, at, now) {
  if (at >= window.from && at <= window.to) return window;
  const half = spanOf(window) / 2;
  return bounded({ from: at - half, to: at + half }, now);
}

// The window when what plays has come to `at`: it goes along before that leaves it. `direction` is that of playing.
export function following(window, at, direction, now) {
  const span = spanOf(window);
  if (at < window.from - span || at > window.to + span) return showing(window, at, now);   // a jump
  const ahead = window.from + span * kFollowAt;
  const behind = window.to - span * kFollowAt;
  if (direction > 0 && at > ahead) return shifted(window, at - ahead, now);
  if (direction < 0 && at < behind) return shifted(window, at - behind, now);
  return showing(window, at, now);
}

// A window around [from, to] with some room beside it, and not shorter than `least` ms.
export function around(from, to, least, now) {
  const span = Math.min(kLongest, Math.max(least, (to - from) * 1.1));
  const middle = (from + to) / 2;
  return bounded({ from: middle - span / 2, to: middle + span / 2 }, now);
}

// The local day that holds `at`, from midnight to midnight. Where clocks go on at midnight it begins an hour later; the next one does not.
export function dayOf(at) {
  const day = new Date(at);
  const midnight = (on) => new Date(day.getFullYear(), day.getMonth(), day.getDate() + on).getTime();
  return { from: midnight(0), to: midnight(1) };
}

const kEarliestZone = 14;      // hours that it is ahead of UTC
const kLatestZone = 12;        // hours that it is behind

// All that may bear a date (2026-11-24), wherever that was the day.
export function spanOfDate(date) {
  const day = Date.parse(`${date}T00:00:00Z`);
  return { from: day - kEarliestZone * kHour, to: day + (24 + kLatestZone) * kHour };
}

const stepWithRoom = (window, width, room) => kSteps.find((step) => step / spanOf(window) * width >= room) ?? kSteps.at(-1);

// Where the lines of the ruler stand, by the local clock: {at, major} each; `step` is the time (ms) between two major ones.
export function ticks(window, width) {
  const step = stepWithRoom(window, width, kLabelRoom);
  const minor = kSteps.findLast((one) => one < step && step % one === 0 && one / spanOf(window) * width >= kTickRoom) ?? step;
  const found = [];
  for (let day = dayOf(window.from); day.from < window.to; day = dayOf(day.to)) {
    // A day of 23 or 25 hours has its lines by the time that has passed; their words are the clock's.
    const first = day.from + Math.max(0, Math.ceil((window.from - day.from) / minor)) * minor;
    const end = Math.min(day.to, window.to + 1);
    for (let at = first; at < end; at += minor) found.push({ at, major: (at - day.from) % step === 0 });
  }
  return { step, ticks: found };
}

// Those of `stretches`, which are sorted by start and do not overlap, that reach into the window.
export function within(stretches, { from, to }) {
  let low = 0;
  let high = stretches.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (stretches[middle].end < from) low = middle + 1;
    else high = middle;
  }
  let last = low;
  while (last < stretches.length && stretches[last].start <= to) last += 1;
  return stretches.slice(low, last);
}
