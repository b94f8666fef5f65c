// What has been recorded, as far as this page has asked; kept true by what the server tells of it.
import { onMessage, request } from '../server.js';
import { isLinkLost, isServerAway, onReturn, state } from '../state.js';
import { kFuture } from './opening.js';

const kPage = 1000;            // recordings a request, the most that the server gives
const kFollow = 1000;          // ms between two looks at the recording that is being written
const kRetry = 5000;           // ms after which is asked again for what did not come
const kHour = 3600e3;          // ms
const kFurther = [kHour, 24 * kHour, 32 * 24 * kHour];   // ms in which the next recording is looked for, in turn
const kDate = '2026-11-24'.length;

// recordings: of the ranges loaded so far, oldest first: {name, start, end, date, frames, bytes, width, height, fps, state,
//   protected, note, marks: [{id, at, label}]}; times in ms since 1970, `date` is that of the start where the recorder is. days:
//   [{date: '2026-11-24', recordings, seconds, bytes, marks, protected}], by the same dates. complete: whether the server has looked
//   at all its files; there may be more until then. failure: why it did not answer when it was asked last (an Error), null when it did.
export const archive = { recordings: [], days: [], complete: false, failure: null };

const known = new Map();       // name -> recording
let ranges = [];               // [from, to] that are loaded, apart from each other, in order
let toldSince = Infinity;      // since when (ms) all is told that is not loaded
let owed = [];                 // [from, to] that were asked for, and did not all come yet, or not since the line was cut
let daysOwed = false;          // the same of the days
const doubted = new Set();     // names of what was known before the line was cut, and not heard of since
const told = new Map();        // name -> how often the server has told of it by itself
let line = 0;                  // which one it is: how often one came back
let retry = 0;
const listeners = new Set();
let toldSoon = false;
let stopFollowing = null;
let daysWanted = false;

// Makes sure that the recordings of [from, to] (ms) are in archive.recordings. Fails with a CommandError.
export async function loadRange(from, to) {
  for (const [begin, end] of missing(from, to)) await loadAll(begin, end);
}

// Whether archive.recordings has all that was recorded in [from, to] (ms).
export const isLoaded = (from, to) => !missing(from, Math.min(to, toldSince)).length;

export async function loadDays() {
  daysWanted = daysOwed = true;
  const mine = line;
  const { days, complete } = await ask('/api/recordings/days');
  archive.days = days;
  if (complete && mine === line) daysOwed = false;
  changed();
}

// Calls `listener` after any change, at most once for all changes of one task. Returns what ends it. While somebody listens, the
// end of the recording that is being written moves on.
export function onArchive(listener) {
  listeners.add(listener);
  stopFollowing ??= follow();
  return () => {
    listeners.delete(listener);
    if (listeners.size) return;
    stopFollowing?.();
    stopFollowing = null;
  };
}

export const recordingNamed = (name) => known.get(name);

// The recording that holds a time, or undefined: of several (a clock was set back) the one that began last.
export function recordingAt(at) {
  return archive.recordings.findLast(({ start, end }) => start <= at && at < end);
}

// The first recording that begins after a time, or undefined; of those that are loaded.
export const recordingAfter = (at) => archive.recordings.find(({ start }) => start > at);

// The last recording that ends before a time, or undefined; of those that are loaded.
export const recordingBefore = (at) => archive.recordings.findLast(({ end }) => end <= at);

// The recording behind that one, in the order in which they began; undefined when there is none. Asks the server where needed.
export async function nextRecording(recording) {
  const last = newest();
  for (let i = 0, to = recording.end; ; i += 1) {
    to += kFurther[Math.min(i, kFurther.length - 1)];
    if (to > timeNow()) to = last;     // hardly anything is there
    await loadRange(recording.start, to);
    const next = archive.recordings.find((one) => later(one, recording));
    if (next || to >= last) return next;
  }
}

// The recording before that one; undefined when there is none.
export async function previousRecording(recording) {
  if (missing(recording.start - kHour, recording.start).length) {
    // The newest that began before: what lies between it and this one is known then.
    const mine = line;
    const { recordings, complete } = await ask(`/api/recordings?limit=1&to=${time(recording.start)}`);
    recordings.forEach(put);
    if (recordings.length) {
      if (complete && mine === line) addLoaded(Date.parse(recordings[0].start), recording.start);
      sort();
    }
  }
  return archive.recordings.findLast((one) => later(recording, one));
}

// Where to look for what is shown at a moment (ms): {recording, end, gap}, or null when there is no recording at all. In a gap ({from,
// to}) it is what is nearer; `end`: the recording's last frame is meant. No time at all is the newest moment.
export async function placeOf(at) {
  if (!Number.isFinite(at)) {
    let last = await previousRecording({ name: '', start: timeNow() + kFuture });
    while (last?.state === 'damaged') last = await previousRecording(last);
    return last ? { recording: last, end: true, gap: null } : null;
  }
  if (!recordingAt(at)) await loadRange(at - kHour, at + kHour);
  const holder = recordingAt(at);
  if (holder) return { recording: holder, end: false, gap: null };
  const moment = { name: '', start: at, end: at };
  const before = recordingBefore(at) ?? await previousRecording(moment);
  const after = recordingAfter(at) ?? await nextRecording(moment);
  if (!before && !after) return null;
  const gap = before && after ? { from: before.end, to: after.start } : null;
  const nearer = before && (!after || at - before.end < after.start - at);
  return nearer ? { recording: before, end: true, gap } : { recording: after, end: false, gap };
}

// {protected, note}. These fail with a CommandError that says why.
export async function changeRecording(name, patch) {
  return answered(name, () => request('PATCH', `/api/recordings/${encodeURIComponent(name)}`, patch));
}

// It can be had back for some seconds, or not at all where the disk has no room: {deleted, restorable_seconds}.
export async function removeRecording(name) {
  const answer = await request('DELETE', `/api/recordings/${encodeURIComponent(name)}`);
  apply({ removed: [name] });
  return answer;
}

export async function restoreRecording(name) {
  return answered(name, () => request('POST', `/api/recordings/${encodeURIComponent(name)}/restore`, {}));
}

// ---- what is loaded

// Now (ms), by the later of two clocks: this browser's, or the recorder's, which goes on after it was told with all of its state. Either
// may be behind.
export function timeNow() {
  const { time: told, timeTold = NaN } = state.server ?? {};
  const now = Date.parse(told) + performance.now() - timeTold;
  return Number.isNaN(now) ? Date.now() : Math.max(Date.now(), now);
}

const time = (ms) => encodeURIComponent(new Date(ms).toISOString());

// Nothing that was recorded begins later: the recorder's clock may be ahead of ours.
const newest = () => Math.max(timeNow(), archive.recordings.at(-1)?.end ?? 0) + kFuture;

// The parts of `parts` that are not in [from, to].
const without = (parts, [from, to]) => parts.flatMap(([begin, end]) => [[begin, Math.min(end, from)], [Math.max(begin, to), end]])
  .filter(([begin, end]) => begin < end);

// The parts of [from, to] that are not loaded.
const missing = (from, to) => ranges.reduce(without, from < to ? [[from, to]] : []);

function joined(parts) {
  const result = [];
  for (const [begin, end] of parts.sort((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last && begin <= last[1]) last[1] = Math.max(last[1], end);
    else result.push([begin, end]);
  }
  return result;
}

// What comes from now on is told, or asked for: a range that reaches into the future is loaded up to now.
function addLoaded(from, to) {
  const today = timeNow();
  if (to > today) toldSince = Math.min(toldSince, today);
  if (from < today) ranges = joined([...ranges, [from, Math.min(to, today)]]);
}

async function loadAll(from, to) {
  const mine = line;
  owed = joined([...owed, [from, to]]);
  let complete;
  try {
    complete = await load(from, to);
  } catch (error) {
    if (isRefused(error)) owed = without(owed, [from, to]);
    throw error;
  }
  if (!complete || mine !== line) return;      // it may lack what is read later, or was told while the line was cut
  owed = without(owed, [from, to]);
  addLoaded(from, to);
  forget(from, to);
  sort();
}

// Returns whether that is all there is.
async function load(from, to) {
  let cursor = '';
  let all = true;
  do {
    const query = `from=${time(from)}&to=${time(to)}&limit=${kPage}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
    const page = await ask(`/api/recordings?${query}`);
    page.recordings.forEach(put);
    all = all && page.complete;
    cursor = page.cursor ?? '';
    sort();
  } while (cursor);
  return all;
}

// What was known of [from, to] before the line was cut, and has not come again, is gone.
function forget(from, to) {
  for (const name of [...doubted]) {
    const one = known.get(name);
    if (one && !(one.end > from && one.start < Math.floor(to))) continue;    // whole ms are asked for
    doubted.delete(name);
    known.delete(name);
  }
}

// One of the server's lists. Until it has looked at all its files it tells nobody what it finds: that has to be asked for.
async function ask(path) {
  try {
    const { complete = true, ...answer } = await request('GET', path);
    archive.complete = complete;
    archive.failure = null;
    if (!complete) askAgain();
    return { ...answer, complete };
  } catch (error) {
    archive.failure = error;
    changed();
    if (!isRefused(error)) askAgain();
    throw error;
  }
}

// What is asked for wrongly, or by somebody who may not, is not owed: the answer would be the same.
export const isRefused = ({ status }) => status < 500;

// In a while. While the server is away there is nobody to ask: it is asked as soon as it is back.
function askAgain() {
  if (!isServerAway(state)) retry ||= setTimeout(settle, kRetry);
}

// Asks for all that is owed. Until it comes, what was known before is shown.
async function settle() {
  clearTimeout(retry);
  retry = 0;
  const unlessRefused = (error) => {
    if (!isRefused(error)) throw error;
  };
  try {
    for (const [from, to] of owed) await loadAll(from, to).catch(unlessRefused);
    if (daysOwed) await loadDays();
  } catch {
    // It is still owed.
  }
}

function put({ start, seconds, marks, ...rest }) {
  const begin = Date.parse(start);
  doubted.delete(rest.name);
  known.set(rest.name, {
    ...rest, start: begin, end: begin + seconds * 1000, date: start.slice(0, kDate), marks: marks.map((mark) => ({ ...mark, at: Date.parse(mark.at) })),
  });
}

const order = (a, b) => a.start - b.start || (a.name < b.name ? -1 : 1);
const later = (a, b) => order(a, b) > 0 && a.name !== b.name;

function sort() {
  archive.recordings = [...known.values()].sort(order);
  changed();
}

// What is told comes in order, and an answer beside it: when both come, the answer may be the older one.
async function answered(name, send) {
  const before = told.get(name);
  const recording = await send();
  if (told.get(name) === before) {
    put(recording);
    sort();
  }
  return known.get(name);
}

function changed() {
  if (toldSoon) return;
  toldSoon = true;
  queueMicrotask(() => {
    toldSoon = false;
    for (const listener of [...listeners]) listener();
  });
}

// ---- what the server tells

function apply({ added = [], changed: other = [], removed = [] }) {
  for (const recording of [...added, ...other]) {
    put(recording);
    told.set(recording.name, (told.get(recording.name) ?? 0) + 1);
  }
  for (const name of removed) known.delete(name);
  sort();
}

onMessage('recordings', (message) => {
  apply(message);
  if (daysWanted) loadDays().catch(() => {});
});

// What was told while the line was cut is asked for again.
onReturn(doubtAll);
onReturn(() => isLinkLost(state) && settle(), isServerAway);     // it answers, but tells nothing by itself

function doubtAll() {
  line += 1;
  for (const name of known.keys()) doubted.add(name);
  if (ranges.length) owed = joined([...owed, [ranges[0][0], newest()]]);    // all that is known, and may be forgotten
  ranges = [];
  toldSince = Infinity;
  daysOwed = daysWanted;
  settle();
}

// Looks once a second how far the recording that is being written has come, until the returned function is called. The one before it
// is looked at, too: it may have become complete meanwhile. Whether one is written is not told where no WebSocket comes through.
function follow() {
  let asking = false;
  const look = async () => {
    if (asking || isServerAway(state) || !(isLinkLost(state) || state.server?.current_file)) return;
    asking = true;
    try {
      const { recordings } = await request('GET', '/api/recordings?limit=2');
      recordings.forEach(put);
      sort();
    } catch {
      // The server is away: the next look finds out.
    } finally {
      asking = false;
    }
  };
  const timer = setInterval(look, kFollow);
  look();
  return () => clearInterval(timer);
}
