// The row of facts: camera, recorder, disk, server; and the memory of the last five minutes that the history panel draws.
import { bytes, number, span, t } from './language.js';
import { diskIsShort } from './notices.js';
import { rateHere, whyNoPicture } from './picture.js';
import { recorderState } from './recording.js';
import { onChange, state } from './state.js';

export const kHistorySeconds = 300;
const kFewer = 0.8;           // of the camera's frames: below it the connection counts as slow
const kSteadily = 3000;       // ms that it must be so: a moment's hiccup is no news
export const history = [];    // newest last: {at, fps, rate}; ms, bytes a second; null where nothing is known

export function showStatus() {
  onChange(render);
  setInterval(() => {
    remember();
    fact('server', ...serverFact(state));
  }, 1000);
}

function render() {
  const { link, server } = state;
  const known = link !== 'lost' && server;
  fact('camera', ...(known ? cameraFact(server) : ['unknown', '–']));
  fact('recorder', ...(known ? recorderFact() : ['unknown', '–']));
  fact('disk', ...(known ? diskFact(server) : ['unknown', '–']));
  fact('server', ...serverFact(state));
}

function serverFact({ link, refused }) {
  const slow = slowness();
  if (link === 'open' && slow) return ['warn', slow];
  return [{ open: 'ok', connecting: 'unknown', lost: 'bad' }[link], t(link === 'lost' && refused ? 'link.refused' : `link.${link}`)];
}

let fewerSince = 0;      // when (ms) fewer frames began to come here than the camera makes, 0 while they do not

// The link, or this computer, takes fewer frames than there are, and the server leaves out the rest: at what rate they come, in
// words; empty while all is well.
function slowness() {
  const rate = rateHere();
  const made = state.server?.camera?.fps ?? 0;
  if (!rate || rate >= kFewer * made) fewerSince = 0;
  else fewerSince ||= performance.now();
  if (!fewerSince || performance.now() - fewerSince < kSteadily) return '';
  if (rate < 1) return t('link.slow.every', { seconds: number(1 / rate, 1) });
  return t('link.slow', { here: number(rate, rate < 10 ? 1 : 0), made: number(made) });
}

function cameraFact({ camera = {} }) {
  const reason = whyNoPicture({ ...state, stream: 'live' });
  if (reason) return ['bad', t('fact.camera.none')];
  const size = camera.width ? `${camera.width}×${camera.height}` : '';
  return ['ok', [size, t('fps', { fps: number(camera.fps ?? 0, 1) })].filter(Boolean).join(' · ')];
}

function recorderFact() {
  const now = recorderState(state);
  const levels = { recording: 'live', failed: 'bad', waiting_for_camera: 'warn', idle: 'idle', unknown: 'unknown' };
  return [levels[now] ?? 'warn', t(`recorder.${now}`)];
}

function diskFact(server) {
  const { free, total, full, seconds_left: left, code } = server.disk ?? {};
  if (code) return ['bad', t('fact.disk.gone')];
  if (!total) return ['unknown', '–'];
  const level = full ? 'bad' : diskIsShort(server) ? 'warn' : 'ok';
  const time = left === undefined ? '' : t('fact.disk.left', { left: span(left) });
  return [level, [t('fact.disk.free', { free: bytes(free) }), time].filter(Boolean).join(' · ')];
}

function fact(name, level, words) {
  const item = document.getElementById(`fact-${name}`);
  item.querySelector('.lamp').className = `lamp ${level}`;
  const value = item.querySelector('.fact-value');
  if (value.textContent !== words) value.textContent = words;
}

function remember() {
  const known = state.link === 'open' && state.server;
  const { fps = null, bytes_per_second: rate = null } = known ? state.server.camera ?? {} : {};
  const at = Date.now();
  history.push({ at, fps, rate });
  // By the clock, which may be set back: a timer of a page in the background, or of a laptop that sleeps, does not come every second.
  while (Math.abs(at - history[0].at) > kHistorySeconds * 1000) history.shift();
}
