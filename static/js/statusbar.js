// The row of facts: camera, recorder, disk, server; and the memory of the last five minutes that the history panel draws.
import { bytes, number, span, t } from './language.js';
import { kDiskShort } from './notices.js';
import { whyNoPicture } from './picture.js';
import { recorderState } from './recording.js';
import { onChange, state } from './state.js';

export const kHistorySeconds = 300;
export const history = [];    // newest last: {at, fps, rate}; ms, bytes a second; null where nothing is known

export function showStatus() {
  onChange(render);
  setInterval(remember, 1000);
}

function render() {
  const { link, server } = state;
  const known = link !== 'lost' && server;
  fact('camera', ...(known ? cameraFact(server) : ['unknown', '–']));
  fact('recorder', ...(known ? recorderFact() : ['unknown', '–']));
  fact('disk', ...(known ? diskFact(server.disk ?? {}) : ['unknown', '–']));
  fact('server', { open: 'ok', connecting: 'unknown', lost: 'bad' }[link], t(`link.${link}`));
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

function diskFact({ free, total, full, seconds_left: left }) {
  if (!total) return ['unknown', '–'];
  const level = full ? 'bad' : left < kDiskShort ? 'warn' : 'ok';
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
  // By the clock: a timer of a page in the background, or of a laptop that sleeps, does not come every second.
  while (at - history[0].at > kHistorySeconds * 1000) history.shift();
}
