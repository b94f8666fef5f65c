// The live picture: the frames of the server's /stream, read and drawn here, so that the page knows what has come and when. An
// <img> would show the last frame for ever when its connection stalls or ends, and tell nobody. It is the only such connection
// of the page; the minimap draws from the same canvas. As multipart WebKit would give it to images alone.
import { t } from './language.js';
import { Multipart } from './multipart.js';
import { announce, inBrackets } from './notices.js';
import { askForStatus, fetchPath, onMessage, request } from './server.js';
import { change, isServerAway, onChange, onReturn, state } from './state.js';

const kFirstRetry = 300;         // ms; doubled up to
const kLongestRetry = 2000;      // ms
const kPauseHidden = 15000;      // ms that a hidden page keeps its stream
const kLook = 250;               // ms between looks whether the picture still comes
const kQuiet = 1000;             // ms without a byte after which the server is asked whether it has newer frames
const kStalled = 2000;           // ms without a byte after which a picture that should move is opened again
const kFirstPicture = 5000;      // ms, the same before a connection's first picture: nobody calls it live, and weak links need long
const kLongestFirst = 20000;     // ms; kFirstPicture doubles up to it while no picture comes at all
const kMostBroken = 3;           // pictures in a row that can not be decoded; cameras send one now and then
const kTransit = 300;            // ms that a frame may be under way when the server tells of it
const kRateWindow = 4000;        // ms over which the rate of what comes is measured
const kPauseIntervals = 3;       // intervals after which the wait for the next frame says more than those before
const kProgressAfter = 1000;     // ms after which a first picture that takes its time is told in per cent
const kProgressStep = 5;         // per cent

export const picture = () => document.getElementById('picture');
// The same, or what lies over it while the browser plays a recording by itself.
export const shownPicture = () => document.querySelector('.picture.paced') ?? picture();

let connection = null;   // the open one, or null
let lent = false;        // a recording is shown on the canvas
let failures = 0;        // connections since the last picture
let retryTimer = 0;

export function startPicture() {
  open();
  listenToServer();
  onReturn(openWhenBack, isServerAway);
  setInterval(look, kLook);
  pauseWhileHidden();
}

// Says why there is no live picture, over the place where it would be.
export const explainPicture = () => onChange(explain);

// Gives the canvas to whoever plays a recording: the stream is closed, and stays so. What was drawn last stays until something
// else is painted.
export function lendPicture() {
  lent = true;
  close();
  change({ stream: 'recorded' });
}

export function takePictureBack() {
  lent = false;
  failures = 0;
  open();
}

async function open() {
  close();
  if (lent) return;
  const now = performance.now();
  const mine = { abort: new AbortController(), opened: now, heard: now, asked: 0, arrivals: [], drawing: false, next: null, broken: 0, brokenSince: now };
  mine.parts = new Multipart((jpeg) => {
    noteArrival(mine.arrivals, performance.now());
    show(mine, jpeg);
  });
  connection = mine;
  change({ stream: 'connecting', progress: 0 });
  try {
    const answer = await fetchPath('/stream?raw=1', { signal: mine.abort.signal, cache: 'no-store' });
    if (!answer.ok) throw new Error(`${answer.status}`);
    const reader = answer.body.getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      mine.heard = performance.now();
      mine.parts.push(piece.value);
    }
  } catch {
    // Whatever ended it, it is opened again.
  }
  if (connection === mine) openAgain();
}

function close() {
  clearTimeout(retryTimer);
  connection?.abort.abort();
  connection = null;
}

// At once after a picture; then with growing pauses.
function openAgain() {
  close();
  change({ stream: 'connecting', progress: 0 });
  failures += 1;
  // Without the server there is no stream either; its return opens it again.
  if (isServerAway(state)) return;
  const pause = failures > 1 ? Math.min(kFirstRetry * 2 ** (failures - 2), kLongestRetry) : 0;
  retryTimer = setTimeout(open, pause);
}

const displayIsReady = () => new Promise((resolve) => { requestAnimationFrame(resolve); });

// Draws the newest frame that is there, no more of them than this display shows; those that come meanwhile replace each other.
async function show(mine, jpeg) {
  mine.next = jpeg;
  if (mine.drawing) return;
  mine.drawing = true;
  while (mine.next) {
    const newest = mine.next;
    mine.next = null;
    try {
      const bitmap = await createImageBitmap(new Blob([newest], { type: 'image/jpeg' }));
      mine.broken = 0;
      await displayIsReady();
      draw(mine, bitmap);
    } catch {
      // The next one is on its way.
      if (!mine.broken) mine.brokenSince = performance.now();
      mine.broken += 1;
    }
  }
  mine.drawing = false;
}

function draw(mine, bitmap) {
  if (connection === mine) {
    paint(bitmap);
    failures = 0;
    if (state.stream !== 'live') change({ stream: 'live' });
  }
  bitmap.close();
}

// Draws an ImageBitmap, a VideoFrame or an element that is loaded onto the stage's canvas, as large as it is.
export function paint(image) {
  const width = image.displayWidth ?? image.naturalWidth ?? image.width;
  const height = image.displayHeight ?? image.naturalHeight ?? image.height;
  const canvas = picture();
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  canvas.getContext('2d', { alpha: false }).drawImage(image, 0, 0);
  const { size } = state;
  if (size?.width !== width || size.height !== height) change({ size: { width, height } });
}

// ---- whether it still comes

let newest = -Infinity;      // when (ms, here) the newest frame that the server told of had reached it
let answered = -Infinity;    // when (ms, here) it told all that is
let asking = false;          // beside the WebSocket, one request at a time

function listenToServer() {
  onMessage('snapshot', (all) => {
    answered = performance.now();
    take(all);
  });
  onMessage('update', take);
}

function take({ camera }) {
  if (Number.isFinite(camera?.last_frame_age)) newest = performance.now() - camera.last_frame_age * 1000;
}

// By its WebSocket, or beside it where that does not come through.
async function askServer() {
  askForStatus();
  if (asking || state.link !== 'lost') return;
  asking = true;
  const all = await request('GET', '/status').catch(() => null);
  asking = false;
  if (!all) return;
  answered = performance.now();
  take(all);
}

// Silence alone proves nothing: the camera may be slow, or stand still. The server knows, and is asked: when it has a frame
// that is newer than anything that has come here, or does not answer, it is the connection that stands still.
function look() {
  if (!connection || isServerAway(state)) return;
  const now = performance.now();
  const silence = now - connection.heard;
  if (connection.broken >= kMostBroken && now - connection.brokenSince > kStalled) {
    openAgain();
    return;
  }
  if (state.stream !== 'live' && !connection.broken && now - connection.opened > kProgressAfter) tellProgress();
  if (silence < kQuiet || (state.link !== 'lost' && state.server?.camera?.online === false)) return;
  const missing = newest > connection.heard + kTransit;
  const unanswered = connection.asked > answered && now - connection.asked > kQuiet;
  if (silence > patience() && (missing || unanswered)) {
    openAgain();
  } else if (now - connection.asked > kQuiet) {
    connection.asked = now;
    askServer();
  }
}

// How long (ms) a silence may be.
function patience() {
  return state.stream === 'live' ? kStalled : Math.min(kFirstPicture * 2 ** Math.max(0, failures - 1), kLongestFirst);
}

function tellProgress() {
  const progress = Math.floor(connection.parts.progress * 100 / kProgressStep) * kProgressStep;
  if (progress !== state.progress) change({ progress });
}

// ---- how fast it comes

function noteArrival(times, now) {
  times.push(now);
  while (times.length > 2 && times[0] < now - kRateWindow) times.shift();
}

// Frames a second at `now`, from the times (ms) at which the newest came, oldest first; 0 before the first.
export function rateOf(times, now) {
  if (!times.length) return 0;
  const last = times.at(-1);
  const interval = times.length > 1 ? (last - times[0]) / (times.length - 1) : 0;
  const waiting = now - last;
  return 1000 / Math.max(waiting > kPauseIntervals * interval ? waiting : interval, 1);
}

// Whole frames a second that reach this page; 0 while there is no live picture.
export const rateHere = () => (state.stream === 'live' && connection ? rateOf(connection.arrivals, performance.now()) : 0);

// ---- when it is opened and closed besides

function openWhenBack() {
  if (lent || state.stream === 'paused') return;
  if (state.stream === 'live' && connection && performance.now() - connection.heard < kQuiet) return;
  failures = 0;
  open();
}

// A page in the background all day need not pull 3 MB/s.
function pauseWhileHidden() {
  let pause = 0;
  const follow = () => {
    clearTimeout(pause);
    if (document.hidden) {
      pause = setTimeout(() => {
        if (lent) return;
        close();
        change({ stream: 'paused' });
      }, kPauseHidden);
    } else if (state.stream === 'paused') {
      open();
    }
  };
  document.addEventListener('visibilitychange', follow);
  follow();    // a page may be opened in the background
  addEventListener('pagehide', close);
  addEventListener('pageshow', (event) => event.persisted && open());
}

// ---- what is said of it

const kProblems = {      // what the server says of a camera that does not deliver: by code, or, of one not known here, by problem
  starting: ['none.connecting', 'none.connecting.detail'],
  not_connected: ['none.camera', 'none.camera.detail'],
  preview: ['none.preview', 'none.preview.detail'],
  silent: ['none.stalled', 'none.stalled.detail'],
  port_taken: ['none.port', 'none.port.detail'],
  no_device: ['none.camera', 'none.camera.detail'],
  not_allowed: ['none.allowed', 'none.allowed.detail'],
  of_root: ['none.allowed', 'none.allowed.root'],    // nobody is to be in that group for a camera
  busy: ['none.busy', 'none.busy.detail'],
  no_pictures: ['none.pictures', 'none.pictures.detail'],
  no_mjpeg: ['none.mjpeg', 'none.mjpeg.detail'],
  not_offered: ['none.size', 'none.size.detail'],
  no_bandwidth: ['none.bandwidth', 'none.bandwidth.detail'],
  io_error: ['none.errors', 'none.errors.detail'],
  no_stream: ['none.url', 'none.url.detail'],
};

// Why there is no live picture: [key of a title, key of a detail, values], or null when there is one. The server judges whether
// the camera delivers: it knows how slow the camera is meant to be.
export function whyNoPicture({ link, refused, server, stream, progress }) {
  const { camera = {} } = (link === 'lost' ? null : server) ?? {};      // what it told may be long past
  const device = camera.device?.startsWith('/') ? camera.device : t('camera.unnamed');
  if (stream === 'recorded') return null;
  if (isServerAway({ link, refused })) return ['none.server', 'none.server.detail'];
  if (camera.online === false) {
    const { group, offers, detail, holder = t('camera.holder.unknown') } = camera;
    const told = kProblems[camera.code === 'not_allowed' && group === 'root' ? 'of_root' : camera.code] ?? kProblems[camera.problem] ?? kProblems.silent;
    return [...told, { device, holder, group, offers, detail: inBrackets(detail), port: String(server.stream_port) }];    // a name, not an amount
  }
  if (stream === 'paused') return ['none.paused', 'none.paused.detail'];
  if (stream === 'live') return null;
  if (progress) return ['none.slow', 'none.slow.detail', { progress }];
  if (failures > 1) return ['none.stream', 'none.stream.detail'];
  return ['none.connecting', 'none.connecting.detail'];
}

let told = '';           // the reason that was said aloud last

function explain() {
  const reason = whyNoPicture(state);
  if (reason?.[0] !== told && reason?.[0] !== 'none.connecting') {
    if (reason) announce(reason[0]);
    else if (told && state.stream === 'live') announce('picture.back');
    told = reason?.[0] ?? '';
  }
  const box = document.getElementById('no-picture');
  box.hidden = !reason;
  picture().classList.toggle('stale', Boolean(reason));
  if (!reason) return;
  const [title, detail, values] = reason;
  box.querySelector('.no-picture-title').textContent = t(title, values);
  const words = t(detail, values).trim();
  const isFirst = words.startsWith(t('camera.unnamed'));       // a device's path begins a sentence as it is
  box.querySelector('.no-picture-detail').textContent = isFirst ? words[0].toUpperCase() + words.slice(1) : words;
}
