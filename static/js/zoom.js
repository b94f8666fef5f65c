// Digital zoom: which part of the picture the stage shows, and everything that moves it. Only a transform changes, so the
// browser composites and never lays out. The view changes with every frame while a hand moves, so it is kept here and not in the
// state of the page, whose every change has everything looked at again.
import { language, number, t } from './language.js';
import { picture } from './picture.js';
import { onChange, state } from './state.js';

export const kMostZoom = 4;
const kStep = 1.25;           // of one press of + or -
const kNearlyOne = 1.02;
const kPanStep = 0.1;         // of the visible part, of one press of an arrow
const kRepeatDelay = 300;     // ms until a held direction button repeats
const kRepeatEvery = 50;      // ms
const kDoubleTap = 300;       // ms
const kTapSlop = 24;          // px that two taps may lie apart

// ---- geometry, pure. A view is {zoom, x, y}: x and y are the picture's point in the middle of the stage, 0 .. 1.

// Pixels of the stage for one pixel of the picture.
export function pixelScale(view, stage, image, enlarge = true) {
  const fit = Math.min(stage.width / image.width, stage.height / image.height);
  return (enlarge ? fit : Math.min(fit, 1)) * view.zoom;
}

// The part of the picture that can be seen, as fractions of it.
export function visiblePart(view, stage, image, enlarge) {
  const scale = pixelScale(view, stage, image, enlarge);
  const width = Math.min(1, stage.width / (image.width * scale));
  const height = Math.min(1, stage.height / (image.height * scale));
  return { left: view.x - width / 2, top: view.y - height / 2, width, height };
}

// The nearest view that does not leave the picture.
export function clamped(view, stage, image, enlarge) {
  const zoom = Math.min(kMostZoom, Math.max(1, view.zoom));
  const { width, height } = visiblePart({ ...view, zoom }, stage, image, enlarge);
  const within = (value, size) => Math.min(1 - size / 2, Math.max(size / 2, value));
  return { zoom, x: within(view.x, width), y: within(view.y, height) };
}

// Zooms so that the picture's point under `point` (px from the middle of the stage) stays where it is.
export function zoomedAt(view, zoom, point, stage, image, enlarge) {
  const target = Math.min(kMostZoom, Math.max(1, zoom));
  const before = pixelScale(view, stage, image, enlarge);
  const after = pixelScale({ ...view, zoom: target }, stage, image, enlarge);
  const shift = 1 / before - 1 / after;
  const moved = { zoom: target, x: view.x + point.x * shift / image.width, y: view.y + point.y * shift / image.height };
  return clamped(moved, stage, image, enlarge);
}

// ---- the view of this page

const kMiddle = { x: 0, y: 0 };
let view = { zoom: 1, x: 0.5, y: 0.5 };
let stage = { width: 1, height: 1 };
let image = { width: 16, height: 9 };   // until the first frame tells
let measured = false;
let drawQueued = false;
const followers = new Set();

const element = (id) => document.getElementById(id);
const enlarge = () => state.preferences.enlarge;

// Calls `follower` after every move, at most once a frame. For the minimap.
export const onMove = (follower) => followers.add(follower);
export const zoomed = () => view.zoom > 1;
export const seen = () => visiblePart(view, stage, image, enlarge());
export const imageSize = () => image;

// What reads as 1.0 is 1.
const snapped = (zoom) => (zoom < kNearlyOne ? 1 : zoom);
export const zoomTo = (zoom, point = kMiddle) => show(zoomedAt(view, snapped(zoom), point, stage, image, enlarge()));
export const centreAt = (x, y) => show(clamped({ ...view, x, y }, stage, image, enlarge()));

function panByPixels(dx, dy) {
  const scale = pixelScale(view, stage, image, enlarge());
  centreAt(view.x - dx / (image.width * scale), view.y - dy / (image.height * scale));
}

function panBySteps(dx, dy) {
  const { width, height } = seen();
  centreAt(view.x + dx * kPanStep * width, view.y + dy * kPanStep * height);
}

function show(next) {
  view = next;
  if (drawQueued) return;
  drawQueued = true;
  requestAnimationFrame(draw);
}

function draw() {
  drawQueued = false;
  renderTools();
  if (measured) place();   // a picture whose size is not known cannot be placed; until then it stays hidden
  for (const follower of followers) follower();
}

function place() {
  const scale = pixelScale(view, stage, image, enlarge());
  // On whole pixels of the display: between them a picture at its own size would be blurred.
  const onPixel = (value) => Math.round(value * devicePixelRatio) / devicePixelRatio;
  const left = onPixel(stage.width / 2 - view.x * image.width * scale);
  const top = onPixel(stage.height / 2 - view.y * image.height * scale);
  picture().style.transform = `translate(${left}px, ${top}px) scale(${scale})`;
}

function refit() {
  show(clamped(view, stage, image, enlarge()));
}

function follow() {
  if (state.size) {
    image = state.size;
    measured = true;
  }
  refit();
}

// ---- what moves it

export function setUpZoom() {
  new ResizeObserver(([entry]) => {
    stage = { width: entry.contentRect.width, height: entry.contentRect.height };
    refit();
  }).observe(element('stage'));
  onChange(follow);
  takeButtons();
  takePointers(element('stage'));
  takeKeys();
}

let said = '';           // what the words of the tools were made of last

function renderTools() {
  element('zoom-slider').value = view.zoom;
  element('pad').hidden = !zoomed();
  element('stage').classList.toggle('zoomed', zoomed());
  const words = `${number(view.zoom, 1)}×`;
  if (said === words + language()) return;
  said = words + language();
  element('zoom-slider').setAttribute('aria-valuetext', words);
  element('zoom-value').textContent = words;
  element('zoom-reset').setAttribute('aria-label', t('zoom.reset', { zoom: words }));
  element('zoom-reset').title = t('zoom.reset', { zoom: words });
}

function takeButtons() {
  element('zoom-slider').addEventListener('input', (event) => zoomTo(event.target.valueAsNumber));
  element('zoom-in').addEventListener('click', () => zoomTo(view.zoom * kStep));
  element('zoom-out').addEventListener('click', () => zoomTo(view.zoom / kStep));
  element('zoom-reset').addEventListener('click', () => zoomTo(1));
  element('pan-centre').addEventListener('click', () => centreAt(0.5, 0.5));
  for (const button of document.querySelectorAll('[data-pan]')) {
    const [dx, dy] = button.dataset.pan.split(' ').map(Number);
    let timer = 0;
    let held = false;   // the click that ends a press by pointer has been acted on already
    const stop = () => clearTimeout(timer);
    button.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      held = true;
      const repeat = () => {
        panBySteps(dx / 4, dy / 4);
        timer = setTimeout(repeat, kRepeatEvery);
      };
      panBySteps(dx, dy);
      timer = setTimeout(repeat, kRepeatDelay);
    });
    for (const end of ['pointerup', 'pointercancel', 'pointerleave']) button.addEventListener(end, stop);
    // A finger that holds the button gets a menu after half a second, and would pan no further.
    button.addEventListener('contextmenu', (event) => (event.pointerType === 'touch' ? event.preventDefault() : stop()));
    button.addEventListener('keydown', () => { held = false; });
    button.addEventListener('click', () => {
      if (!held) panBySteps(dx, dy);
      held = false;
    });
  }
}

function takePointers(area) {
  const pointers = new Map();   // id -> {x, y} from the middle of the stage
  let tap = null;               // the last one: {time, x, y}
  let moved = 0;
  const place = ({ clientX, clientY }) => {
    const box = area.getBoundingClientRect();
    return { x: clientX - box.left - box.width / 2, y: clientY - box.top - box.height / 2 };
  };
  const onPicture = (event) => event.target === area || event.target === picture() || event.target.closest('.no-picture');

  area.addEventListener('wheel', (event) => {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    const speed = event.ctrlKey ? 0.01 : 0.0015;   // a pinch on a touchpad comes as a small wheel with ctrl
    zoomTo(view.zoom * Math.exp(-event.deltaY * lines * speed), place(event));
  }, { passive: false });

  area.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || !onPicture(event)) return;
    area.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, place(event));
    if (pointers.size === 1) moved = 0;
  });

  area.addEventListener('pointermove', (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = place(event);
    pointers.set(event.pointerId, now);
    moved += Math.hypot(now.x - before.x, now.y - before.y);
    if (pointers.size === 1) {
      panByPixels(now.x - before.x, now.y - before.y);
    } else if (pointers.size === 2) {
      const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
      const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
      panByPixels((now.x - before.x) / 2, (now.y - before.y) / 2);
      const spread = Math.hypot(now.x - other.x, now.y - other.y) / Math.hypot(before.x - other.x, before.y - other.y);
      if (Number.isFinite(spread)) zoomTo(view.zoom * spread, middle);
    }
  });

  const release = (event) => {
    const last = pointers.get(event.pointerId);
    if (!last) return;
    pointers.delete(event.pointerId);
    if (event.type !== 'pointerup' || pointers.size || moved > kTapSlop) {
      tap = null;
      return;
    }
    const again = tap && event.timeStamp - tap.time < kDoubleTap && Math.hypot(last.x - tap.x, last.y - tap.y) < kTapSlop;
    tap = again ? null : { time: event.timeStamp, ...last };
    if (again) zoomTo(view.zoom > 1 ? 1 : 2, last);
  };
  area.addEventListener('pointerup', release);
  area.addEventListener('pointercancel', release);
}

function takeKeys() {
  const actions = {
    '+': () => zoomTo(view.zoom * kStep),
    '=': () => zoomTo(view.zoom * kStep),   // the + key without shift
    '-': () => zoomTo(view.zoom / kStep),
    0: () => zoomTo(1),
    ArrowLeft: () => panBySteps(-1, 0),
    ArrowRight: () => panBySteps(1, 0),
    ArrowUp: () => panBySteps(0, -1),
    ArrowDown: () => panBySteps(0, 1),
  };
  document.addEventListener('keydown', (event) => {
    const action = actions[event.key];
    if (!action || event.ctrlKey || event.altKey || event.metaKey) return;
    // The whole picture cannot be moved: arrows scroll then, as they do in the camera's settings.
    if (event.key.startsWith('Arrow') && (!zoomed() || event.target.closest('.camera'))) return;
    if (event.target.closest('input, select, textarea, [role=tablist], [popover]')) return;
    // Keys without a modifier must be possible to switch off, except where the picture itself has the focus (WCAG 2.1.4).
    if (!state.preferences.shortcuts && event.target !== element('stage')) return;
    event.preventDefault();
    action();
  });
}
