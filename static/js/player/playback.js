// Playing of recordings on the stage's canvas: what is shown, how it moves on, and what is wrong. The frames come from the engine,
// a worker beside this page.
import { lendPicture, paint, takePictureBack } from '../picture.js';
import { isServerAway, onChange, state } from '../state.js';
import { archive, onArchive, placeOf, recordingNamed } from './archive.js';
import { bytesOf, decodesPerSecond, pictureOf, startEngine, tellEngine } from './engine.js';
import { FrameQueue } from './frame_queue.js';
import { kFastestPaced, kMostShown, kSlowestPaced, kUsualRate, PacedFilm } from './paced_film.js';
import { kindOf, ReadError } from './read_error.js';

const kLongWait = 400;         // ms, and two pictures' time, without a picture after which it is said that bytes are awaited
const kFewest = 0.5;           // share of the pictures that a film is to have, with which it is still one
const kGapTold = 1500;         // ms that a gap that was jumped over is told
const kNearlyNow = 2000;       // ms behind the newest frame that can be read, within which it is as near to live as it gets,
const kLeftBehind = 4000;      // until it is so far behind: at the end of a file the next one lets wait for a moment
const kFarBehind = 1400;       // ms behind it from which on a film at real time catches up, a little faster,
const kCatchUp = 1.1;
const kNearEnough = 900;       // ms, until here: new frames come every half a second, and not quite in time
export const kSlowest = 1 / 8;
export const kFastest = 64;

// at: capture time (ms since 1970) of the frame shown; recording, frame: which one it is. rate: 0 when paused, negative backwards.
// paced: the browser plays by itself; `at` is reckoned then, and there is no frame. waiting: its bytes have not come. gap: {from, to} where nothing was recorded, while it is told. live: as near to now as it gets.
// problem: null, or why the picture that is wanted can not be had: the key of a string, player.problem.KIND (see read_error.js).
const kNothing = { active: false, at: NaN, recording: null, frame: -1, rate: 0, paced: false, waiting: false, gap: null, live: false, problem: null };
export const playback = { ...kNothing };

let run = 0;                   // number of the newest wish; what comes of an older one is not shown
let settled = true;            // whether the newest wish is what is shown
let newestSeek = 0;
let toldSeek = 0;              // the newest that the engine knows of
let located = null;            // Promise of the newest seek: whether it is known where to look
let shownRun = 0;
let queue = null;              // of the film that plays, else null
let paced = null;              // the film that the browser plays by itself, else null
let nextTick = 0;
let lastDrawn = 0;             // ms
let rhythm = 0;                // ms from picture to picture
let lastFilm = 0;              // ms of the film, of the newest picture
let ended = null;              // {more} when all of the film has come: whether it is going on in a moment
let gapTimer = 0;
let waitTimer = 0;
let endFollowing = () => {};
let hiddenRate = 0;            // of the film that waits for the page to be seen, 0 while none does
const wishes = new Map();      // run -> what resolves the Promise of a seek or step
const listeners = new Set();

// Calls `listener` after each frame drawn and each change of what playback tells. Returns what ends it.
export function onPlayback(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// Takes the canvas from the live picture and shows the frame at `at` (ms); the newest one when that is no time.
export async function enter(at) {
  if (!playback.active) {
    startEngine(engine);
    lendPicture();
    document.addEventListener('visibilitychange', followPage);
    const ends = [onArchive(followArchive), onChange(followPage), () => document.removeEventListener('visibilitychange', followPage)];
    endFollowing = () => ends.forEach((end) => end());
    tell({ ...kNothing, active: true });
  }
  return seek(at);
}

// Back to the live picture.
export function leave() {
  if (!playback.active) return;
  run += 1;
  newestSeek = run;
  endFilm();
  tellEngine({ kind: 'stop', all: true });
  for (const old of [...wishes.keys()]) settle(old, false);
  clearTimeout(gapTimer);
  clearTimeout(waitTimer);
  endFollowing();
  hiddenRate = 0;
  tell({ ...kNothing });
  takePictureBack();
}

// Shows the frame at `at` (ms); in a gap the one at its nearer end. With `scrub` the frames between may be shown, too, while newer
// wishes come; the newest is always shown in the end. Resolves with whether this very wish was shown.
export function seek(at, { scrub = false } = {}) {
  const mine = begin();
  newestSeek = mine;
  located = carryOut(mine, async () => {
    const found = await placeOf(at);
    if (!found) throw new ReadError('empty');
    // While somebody drags each is shown that can be, unless the engine has a newer one.
    if (mine < toldSeek || (mine < newestSeek && !scrub)) return;
    toldSeek = mine;
    if (mine === run) tell({ gap: found.gap });
    tellEngine({ kind: 'seek', run: mine, scrub, name: found.recording.name, at, end: found.end });
  });
  return shownOf(mine);
}

// By so many frames, over the ends of files. Resolves as seek does.
export function step(frames) {
  if (paced) seek(playback.at);
  const wasSettled = settled;
  const mine = begin();
  // What is shown counts; while a picture is on its way, the one that was wanted last.
  const from = wasSettled && playback.recording ? { name: playback.recording.name, n: playback.frame } : {};
  afterLocated(() => tellEngine({ kind: 'seek', run: mine, by: frames, ...from }));
  return shownOf(mine);
}

// `rate`: 1/8 .. 64, negative backwards; others are brought into that range. 0 pauses.
export function play(rate) {
  if (!rate) {
    pause();
    return;
  }
  const speed = Math.sign(rate) * Math.min(kFastest, Math.max(kSlowest, Math.abs(rate)));
  if (settled && playback.recording && !canDecode(speed)) {
    playPaced(speed);
    return;
  }
  if (paced) seek(playback.at);
  const wasSettled = settled;
  const mine = begin({ rate: speed, keepWish: true });
  const from = wasSettled && playback.recording ? { name: playback.recording.name, n: playback.frame } : {};
  queue = new FrameQueue(speed, (clock) => {
    tellEngine({ kind: 'clock', run: mine, ...clock, wall: performance.timeOrigin + clock.wall });
  }, (frame) => discard(frame));
  lastDrawn = performance.now();
  lastFilm = 0;
  rhythm = 1000 / (playback.recording?.fps || kUsualRate) / Math.abs(speed);
  afterLocated(() => mine === run && tellEngine({ kind: 'play', run: mine, rate: speed, ...from }));
  tickSoon();
}

// Whether decoders make enough of the pictures of a film.
function canDecode(rate) {
  const wanted = Math.min(kMostShown, (playback.recording?.fps || kUsualRate) * rate);
  return rate < kSlowestPaced || rate > kFastestPaced || decodesPerSecond() >= kFewest * wanted;
}

function playPaced(rate) {
  const { at, recording } = playback;
  const mine = begin({ rate, keepWish: true });
  tellEngine({ kind: 'stop' });
  paced = new PacedFilm({ recording, at, rate }, {
    picture: (now, of, gap) => shown({ run: mine, name: of.name, n: -1, at: now, gap, last: of.end }),
    end: ({ more, at: last }) => {
      ended = { more };
      tell({ at: last });
      finish();
    },
    rested: () => play(rate),
    fail: (kind) => fail(mine, kind),
  });
  tell({ paced: true });
  tickSoon();
}

export function pause() {
  if (!playback.rate) return;
  if (paced) {
    seek(playback.at);      // which frame that is
    return;
  }
  endFilm();
  tellEngine({ kind: 'stop' });
  tell({ rate: 0, waiting: false, live: false });
}

// The frame that is shown, as the camera made it: {bytes: Blob, name, frame, at}. Fails with a ReadError.
export async function shownFrame() {
  const { recording, at } = playback;
  if (!recording) throw new ReadError('empty');
  const { bytes, n: frame } = await bytesOf(recording.name, playback.paced ? { at } : { n: playback.frame });
  return { bytes: new Blob([bytes], { type: 'image/jpeg' }), name: recording.name, frame, at };
}

// ---- wishes

// A new wish: what was under way before counts no more.
function begin({ rate = 0, keepWish = false } = {}) {
  if (!playback.active) throw new Error('nothing is played before enter()');
  run += 1;
  hiddenRate = 0;
  if (!keepWish) settled = false;
  endFilm();
  clearTimeout(waitTimer);
  clearTimeout(gapTimer);
  const mine = run;
  waitTimer = setTimeout(() => mine === run && !settled && tell({ waiting: true }), kLongWait);
  tell({ rate, paced: false, live: false, gap: null, problem: null, waiting: false });
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

// Returns whether it could be done.
async function carryOut(mine, work) {
  try {
    await work();
    return true;
  } catch (error) {
    settle(mine, false);
    if (mine === newestSeek) fail(run, kindOf(error));
    return false;
  } finally {
    if (mine === newestSeek) located = null;
  }
}

// What goes on from a seek waits until the engine knows of that.
function afterLocated(tellIt) {
  if (located) located.then((done) => done && playback.active && tellIt());
  else tellIt();
}

function fail(mine, kind = 'lost') {
  settle(mine, false);
  if (mine !== run) return;
  endFilm();
  clearTimeout(waitTimer);
  tell({ rate: 0, paced: false, waiting: false, live: false, problem: `player.problem.${kind}` });
}

// ---- what the engine gives

const engine = {
  async still(frame) {
    const made = await pictureOf(frame);
    if (!made || !playback.active || frame.run < shownRun || playback.rate) {
      made?.close?.();
      if (!made) fail(frame.run, 'undecodable');
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
  end({ run: of, more }) {
    if (of === run) ended = { more };
  },
  problem({ run: of, problem }) {
    fail(Math.min(of, run), problem);
  },
};

// What is deleted is not shown from memory; what was being written and is complete has its final index.
let names = new Map();

function followArchive() {
  const states = new Map(archive.recordings.map(({ name, state }) => [name, state]));
  for (const [name, state] of names) {
    if (states.get(name) !== state && state !== 'recording') tellEngine({ kind: 'forget', name });
  }
  names = states;
  const { recording } = playback;
  const fresh = recording && recordingNamed(recording.name);
  if (fresh && fresh !== recording) tell({ recording: fresh });
}

// A page that is not seen is not drawn. Films of our own decoders rest with it; one that the browser plays by itself would go on, and
// nobody could tell where it is. Whoever looks again may have to wait for the server first.
async function followPage() {
  if (document.hidden && paced) {
    const { rate } = playback;
    pause();
    hiddenRate = rate;
  } else if (!document.hidden && hiddenRate && !isServerAway(state)) {
    const rate = hiddenRate;
    if (await seek(playback.at)) play(rate);
  }
}

// ---- drawing

// The page's own way. `frame` keeps its place among those that wait.
async function decodeHere(frame, mine) {
  const begun = performance.now();
  frame.picture = undefined;
  const image = await pictureOf(frame);
  frame.ms = performance.now() - begun;
  frame.bytes = null;
  frame.picture = image;
  if (!image && mine === queue) discard(frame);
}

function discard(frame) {
  frame.picture?.close?.();
  tellEngine({ kind: 'taken', run: frame.run, ms: frame.ms });
}

function tickSoon() {
  cancelAnimationFrame(nextTick);
  nextTick = requestAnimationFrame(tick);
}

function tick(now) {
  if (!queue && !paced) return;
  tickSoon();
  if (paced) {
    paced.tick(now);
    return;
  }
  const frame = queue.take(now);
  if (frame) {
    draw(frame, frame.picture);
    tellEngine({ kind: 'taken', run: frame.run, ms: frame.ms });
    lastDrawn = now;
    rhythm = (frame.film - lastFilm) / Math.abs(playback.rate);
    lastFilm = frame.film;
    settled = true;
    settle(frame.run, true);
    // What decoders can do is known only when some were tried.
    if (!canDecode(playback.rate)) play(playback.rate);
  } else if (queue.empty && ended) {
    finish();
  } else if (!playback.waiting && now - lastDrawn > kLongWait + 2 * rhythm) {
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
  if (paced) {
    seek(playback.at);
    return;
  }
  endFilm();
  tell({ rate: 0, waiting: false, live: false });
}

function endFilm() {
  queue?.clear();
  queue = null;
  paced?.stop();
  paced = null;
  ended = null;
}

function draw(frame, made) {
  paint(made);
  made.close?.();
  shown(frame);
}

function shown(frame) {
  const { run: of, name, n, at, gap } = frame;
  shownRun = of;
  if (of === run) {
    settled = true;
    clearTimeout(waitTimer);
  }
  if (gap) tellGap(gap);
  const live = follows(frame);
  tell({ at, recording: recordingNamed(name) ?? playback.recording, frame: n, waiting: of === run ? false : playback.waiting, live, problem: null });
}

// Whether that frame is as near to live as it gets. Each wait for the next frames, at the end of a file most of all, leaves a film a
// little further behind: it catches up.
function follows({ at, last }) {
  if (playback.rate !== 1 || !state.server?.current_file) return false;
  const behind = Math.max(last, archive.recordings.at(-1)?.end ?? 0) - at;
  if (behind > kFarBehind && behind < kLeftBehind) queue?.setRate(kCatchUp, performance.now());
  else if (behind < kNearEnough || behind >= kLeftBehind) queue?.setRate(1, performance.now());
  return behind <= (playback.live ? kLeftBehind : kNearlyNow);
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
