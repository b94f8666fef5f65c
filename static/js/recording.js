// The recording: what it does, what it has lost, and the buttons that start it, stop it and take a single picture.
import { bytes, clock, number, span, t } from './language.js';
import { announce, notify, notifyFailure } from './notices.js';
import { command, CommandError } from './server.js';
import { onChange, state } from './state.js';

const kAccident = 400;     // ms in which a second press belongs to the first
const kSnapshotLimit = 15000;   // ms
const element = (id) => document.getElementById(id);

let busy = false;          // a command is on its way
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
  setInterval(renderElapsed, 250);
}

const isRecording = () => state.server?.recording === 'running';

function pressRecord() {
  if (busy) return;
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
    if (answer.status === 'waiting') notify('recording.waiting', { detail: answer.detail ?? '' });
  });
}

async function stop() {
  asking = 0;
  await run('stop', 'refused.stop', (answer) => answer.file && notify('recording.saved', { file: answer.file }, 'news'));
  if (!document.activeElement || document.activeElement === document.body) element('record').focus();
}

async function run(name, failure, done) {
  busy = true;
  render();
  try {
    done(await command(name));
  } catch (error) {
    notifyFailure(failure, error);
  }
  busy = false;
  render();
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

  const losses = ['gaps', 'restarts', 'dropped_frames'].filter((name) => recorder[name] > 0);
  element('losses').hidden = !losses.length;
  element('losses').replaceChildren(...losses.map((name) => {
    const item = document.createElement('li');
    item.textContent = t(`losses.${name}`, { count: recorder[name] });
    return item;
  }));

  const button = element('record');
  button.dataset.action = asking ? 'keep' : on ? 'stop' : 'start';
  button.setAttribute('aria-disabled', String(busy || state.link !== 'open'));
  element('record-word').textContent = t(busy ? 'record.busy' : `record.${button.dataset.action}`);
  element('confirm').hidden = !asking;
  document.title = now === 'recording' ? t('title.recording') : 'Mini-DVR';
  renderElapsed();
}

// The server's clock need not be ours: what counts is how far its own clock is from the start, then ours goes on from there,
// until the server tells the time again.
let startedAt = '';
let toldAt = '';         // the server's time when it told us last
let startedHere = 0;     // ms on performance.now()

function renderElapsed() {
  const at = state.server?.recording_started_at;
  const on = isRecording() && at !== undefined;
  element('elapsed').hidden = !on;
  if (!on) {
    startedAt = '';
    return;
  }
  if (at !== startedAt || state.server.time !== toldAt) {
    startedAt = at;
    toldAt = state.server.time;
    startedHere = performance.now() - Math.max(0, Date.parse(toldAt) - Date.parse(at));
  }
  const words = clock((performance.now() - startedHere) / 1000);
  if (element('elapsed').textContent !== words) element('elapsed').textContent = words;
}

let told = '';

function tellChanges() {
  const now = recorderState(state);
  if (told && now !== told && now !== 'unknown') announce('announce.recorder', { state: t(`recorder.${now}`) });
  told = now;
}

// The newest frame as the camera made it, at full resolution, whatever the zoom shows of it.
async function takeSnapshot() {
  try {
    const response = await fetch('/snapshot', { signal: AbortSignal.timeout(kSnapshotLimit) }).catch((error) => {
      throw new CommandError(error.name === 'TimeoutError' ? 'silent' : 'lost');
    });
    if (!response.ok) {
      const { detail } = await response.json().catch(() => ({}));
      throw new CommandError('refused', detail ?? `${response.status} ${response.statusText}`);
    }
    const link = document.createElement('a');
    link.href = URL.createObjectURL(await response.blob());
    link.download = snapshotName(new Date());
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);   // the download has begun by then
    notify('snapshot.saved', { file: link.download }, 'news');
  } catch (error) {
    notifyFailure('refused.snapshot', error);
  }
}

export function snapshotName(time) {
  const two = (value) => String(value).padStart(2, '0');
  const day = `${time.getFullYear()}${two(time.getMonth() + 1)}${two(time.getDate())}`;
  const second = `${two(time.getHours())}${two(time.getMinutes())}${two(time.getSeconds())}`;
  return `${day}_${second}_${String(time.getMilliseconds()).padStart(3, '0')}.jpg`;
}
