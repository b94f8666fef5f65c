// The recording: what it does, what it has lost, and the buttons that start it, stop it and take a single picture.
import { bytes, clock, number, span, t } from './language.js';
import { announce, inWords, notify, notifyFailure } from './notices.js';
import { addressOf, command, CommandError, fetchPath, refused } from './server.js';
import { onChange, state } from './state.js';

const kAccident = 400;     // ms in which a second press belongs to the first
const kPatience = 15000;   // ms without an answer, and without a word that it is under way, after which one may press again
const kTick = 250;         // ms
const kDrift = 300;        // ms that the time may differ from what was told before the shown one is set
const kSnapshotLimit = 15000;   // ms
const element = (id) => document.getElementById(id);

let sent = null;           // the command that waits for its answer: {heard}, when (ms) it was last known to be under way
let asking = 0;            // since when (ms) the stop is waiting to be confirmed, 0 when it is not

export function setUpRecording() {
  element('record').addEventListener('click', pressRecord);
  element('confirm-stop').addEventListener('click', () => performance.now() - asking > kAccident && stop());
  element('snapshot').addEventListener('click', takeSnapshot);
  document.addEventListener('keydown', (event) => event.key === 'Escape' && asking && keepRecording());
  // A key that is held down repeats, and the focus goes from one button to the next: one press is one press.
  document.addEventListener('keydown', (event) => event.repeat && event.target.closest('.shutter') && event.preventDefault(), true);
  // Touching anything else means: go on recording.
  document.addEventListener('pointerdown', (event) => asking && !event.target.closest('.shutter') && endAsking());
  onChange(render);
  onChange(tellChanges);
  setInterval(() => {
    renderElapsed();
    waitOn();
  }, kTick);
}

const isRecording = () => state.server?.recording === 'running';

// A server without passwords says nothing of roles.
const mayControl = () => (state.server?.access?.role ?? 'control') === 'control';

function pressRecord() {
  if (sent) return;
  if (!mayControl()) {
    notify('record.view_only');
    return;
  }
  if (!isRecording()) start();
  else if (!asking) ask();
  else if (performance.now() - asking > kAccident) keepRecording();
}

// Stopping is asked for twice, in two places, so that one careless touch, even a double one, does not end a recording.
function ask() {
  asking = performance.now();
  render();
  element('confirm-stop').focus();
}

function endAsking() {
  asking = 0;
  render();
}

function keepRecording() {
  endAsking();
  element('record').focus();
}

async function start() {
  await run('start', 'refused.start', (answer) => {
    if (answer.status === 'waiting') notify('recording.waiting', { detail: inWords(answer) });
  });
}

async function stop() {
  asking = 0;
  await run('stop', 'refused.stop', (answer) => (
    answer.status === 'idle' && answer.file && notify('recording.saved', { file: answer.file }, 'news',
      { words: 'recording.watch', press: () => watch(answer.file) },
      { words: 'recording.download', href: addressOf(`/recordings/${encodeURIComponent(answer.file)}?download=1`), download: answer.file })));
  // The question is hidden; a browser takes the focus from what it hid only when it draws next.
  const focused = document.activeElement;
  if (!focused || focused === document.body || element('confirm').contains(focused)) element('record').focus();
}

async function watch(file) {
  try {
    const { openRecording } = await import('./player/view.js');
    await openRecording(file);
  } catch (error) {
    notifyFailure('refused.panel', error);
  }
}

// What another client's later command has made pointless is answered with what is: that is shown like any news, and no failure.
async function run(name, failure, done) {
  const mine = { heard: performance.now() };
  sent = mine;
  render();
  try {
    done(await command(name));
  } catch (error) {
    notifyFailure(failure, error);
  }
  if (sent === mine) sent = null;
  render();
}

// A start or stop is under way for as long as the server says so, however long a disk takes.
function waitOn() {
  if (!sent) return;
  const now = performance.now();
  if (['starting', 'stopping'].includes(recorderState(state))) sent.heard = now;
  else if (now - sent.heard > kPatience) sent = null;
  if (!sent) render();
}

// What the recorder does, as one of the words that the table of strings has.
export function recorderState({ link, server }) {
  if (link === 'lost' || !server) return 'unknown';
  return server.recorder?.state ?? (server.recording === 'running' ? 'recording' : 'idle');
}

function render() {
  const { server, lastFile } = state;
  const recorder = server?.recorder ?? {};
  const now = recorderState(state);
  const on = isRecording();
  if (!on) asking = 0;
  element('recording').dataset.state = now;
  element('recording-badge').textContent = t(`recorder.${now}`);

  const file = server?.current_file;
  element('file').textContent = file ?? (lastFile ? t('recording.last', { file: lastFile }) : now === 'idle' ? t('recording.none') : '');
  const left = server?.disk?.seconds_left;
  element('amounts').textContent = [
    on && t('recording.frames', { count: recorder.frames ?? 0 }),
    on && bytes(recorder.bytes ?? 0),
    now !== 'unknown' && left !== undefined && t('recording.left', { left: span(left) }),
  ].filter(Boolean).join(' · ');

  renderLosses(recorder, server?.camera ?? {});

  const button = element('record');
  button.dataset.action = asking ? 'keep' : on ? 'stop' : 'start';
  button.setAttribute('aria-disabled', String(Boolean(sent) || state.link !== 'open' || !mayControl()));
  element('record-word').textContent = t(sent ? 'record.busy' : `record.${button.dataset.action}`);
  element('confirm').hidden = !asking;
  document.title = now === 'recording' ? t('title.recording') : 'Mini-DVR';
  renderElapsed();
}

// What came and was not kept; and, quietly, what the camera or the preview left out, which no recorder can keep.
function renderLosses({ gaps, restarts, dropped_frames }, { missed_frames }) {
  const losses = Object.entries({ gaps, restarts, dropped_frames, missed_frames }).filter(([, count]) => count > 0);
  element('losses').hidden = !losses.length;
  element('losses').replaceChildren(...losses.map(([name, count]) => {
    const item = document.createElement('li');
    item.className = name === 'missed_frames' ? 'quiet' : '';
    item.textContent = t(`losses.${name}`, { count });
    return item;
  }));
}

let startedHere = NaN;   // ms on performance.now()
let timeTold = {};       // the server's time when it told us last, and when (ms, here) that was

function renderElapsed() {
  const started = isRecording() ? startOf(state.server) : NaN;
  element('elapsed').hidden = Number.isNaN(started);
  // What was told has been under way for a moment, now more, now less: a clock that runs need not jump for that.
  if (!(Math.abs(started - startedHere) < kDrift)) startedHere = started;
  if (Number.isNaN(started)) return;
  const words = clock((performance.now() - startedHere) / 1000);
  if (element('elapsed').textContent !== words) element('elapsed').textContent = words;
}

// When (ms, here) the recording began, NaN when that is not told. A server that does not tell its seconds tells two times of its
// own clock, which need not be ours.
function startOf({ recorder = {}, recording_started_at: at, time }) {
  if (recorder.seconds !== undefined) return recorder.secondsTold - recorder.seconds * 1000;
  if (at === undefined) return NaN;
  if (time !== timeTold.time || at !== timeTold.at) timeTold = { time, at, here: performance.now() };
  return timeTold.here - Math.max(0, Date.parse(time) - Date.parse(at));
}

let told = '';

function tellChanges() {
  const now = recorderState(state);
  if (told && now !== told && now !== 'unknown') announce('announce.recorder', { state: t(`recorder.${now}`) });
  told = now;
}

// The frame that is shown as the camera made it, at full resolution, whatever the zoom shows of it: the newest, or a recorded one.
async function takeSnapshot() {
  try {
    const { bytes: jpeg, at } = await (state.player ? state.player.shownFrame() : newestFrame());
    const link = document.createElement('a');
    link.href = URL.createObjectURL(jpeg);
    link.download = snapshotName(new Date(at));
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);   // the download has begun by then
    notify('snapshot.saved', { file: link.download }, 'news');
  } catch (error) {
    notifyFailure('refused.snapshot', error);
  }
}

async function newestFrame() {
  const response = await fetchPath('/snapshot', { signal: AbortSignal.timeout(kSnapshotLimit) }).catch((error) => {
    throw new CommandError(error.name === 'TimeoutError' ? 'silent' : 'lost');
  });
  if (!response.ok) {
    throw refused(response, await response.json().catch(() => ({})));
  }
  // Of its capture, by the recorder's clock, as the recordings are called.
  const at = Number(response.headers.get('X-Timestamp')) * 1000;
  return { bytes: await response.blob(), at: at || Date.now() };
}

export function snapshotName(time) {
  const two = (value) => String(value).padStart(2, '0');
  const day = `${time.getFullYear()}${two(time.getMonth() + 1)}${two(time.getDate())}`;
  const second = `${two(time.getHours())}${two(time.getMinutes())}${two(time.getSeconds())}`;
  return `${day}_${second}_${String(time.getMilliseconds()).padStart(3, '0')}.jpg`;
}
