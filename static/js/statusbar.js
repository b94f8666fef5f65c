// The row of facts: camera, recorder, disk, server; and the memory of the last five minutes that the history panel draws.
import { bytes, number, span, t } from './language.js';
import { kDiskFull, kDiskShort } from './notices.js';
import { whyNoPicture } from './picture.js';
import { recorderState } from './recording.js';
import { onChange, state } from './state.js';

export const kHistorySeconds = 300;
export const history = [];    // newest last: {fps, rate}; rate in bytes a second; null where nothing is known

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

function diskFact({ free, total, seconds_left: left }) {
  if (!total) return ['unknown', '–'];
  const level = free < kDiskFull ? 'bad' : left < kDiskShort ? 'warn' : 'ok';
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
  history.push({ fps: known ? state.server.camera?.fps ?? null : null, rate: known ? dataRate(state.server) : null });
  if (history.length > kHistorySeconds) history.shift();
}

// The server says how long the disk lasts at the measured data rate, and so how high that rate is.
function dataRate({ camera = {}, disk = {} }) {
  if (camera.online === false) return 0;
  return camera.bytes_per_second ?? (disk.seconds_left > 0 ? disk.free / disk.seconds_left : null);
}
