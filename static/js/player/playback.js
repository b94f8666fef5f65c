// Playing of recordings on the stage's canvas: what is shown, how it moves on, and what is wrong. The frames come from the engine,
// a worker beside this page.
import { lendPicture, paint, takePictureBack } from '../picture.js';
import { state } from '../state.js';
import { archive, loadRange, nextRecording, onArchive, previousRecording, recordingAfter, recordingAt, recordingBefore, recordingNamed } from './archive.js';
import { decodeElement, timeOf } from './decoders.js';
import { FrameQueue } from './frame_queue.js';
import { ReadError } from './read_error.js';

const kLongWait = 400;         // ms without a due picture after which it is said that bytes are awaited
const kGapTold = 1500;         // ms that a gap that was jumped over is told
const kNearlyNow = 2000;       // ms from the newest frame that can be read, within which it is as near to live as it gets
const kFarBehind = 1400;       // ms behind it from which on a film at real time catches up, a little faster,
const kCatchUp = 1.1;
const kNearEnough = 900;       // ms, until here: new frames come every half a second, and not quite in time
const kAround = 3600e3;        // ms around a moment of which the recordings are loaded at once
export const kSlowest = 1 / 8;
export const kFastest = 64;
const kWayKey = 'mini-dvr-decoder';

// at: capture time (ms since 1970) of the frame shown; recording, frame: which one it is. rate: 0 when paused, negative backwards.
// waiting: its bytes have not come. gap: {from, to} where nothing was recorded, while it is told. live: as near to now as it gets.
// problem: null, or why the picture that is wanted can not be had: the key of a string, player.problem.KIND (see read_error.js).
const kNothing = { active: false, at: NaN, recording: null, frame: -1, rate: 0, waiting: false, gap: null, live: false, problem: null };
export const playback = { ...kNothing };

let worker = null;
let run = 0;                   // number of the newest wish; what comes of an older one is not shown
let settled = true;            // whether the newest wish is what is shown
let shownRun = 0;
let queue = null;              // of the film that plays, else null
let lastDrawn = 0;             // ms
let ended = null;              // {more} when all of the film has come: whether it is going on in a moment
let gapTimer = 0;
let waitTimer = 0;
let endArchive = () => {};
const wishes = new Map();      // run -> what resolves the Promise of a seek or step
const questions = new Map();   // id -> what settles the question for a frame's bytes
const listeners = new Set();

// Calls `listener` after each frame drawn and each change of what playback tells. Returns what ends it.
export function onPlayback(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// Takes the canvas from the live picture and shows the frame at `at` (ms); the newest one when that is no time.
export async function enter(at) {
  if (!playback.active) {
    startEngine();
    lendPicture();
    endArchive = onArchive(followArchive);
    tell({ ...kNothing, active: true });
  }
  return seek(at);
}

// Back to the live picture.
export function leave() {
  if (!playback.active) return;
  run += 1;
  endFilm();
  worker.postMessage({ kind: 'stop', all: true });
  for (const old of [...wishes.keys()]) settle(old, false);
  clearTimeout(gapTimer);
  clearTimeout(waitTimer);
  endArchive();
  tell({ ...kNothing });
  takePictureBack();
}

// Shows the frame at `at` (ms); in a gap the one at its nearer end. With `scrub` the frames between may be shown, too, while newer
// wishes come; the newest is always shown in the end. Resolves with whether this very wish was shown.
export function seek(at, { scrub = false } = {}) {
  const mine = begin();
  carryOut(mine, async () => {
    const found = await locate(at);
    if (!found) throw new ReadError('empty');
    if (mine < run && !scrub) return;
    tell({ gap: found.gap });
    worker.postMessage({ kind: 'seek', run: mine, scrub, name: found.recording.name, at, end: found.end });
  });
  return shownOf(mine);
}

// By so many frames, over the ends of files. Resolves as seek does.
export function step(frames) {
  const wasSettled = settled;
  const mine = begin();
  // What is shown counts; while a picture is on its way, the one that was wanted last.
  const from = wasSettled && playback.recording ? { name: playback.recording.name, n: playback.frame } : {};
  worker.postMessage({ kind: 'seek', run: mine, by: frames, ...from });
  return shownOf(mine);
}

// `rate`: 1/8 .. 64, negative backwards; others are brought into that range. 0 pauses.
export function play(rate) {
  if (!rate) {
    pause();
    return;
  }
  const speed = Math.sign(rate) * Math.min(kFastest, Math.max(kSlowest, Math.abs(rate)));
  const wasSettled = settled;
  const mine = begin({ rate: speed, keepWish: true });
  const from = wasSettled && playback.recording ? { name: playback.recording.name, n: playback.frame } : {};
  queue = new FrameQueue(speed, (clock) => {
    worker.postMessage({ kind: 'clock', run: mine, ...clock, wall: performance.timeOrigin + clock.wall });
  }, (frame) => discard(frame));
  lastDrawn = performance.now();
  worker.postMessage({ kind: 'play', run: mine, rate: speed, ...from });
  requestAnimationFrame(tick);
}

export function pause() {
  if (!playback.rate) return;
  endFilm();
  worker.postMessage({ kind: 'stop' });
  tell({ rate: 0, waiting: false, live: false });
}

// The frame that is shown, as the camera made it: {bytes: Blob, name, frame, at}. Fails with a ReadError.
export async function shownFrame() {
  const { recording, frame, at } = playback;
  if (!recording) throw new ReadError('empty');
  const id = Math.random();
  const bytes = await new Promise((resolve, reject) => {
    questions.set(id, { resolve, reject });
    worker.postMessage({ kind: 'bytes', id, name: recording.name, n: frame });
  });
  return { bytes: new Blob([bytes], { type: 'image/jpeg' }), name: recording.name, frame, at };
}

// ---- wishes

// A new wish: what was under way before counts no more.
function begin({ rate = 0, keepWish = false } = {}) {
  if (!playback.active) throw new Error('nothing is played before enter()');
  run += 1;
  if (!keepWish) settled = false;
  endFilm();
  clearTimeout(waitTimer);
  const mine = run;
  waitTimer = setTimeout(() => mine === run && !settled && tell({ waiting: true }), kLongWait);
  tell({ rate, live: false, problem: null, waiting: false });
  return mine;
}

const shownOf = (mine) => new Promise((resolve) => { wishes.set(mine, resolve); });

// That run was shown, or came to nothing; those before it will not be any more.
function settle(which, shown) {
  for (const [old, resolve] of wishes) {
    if (old > which) continue;
    wishes.delete(old);
    resolve(shown && old === which);
  }
}

async function carryOut(mine, work) {
  try {
    await work();
  } catch (error) {
    fail(mine, kindOf(error));
  }
}

// A ReadError's kind; that of a request beside it, which fails with a CommandError.
const kindOf = ({ kind }) => ({ refused: 'server', silent: 'lost' }[kind] ?? kind);

function fail(mine, kind = 'lost') {
  settle(mine, false);
  if (mine !== run) return;
  endFilm();
  clearTimeout(waitTimer);
  tell({ rate: 0, waiting: false, live: false, problem: `player.problem.${kind}` });
}

// The recording to look into for a moment: {recording, end, gap}; `end`: its last frame is meant. null when there is none at all.
async function locate(at) {
  if (!Number.isFinite(at)) {
    const last = await previousRecording({ name: '', start: Date.now() + 24 * kAround });
    return last ? { recording: last, end: true, gap: null } : null;
  }
  if (!recordingAt(at)) await loadRange(at - kAround, at + kAround);
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

// ---- the engine

function startEngine() {
  if (worker) return;
  worker = new Worker(new URL('engine.worker.js', import.meta.url), { type: 'module' });
  worker.addEventListener('message', ({ data }) => receive[data.kind](data));
  // Without the engine there are no pictures.
  worker.addEventListener('error', () => fail(run, 'lost'));
  const way = knownWay();
  if (way) worker.postMessage({ kind: 'way', ...way });
}

const receive = {
  async still(frame) {
    const made = await picture(frame);
    if (!made || !playback.active || frame.run < shownRun || playback.rate) {
      made?.close?.();
      return;
    }
    draw(frame, made);
    settle(frame.run, true);
  },
  frame(frame) {
    if (frame.run !== run || !queue) {
      frame.picture?.close();
      return;
    }
    queue.push(frame);
    if (!frame.picture) decodeHere(frame, queue);
  },
  end({ run: which, more }) {
    if (which === run) ended = { more };
  },
  problem({ run: which, problem }) {
    fail(which, problem);
  },
  bytes({ id, bytes, problem, detail }) {
    const { resolve, reject } = questions.get(id);
    questions.delete(id);
    if (problem) reject(new ReadError(problem, detail));
    else resolve(bytes);
  },
  async ask({ id, what, ...fields }) {
    const value = await answers[what](fields);
    worker.postMessage({ kind: 'answer', id, value });
  },
  tried({ way, perSecond }) {
    try {
      sessionStorage.setItem(kWayKey, JSON.stringify({ way, perSecond }));
    } catch {
      // Storage may be forbidden: it is tried again with the next page.
    }
  },
};

const answers = {
  // One that is damaged has no frames to go on with.
  async neighbour({ name, direction }) {
    let one = recordingNamed(name) ?? playback.recording;
    try {
      do {
        one = one && await (direction > 0 ? nextRecording(one) : previousRecording(one));
      } while (one && (one.state === 'damaged' || !one.frames));
    } catch (error) {
      return { problem: kindOf(error) };
    }
    return { name: one?.name ?? null, more: direction > 0 && Boolean(state.server?.current_file) };
  },
  // How long the page's own way takes to decode and draw a picture.
  trial({ bytes }) {
    const canvas = document.createElement('canvas');
    return timeOf(async (jpeg) => {
      const image = await decodeElement(jpeg);
      Object.assign(canvas, { width: image.naturalWidth, height: image.naturalHeight });
      canvas.getContext('2d', { alpha: false }).drawImage(image, 0, 0);
      return image;
    }, bytes);
  },
};

function knownWay() {
  try {
    return JSON.parse(sessionStorage.getItem(kWayKey));
  } catch {
    return null;
  }
}

// What is deleted is not shown from memory; what was being written and is complete has its final index.
let names = new Map();

function followArchive() {
  const states = new Map(archive.recordings.map(({ name, state }) => [name, state]));
  for (const [name, state] of names) {
    if (states.get(name) !== state && state !== 'recording') worker.postMessage({ kind: 'forget', name });
  }
  names = states;
  const { recording } = playback;
  const fresh = recording && recordingNamed(recording.name);
  if (fresh && fresh !== recording) tell({ recording: fresh });
}

// ---- drawing

const picture = async ({ picture: made, bytes }) => made ?? decodeElement(bytes).catch(() => null);

// The page's own way. `frame` keeps its place among those that wait.
async function decodeHere(frame, mine) {
  const begun = performance.now();
  frame.picture = undefined;
  const image = await picture(frame);
  frame.ms = performance.now() - begun;
  frame.bytes = null;
  frame.picture = image;
  if (!image && mine === queue) discard(frame);
}

function discard(frame) {
  frame.picture?.close?.();
  worker.postMessage({ kind: 'taken', run: frame.run, ms: frame.ms });
}

function tick(now) {
  if (!queue) return;
  requestAnimationFrame(tick);
  const frame = queue.take(now);
  if (frame) {
    draw(frame, frame.picture);
    worker.postMessage({ kind: 'taken', run: frame.run, ms: frame.ms });
    lastDrawn = now;
    settled = true;
    settle(frame.run, true);
  } else if (queue.empty && ended) {
    finish();
  } else if (!playback.waiting && now - lastDrawn > kLongWait + kLongWait * Math.min(1, 1 / Math.abs(playback.rate))) {
    tell({ waiting: true });
  }
}

// The film has come to an end. Whoever came to the end of what is being written, however fast, stays there.
function finish() {
  const { more } = ended;
  const { rate } = playback;
  if (more && rate > 1) {
    play(1);
    return;
  }
  endFilm();
  tell({ rate: 0, waiting: false, live: false });
}

function endFilm() {
  queue?.clear();
  queue = null;
  ended = null;
}

function draw(frame, made) {
  const { run: of, name, n, at, gap, last, growing } = frame;
  paint(made);
  made.close?.();
  shownRun = of;
  if (of === run) {
    settled = true;
    clearTimeout(waitTimer);
  }
  if (gap) tellGap(gap);
  const following = growing && playback.rate === 1;
  if (following) keepUp(last - at);
  const live = following && last - at <= kNearlyNow;
  tell({ at, recording: recordingNamed(name) ?? playback.recording, frame: n, waiting: of === run ? false : playback.waiting, live, problem: null });
}

// Each wait for the next frames, at the end of a file most of all, leaves the film a little further behind.
function keepUp(behind) {
  if (behind > kFarBehind) queue?.setRate(kCatchUp, performance.now());
  else if (behind < kNearEnough) queue?.setRate(1, performance.now());
}

function tellGap(gap) {
  clearTimeout(gapTimer);
  gapTimer = setTimeout(() => tell({ gap: null }), kGapTold);
  playback.gap = gap;
}

function tell(patch) {
  Object.assign(playback, patch);
  for (const listener of [...listeners]) listener(playback);
}
