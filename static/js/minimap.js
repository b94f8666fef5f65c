// The minimap: the whole picture, small, with the part that is shown. Drawn from the picture's own element, so it costs no
// second stream; click or drag moves the part.
import { t } from './language.js';
import { shownPicture } from './picture.js';
import { onChange, state } from './state.js';
import { centreAt, imageSize, onMove, seen, zoomed } from './zoom.js';
import { stylesheet } from './panels/stylesheet.js';

const kRedraw = 200;     // ms: it shows where one is, not what happens
const kMoving = 150;     // ms after a move in which the hand has precedence: each drawing decodes a picture once more
const kLongestWait = 1000;   // ms without a drawing
const kWidth = 176;      // px of the drawing; CSS decides how large it is shown

const box = document.getElementById('minimap');
const canvas = document.createElement('canvas');
const region = document.createElement('div');
let timer = 0;
let moved = 0;           // when (ms) the view moved last
let drawn = 0;           // when (ms) the picture was drawn last

export async function showMinimap() {
  await stylesheet('panels.css');
  region.className = 'region';
  canvas.setAttribute('role', 'img');
  box.append(canvas, region);
  box.addEventListener('pointerdown', (event) => {
    box.setPointerCapture(event.pointerId);
    moveTo(event);
  });
  box.addEventListener('pointermove', (event) => box.hasPointerCapture(event.pointerId) && moveTo(event));
  onMove(() => {
    moved = performance.now();
    follow();
    outline();
  });
  follow();
  onChange(() => canvas.setAttribute('aria-label', t('minimap')));
}

function moveTo({ clientX, clientY }) {
  const { left, top, width, height } = canvas.getBoundingClientRect();
  centreAt((clientX - left) / width, (clientY - top) / height);
}

function follow() {
  box.hidden = !zoomed();
  if (!zoomed()) {
    clearInterval(timer);
    timer = 0;
  } else if (!timer) {
    timer = setInterval(redraw, kRedraw);
    draw();
    outline();
  }
}

function redraw() {
  const now = performance.now();
  if (now - moved > kMoving || now - drawn > kLongestWait) draw();
}

function draw() {
  drawn = performance.now();
  const { width, height } = imageSize();
  const wanted = Math.round(kWidth * height / width);
  if (canvas.width !== kWidth || canvas.height !== wanted) {
    canvas.width = kWidth;
    canvas.height = wanted;
  }
  if (state.stream === 'live' || state.player) canvas.getContext('2d').drawImage(shownPicture(), 0, 0, canvas.width, canvas.height);
}

// Panning only moves a transform; the size changes with the zoom, inside a box that contains its layout.
function outline() {
  if (box.hidden) return;
  const { left, top, width, height } = seen();
  region.style.setProperty('--left', left);
  region.style.setProperty('--top', top);
  region.style.setProperty('--width', width);
  region.style.setProperty('--height', height);
}
