// Play, pause, direction, speed and single frames: the buttons, and what the keys do too.
import { number } from '../language.js';
import { notifyFailure } from '../notices.js';
import { onChange } from '../state.js';
import { archive, nextRecording, previousRecording, recordingAfter, recordingAt, recordingBefore, timeNow } from './archive.js';
import { label, part, tool } from './parts.js';
import { onPlayback, pause, play, playback, seek, step } from './playback.js';

export const kSpeeds = [1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8, 16, 32, 64];
const kAtStart = 1000;       // ms from a recording's first frame in which "to its start" means the one before
const kInside = 1;           // ms before the end of a recording, where its last frame is shown

let speed = 1;               // of the next play, and of what plays
const listeners = new Set();
const tell = () => { for (const listener of [...listeners]) listener(); };

// Until there is a picture to begin with, nothing can be played.
const idle = () => !playback.active;

export function playAt(rate) {
  if (idle()) return;
  resumed = 0;
  speed = Math.min(kSpeeds.at(-1), Math.max(kSpeeds[0], Math.abs(rate)));
  play(rate < 0 ? -speed : speed);
  tell();
}

// What plays goes on playing at another place: looking there ends it, and it is begun again when that is shown.
let resumed = 0;             // the rate to go on with; 0 when it was paused

export function scrubTo(at) {
  if (idle()) return;
  resumed = playback.rate || resumed;
  seek(at, { scrub: true });
}

export async function goTo(at) {
  if (idle()) return;
  resumed = playback.rate || resumed;
  const shown = await seek(at);
  if (shown && resumed && !playback.rate) play(resumed);
  if (shown || playback.problem) resumed = 0;
}

export function rest() {
  resumed = 0;
  pause();
}

export function togglePlay() {
  if (idle()) return;
  resumed = 0;
  if (playback.rate) pause();
  else play(speed);
}

export function toggleReverse() {
  if (idle()) return;
  resumed = 0;
  if (playback.rate < 0) pause();
  else play(-speed);
}

// J and L: the first press plays at 1x that way, each further one twice as fast.
export function faster(direction) {
  playAt(Math.sign(playback.rate) === direction ? direction * Math.min(kSpeeds.at(-1), Math.abs(playback.rate) * 2) : direction);
}

export function stepFrames(frames) {
  if (idle()) return;
  rest();
  step(frames);
}

let aimed = NaN;             // where the last jump goes, until its frame is shown: further ones go on from there

export async function jump(ms) {
  const from = Number.isFinite(aimed) ? aimed : playback.at;
  if (!Number.isFinite(from)) return;
  aimed = Math.min(from + ms, latest());
  const mine = aimed;
  await goTo(mine);
  if (aimed === mine) aimed = NaN;
}

const here = () => playback.recording ?? recordingAt(playback.at) ?? recordingBefore(playback.at) ?? recordingAfter(playback.at);

// To the first frame of this recording, from there to that of the one before.
export async function toStart() {
  const now = here();
  if (now) await goToFound(async () => (playback.at - now.start < kAtStart ? await previousRecording(now) ?? now : now).start);
}

async function goToFound(find) {
  try {
    goTo(await find());
  } catch (error) {
    notifyFailure('player.go.refused', error);
  }
}

// Now, or the end of what is recorded, where that is later: the recorder's clock may be ahead of this browser's.
export const latest = () => Math.max(timeNow(), archive.recordings.at(-1)?.end ?? 0);

// A moment at which the last frame of a recording is shown. Its end is told to the millisecond, and may reach into the next one.
export const lastMoment = ({ start, end }) => Math.min(end, recordingAfter(start)?.start ?? Infinity) - kInside;

// To the last frame of this recording, from there to that of the next.
export async function toEnd() {
  const now = here();
  if (now) await goToFound(async () => lastMoment(playback.at >= now.end - kAtStart ? await nextRecording(now) ?? now : now));
}

const speedWords = (value) => (value < 1 ? `1/${number(1 / value)}×` : `${number(value)}×`);

// The row of buttons; it lives until the function that is returned with it is called.
export function makeTransport() {
  const toggle = tool('play', 'player.play', togglePlay);
  toggle.classList.add('play');
  const reverse = tool('reverse', 'player.reverse', toggleReverse);
  const speeds = label(part('select', 'speed'), 'player.speed');
  for (const value of kSpeeds) speeds.append(new Option('', value));
  speeds.addEventListener('change', () => {
    speed = Number(speeds.value);
    if (playback.rate) play(Math.sign(playback.rate) * speed);
  });
  const row = label(part('div', 'transport', tool('frame-back', 'player.frame.back', () => stepFrames(-1)), reverse, toggle,
    tool('frame-on', 'player.frame.on', () => stepFrames(1)), speeds), 'player.transport');
  row.setAttribute('role', 'group');

  let shown = '';
  const show = () => {
    const playing = Math.sign(playback.rate);
    if (playing) speed = nearest(Math.abs(playback.rate));
    if (shown === `${playing} ${speed}`) return;
    shown = `${playing} ${speed}`;
    setIcon(toggle, playing > 0 ? 'pause' : 'play', playing > 0 ? 'player.pause' : 'player.play');
    setIcon(reverse, playing < 0 ? 'pause' : 'reverse', playing < 0 ? 'player.pause' : 'player.reverse');
    speeds.value = String(speed);
  };
  // What is the same is left alone: a browser may draw an open menu anew for it.
  const inWords = () => {
    for (const option of speeds.options) {
      const words = speedWords(Number(option.value));
      if (option.textContent !== words) option.textContent = words;
    }
  };
  listeners.add(show);
  const ends = [onPlayback(show), onChange(inWords), () => listeners.delete(show)];
  show();
  return { row, end: () => ends.forEach((end) => end()) };
}

const nearest = (rate) => kSpeeds.reduce((best, one) => (Math.abs(one - rate) < Math.abs(best - rate) ? one : best));

function setIcon(button, name, key) {
  button.querySelector('use').setAttribute('href', `#icon-${name}`);
  label(button, key);
}

