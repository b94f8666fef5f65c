// Draws the timeline: a ruler, what is recorded, its marks, what is selected, and now. Colours are those of the page's style
// sheets, so that themes and a reader's own colours reach it.
import { t } from '../language.js';
import { archive } from './archive.js';
import { secondWords, shortDayWords } from './moment.js';
import { selection } from './selection.js';
import { ticks, within, xOf } from './timeline_scale.js';
import { latest } from './transport.js';

// Lengths are px at the usual text size, and grow with the reader's.
export const kRulerHeight = 24;
export const kTrackTop = 34;                // marks stand between ruler and track
const kTrackBottom = 8;              // room under the track
const kLeastWidth = 1.5;             // a recording of a second is seen in a day
const kMark = 5;                     // half a mark's width
const kUsualText = 16;               // px
const kFont = '11px system-ui, sans-serif';

const colours = {};

function readColours(element) {
  const style = getComputedStyle(element);
  for (const name of ['line', 'edge', 'text', 'quiet', 'accent', 'record-text', 'warn', 'recorded', 'protected', 'track']) {
    colours[name] = style.getPropertyValue(`--${name}`).trim();
  }
}

// Pixels for one of the lengths above.
export const unit = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / kUsualText;

export function drawTimeline(canvas, size, window) {
  const scale = devicePixelRatio * unit();
  const [width, height] = [size.width / unit(), size.height / unit()];
  const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  readColours(canvas);
  const context = canvas.getContext('2d');
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  const place = (at) => xOf(window, width, at);
  const bottom = height - kTrackBottom;
  context.fillStyle = colours.track;
  context.fillRect(0, kTrackTop, width, bottom - kTrackTop);
  const shown = within(archive.recordings, window);
  drawRecordings(context, shown, place, bottom, width);
  drawSelection(context, place, width, bottom);
  const now = nowLabel(context, place(latest()), width);
  drawRuler(context, window, width, height, now);
  drawMarks(context, shown, place);
  drawNow(context, now, height);
}

export function placeHead(head, { width }, window, at) {
  const x = xOf(window, width, at);
  head.hidden = !(x >= 0 && x <= width);
  if (!head.hidden) head.style.transform = `translateX(${x.toFixed(1)}px)`;
}

// A file ends where the next begins: lines between them are drawn where there is room.
function drawRecordings(context, recordings, place, bottom, width) {
  for (const { start, end, state, protected: kept } of recordings) {
    const left = Math.max(-2, place(start));
    const right = Math.min(width + 2, place(end));
    const wide = Math.max(kLeastWidth, right - left);
    context.fillStyle = colours[state === 'damaged' ? 'edge' : kept ? 'protected' : 'recorded'];
    context.fillRect(left, kTrackTop, wide, bottom - kTrackTop);
    if (state === 'recording') {
      context.fillStyle = colours['record-text'];
      context.fillRect(left, kTrackTop, wide, 3);
    }
    if (kept) {    // not by colour alone
      context.fillStyle = colours.text;
      context.fillRect(left, bottom - 3, wide, 3);
    }
    if (wide > 6) {
      context.fillStyle = colours.track;
      context.fillRect(right - 0.5, kTrackTop, 1, bottom - kTrackTop);
    }
  }
}

function drawRuler(context, window, width, height, now) {
  const { step, ticks: lines } = ticks(window, width);
  for (const { at, major } of lines) {
    const x = Math.round(xOf(window, width, at)) + 0.5;
    const midnight = new Date(at).getHours() === 0 && at % 60000 === 0 && new Date(at).getMinutes() === 0;
    context.fillStyle = colours[major ? 'edge' : 'line'];
    context.fillRect(x - 0.5, major ? kRulerHeight - 6 : kRulerHeight - 3, 1, major ? 6 : 3);
    if (midnight) context.fillRect(x - 0.5, 0, 1, height);
    if (!major) continue;
    const words = midnight ? shortDayWords(at) : tickWords(at, step);
    const half = context.measureText(words).width / 2;
    context.fillStyle = colours[midnight ? 'text' : 'quiet'];
    const free = !now || x + half + 4 < now.middle - now.half || x - half - 4 > now.middle + now.half;
    if (free && x - half > 2 && x + half < width - 2) context.fillText(words, x, 10);
  }
}

function tickWords(at, step) {
  const words = secondWords(at);
  if (step >= 60000) return words.slice(0, 5);
  if (step >= 1000) return words;
  return `${words.slice(3)}.${String(new Date(at).getMilliseconds()).padStart(3, '0').slice(0, step >= 100 ? 1 : step >= 10 ? 2 : 3)}`;
}

function drawMarks(context, recordings, place) {
  context.fillStyle = colours.warn;
  for (const { marks = [] } of recordings) {
    for (const { at } of marks) {
      const x = place(at);
      context.beginPath();
      context.moveTo(x - kMark, kRulerHeight + 1);
      context.lineTo(x + kMark, kRulerHeight + 1);
      context.lineTo(x, kTrackTop + 1);
      context.fill();
    }
  }
}

function drawSelection(context, place, width, bottom) {
  const { from, to } = selection;
  if (!Number.isFinite(from) && !Number.isFinite(to)) return;
  const left = Number.isFinite(from) ? place(from) : -Infinity;
  const right = Number.isFinite(to) ? place(to) : Infinity;
  context.fillStyle = colours.accent;
  if (Number.isFinite(left) && Number.isFinite(right)) {
    context.globalAlpha = 0.3;
    const start = Math.max(0, left);
    context.fillRect(start, kRulerHeight, Math.max(1, Math.min(width, right) - start), bottom - kRulerHeight);
    context.globalAlpha = 1;
  }
  // Brackets that open towards what is between them.
  for (const [x, inward] of [[left, 1], [right, -1]]) {
    if (!(x > -10 && x < width + 10)) continue;
    context.fillRect(x - 1, kRulerHeight, 2, bottom - kRulerHeight + 4);
    context.fillRect(inward > 0 ? x : x - 7, kRulerHeight, 7, 3);
    context.fillRect(inward > 0 ? x : x - 7, bottom + 1, 7, 3);
  }
}

// Where the word stands, in the ruler; null when now is not in the window.
function nowLabel(context, x, width) {
  context.font = kFont;
  context.textBaseline = 'middle';
  context.textAlign = 'center';
  if (x < 0 || x > width) return null;
  const words = t('player.now');
  const half = context.measureText(words).width / 2;
  return { x, words, half, middle: Math.min(width - half - 4, Math.max(half + 4, x)) };
}

function drawNow(context, now, height) {
  if (!now) return;
  context.fillStyle = colours['record-text'];
  for (let y = kRulerHeight; y < height - 2; y += 5) context.fillRect(now.x - 0.75, y, 1.5, 3);
  context.fillText(now.words, now.middle, 10);
}
