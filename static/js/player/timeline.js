// The timeline: which stretch of time it shows, and the hands that change that or choose a moment. What is drawn on it is in
// timeline_drawing.js, the arithmetic in timeline_scale.js. A hand that moves along the track scrubs; along the ruler, or with
// two fingers, it moves the window.
import { t } from '../language.js';
import { onChange } from '../state.js';
import { archive, isLoaded, loadRange, onArchive, recordingAt } from './archive.js';
import { longDayWords, secondWords, timeWords } from './moment.js';
import { onPlayback, playback } from './playback.js';
import { onSelection } from './selection.js';
import { drawTimeline, kRulerHeight, kTrackTop, placeHead, unit } from './timeline_drawing.js';
import { around, bounded, following, kLongest, shifted, showing, spanOf, timeAt, within, xOf, zoomedAt } from './timeline_scale.js';
import { goTo, latest, scrubTo } from './transport.js';

const kStep = 2;               // of one press of a zoom button
const kWheel = 0.002;          // of zoom for a pixel of the wheel
const kPinchWheel = 0.01;      // the same of a touchpad's pinch
const kEdge = 24;              // px at either end where a hand that scrubs takes the window along
const kEdgeSpeed = 0.6;        // windows a second, there
const kEdgeEvery = 50;         // ms
const kFine = 2 * 60 * 1000;   // ms: a window in which a place is told to the millisecond
const kFlag = 10;              // px from a mark at which it is meant
const kFlagSlop = 3;           // px above and below its flag
const kDoubleTap = 300;        // ms
const kTapSlop = 24;           // px
const kDoubleTapZoom = 4;
const kLoadPause = 150;        // ms that the window rests before its recordings are asked for
const kLeastAtFirst = 2 * 60 * 1000;    // ms

let area = null;               // the element
let canvas = null;
let head = null;               // the line at the moment that is shown
let hover = null;              // the time under a mouse
let size = { width: 1, height: 1 };
let view = { from: 0, to: kLongest };
let scrubbed = NaN;            // where the hand that scrubs is, NaN when none does
let queued = 0;
let loading = 0;
let ends = [];

export const shownWindow = () => view;

// The element of the timeline. It lives until endTimeline().
export function makeTimeline() {
  area = document.createElement('div');
  area.className = 'timeline';
  canvas = document.createElement('canvas');
  canvas.setAttribute('aria-hidden', 'true');
  head = document.createElement('div');
  head.className = 'playhead';
  hover = document.createElement('div');
  hover.className = 'timeline-hover';
  hover.hidden = true;
  area.append(canvas, head, hover);
  for (const [name, value] of Object.entries({ role: 'slider', tabindex: '0', 'aria-orientation': 'horizontal' })) area.setAttribute(name, value);
  const observer = new ResizeObserver(([entry]) => {
    size = { width: entry.contentRect.width, height: entry.contentRect.height };
    draw();
  });
  observer.observe(area);
  const tick = setInterval(draw, 1000);    // "now" goes on
  takePointers();
  area.addEventListener('keydown', pressKey);
  ends = [() => observer.disconnect(), () => clearInterval(tick), onArchive(draw), onPlayback(follow), onSelection(draw), onChange(draw)];
  return area;
}

export function endTimeline() {
  for (const end of ends) end();
  ends = [];
  clearInterval(edge);
  cancelAnimationFrame(queued);
  clearTimeout(loading);
  queued = 0;
  scrubbed = NaN;
}

export function showWindow(next) {
  view = bounded(next, latest());
  draw();
  clearTimeout(loading);
  loading = setTimeout(() => loadRange(view.from, view.to).catch(() => {}), kLoadPause);   // what does not come is asked for again
}

export const showAround = (from, to) => showWindow(around(from, to, kLeastAtFirst, latest()));
export const showMoment = (at) => showWindow(showing(view, at, latest()));
// `factor` below 1 shows less of time, around the moment that is shown where it can be seen.
export function zoomTimeline(factor) {
  const at = playback.at >= view.from && playback.at <= view.to ? playback.at : (view.from + view.to) / 2;
  showWindow(zoomedAt(view, factor, at, latest()));
}
export const zoomTimelineIn = () => zoomTimeline(1 / kStep);
export const zoomTimelineOut = () => zoomTimeline(kStep);

// ---- what is drawn

const position = () => (Number.isNaN(scrubbed) ? playback.at : scrubbed);

function draw() {
  if (queued) return;
  queued = requestAnimationFrame(() => {
    queued = 0;
    drawTimeline(canvas, size, view);
    show();
  });
}

// Playing moves the line; the rest is drawn again only where the window goes along.
function follow() {
  if (!Number.isNaN(scrubbed)) return;
  if (playback.rate && Number.isFinite(playback.at)) {
    const next = following(view, playback.at, playback.rate, latest());
    if (next !== view) showWindow(next);
  }
  show();
}

function show() {
  const at = position();
  placeHead(head, size, view, at);
  if (playback.rate && Number.isNaN(scrubbed) && area === document.activeElement) return;    // a reader would say each frame's time
  area.setAttribute('aria-valuemin', Math.round(view.from / 1000));
  area.setAttribute('aria-valuemax', Math.round(view.to / 1000));
  area.setAttribute('aria-valuenow', Math.round((Number.isFinite(at) ? at : view.from) / 1000));
  const words = Number.isFinite(at) ? `${longDayWords(at)}, ${timeWords(at)}` : t('player.nowhere');
  const gap = Number.isFinite(at) && !recordingAt(at) && isLoaded(at, at + 1);
  area.setAttribute('aria-valuetext', gap ? `${words}, ${t('player.timeline.gap')}` : words);
  area.setAttribute('aria-label', t('player.timeline'));
}

// ---- hands

const xIn = ({ clientX }) => clientX - area.getBoundingClientRect().left;
const yIn = ({ clientY }) => (clientY - area.getBoundingClientRect().top) / unit();

let edge = 0;                  // the timer that takes the window along

function scrub(x) {
  scrubbed = Math.min(timeAt(view, size.width, Math.min(size.width, Math.max(0, x))), latest());
  scrubTo(scrubbed);
  draw();
}

// A hand at either end takes the window along.
function alongEdge(x) {
  clearInterval(edge);
  const direction = x < kEdge ? -1 : x > size.width - kEdge ? 1 : 0;
  if (!direction) return;
  let last = performance.now();
  edge = setInterval(() => {
    const now = performance.now();
    showWindow(shifted(view, direction * spanOf(view) * kEdgeSpeed * (now - last) / 1000, latest()));
    last = now;
    scrub(x);
  }, kEdgeEvery);
}

function endScrub() {
  clearInterval(edge);
  if (Number.isNaN(scrubbed)) return;
  const at = scrubbed;
  scrubbed = NaN;
  goTo(at);
  draw();
}

function takePointers() {
  const pointers = new Map();    // id -> x
  let hand = null;               // scrub, move, pinch, or mark
  let tap = null;                // the last one: {time, x}
  let travelled = 0;

  area.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || pointers.size > 1) return;
    const x = xIn(event);
    area.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, x);
    if (pointers.size === 2) {
      endScrub();
      hand = 'pinch';
      return;
    }
    travelled = 0;
    const mark = markAt(x, yIn(event));
    hand = mark ? 'mark' : yIn(event) < kRulerHeight ? 'move' : 'scrub';
    if (mark) goTo(mark.at);
    if (hand === 'scrub') scrub(x);
  });
  area.addEventListener('pointermove', (event) => {
    const x = xIn(event);
    tellTime(event, x, yIn(event), hand === 'move');
    const before = pointers.get(event.pointerId);
    if (before === undefined) return;
    travelled += Math.abs(x - before);
    if (hand === 'pinch') pinch(pointers, event.pointerId, x);
    else if (hand === 'move') showWindow(shifted(view, (before - x) / size.width * spanOf(view), latest()));
    else if (hand === 'scrub') {
      scrub(x);
      alongEdge(x);
    }
    pointers.set(event.pointerId, x);
  });
  const release = (event) => {
    const x = pointers.get(event.pointerId);
    if (x === undefined) return;
    pointers.delete(event.pointerId);
    endScrub();
    const wasTap = event.type === 'pointerup' && hand !== 'pinch' && travelled < kTapSlop;
    const again = wasTap && tap && event.timeStamp - tap.time < kDoubleTap && Math.abs(x - tap.x) < kTapSlop;
    tap = wasTap && !again ? { time: event.timeStamp, x } : null;
    if (again) showWindow(zoomedAt(view, 1 / kDoubleTapZoom, timeAt(view, size.width, x), latest()));
    if (!pointers.size) hand = null;
    else if (hand === 'pinch') hand = 'move';
  };
  area.addEventListener('pointerup', release);
  area.addEventListener('pointercancel', release);
  area.addEventListener('pointerleave', () => { hover.hidden = true; });
  area.addEventListener('wheel', turnWheel, { passive: false });
}

function turnWheel(event) {
  event.preventDefault();
  const { deltaX, deltaY, deltaMode, shiftKey, ctrlKey } = event;
  const pixels = deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
  const sideways = shiftKey ? deltaY || deltaX : Math.abs(deltaX) > Math.abs(deltaY) ? deltaX : 0;
  if (sideways) {
    showWindow(shifted(view, sideways * pixels / size.width * spanOf(view), latest()));
    return;
  }
  const factor = Math.exp(deltaY * pixels * (ctrlKey ? kPinchWheel : kWheel));    // a pinch on a touchpad comes as a small wheel with ctrl
  showWindow(zoomedAt(view, factor, timeAt(view, size.width, xIn(event)), latest()));
}

// What a press there would choose. A finger covers it, and sees the picture.
function tellTime({ pointerType }, x, y, moving) {
  hover.hidden = pointerType !== 'mouse' || moving;
  if (hover.hidden) return;
  const at = timeAt(view, size.width, x);
  const mark = markAt(x, y);
  area.classList.toggle('on-mark', Boolean(mark));
  if (mark) hover.textContent = mark.label || timeWords(mark.at);
  else hover.textContent = spanOf(view) < kFine ? timeWords(at) : secondWords(at);
  hover.style.setProperty('--x', `${x.toFixed(1)}px`);
}

// The mark whose flag is at that point, if any.
function markAt(x, y) {
  if (y < kRulerHeight - kFlagSlop || y > kTrackTop + kFlagSlop) return undefined;
  const distance = ({ at }) => Math.abs(xOf(view, size.width, at) - x);
  const marks = within(archive.recordings, view).flatMap((recording) => recording.marks ?? []);
  return marks.filter((mark) => distance(mark) <= kFlag).sort((a, b) => distance(a) - distance(b))[0];
}

// What was under the two fingers stays under them.
function pinch(pointers, moving, x) {
  const before = pointers.get(moving);
  const [other] = [...pointers].filter(([id]) => id !== moving).map(([, place]) => place);
  const factor = Math.abs(before - other) / Math.max(1, Math.abs(x - other));
  const fixed = timeAt(view, size.width, other);
  showWindow(zoomedAt(view, Math.min(4, Math.max(0.25, factor)), fixed, latest()));
}

// A slider's keys: they act while it has the focus, whatever the page's shortcuts are.
function pressKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const span = spanOf(view);
  const at = Number.isFinite(playback.at) ? playback.at : view.to;
  const small = Math.max(1000 / 30, span / 100);
  const to = {
    ArrowLeft: at - small, ArrowRight: at + small, ArrowDown: at - small, ArrowUp: at + small,
    PageUp: at + span / 10, PageDown: at - span / 10, Home: view.from, End: Math.min(view.to, latest()),
  }[event.key];
  if (to !== undefined) {
    goTo(Math.min(to, latest()));
    showMoment(to);
  } else if (event.key === '+' || event.key === '=') zoomTimelineIn();
  else if (event.key === '-') zoomTimelineOut();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

