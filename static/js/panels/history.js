// The last five minutes of frame rate and data rate, as two small charts.
import { bytes, number, t } from '../language.js';
import { history, kHistorySeconds } from '../statusbar.js';
import { panelHead } from './head.js';
import { stylesheet } from './stylesheet.js';

const kSvg = 'http://www.w3.org/2000/svg';
const kHeight = 100;   // of the drawing, in its own units; a second is one unit wide
const kBreak = 5;      // s between two figures that no line joins

const charts = [
  { field: 'fps', title: 'history.fps', words: (value) => t('fps', { fps: number(value, 1) }) },
  { field: 'rate', title: 'history.rate', words: (value) => t('rate', { bytes: bytes(value) }) },
];

export async function fill(panel) {
  await stylesheet('panels.css');
  const body = document.createElement('div');
  panel.replaceChildren(panelHead(panel, 'history'), body);
  const draw = () => body.replaceChildren(...charts.map(chart));
  draw();
  const timer = setInterval(() => (body.isConnected && panel.matches(':popover-open') ? draw() : clearInterval(timer)), 1000);
}

function chart({ field, title, words }) {
  const values = history.map((entry) => entry[field]);
  const known = values.filter((value) => value !== null);
  const figure = document.createElement('figure');
  const caption = document.createElement('figcaption');
  const name = document.createElement('span');
  name.textContent = t(title);
  const summary = document.createElement('span');
  summary.className = 'quiet';
  summary.textContent = known.length
    ? t('history.summary', { now: words(known.at(-1)), low: words(Math.min(...known)), high: words(Math.max(...known)) })
    : t('history.none');
  caption.append(name, summary);
  figure.append(caption, drawing(field, Math.max(1, ...known) * 1.1), scale());
  return figure;
}

// One line for every stretch in which the value is known: what is not known is a gap, not a zero.
function drawing(field, top) {
  const svg = document.createElementNS(kSvg, 'svg');
  svg.setAttribute('viewBox', `0 0 ${kHistorySeconds} ${kHeight}`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('aria-hidden', 'true');
  const now = history.at(-1)?.at ?? 0;
  let points = [];
  let last = 0;
  const flush = () => {
    if (points.length) {
      const line = document.createElementNS(kSvg, 'polyline');
      line.setAttribute('points', points.join(' '));
      svg.append(line);
    }
    points = [];
  };
  for (const { at, [field]: value } of history) {
    if (value === null || at - last > kBreak * 1000) flush();
    last = at;
    if (value === null) continue;
    points.push(`${(kHistorySeconds - (now - at) / 1000).toFixed(1)},${(kHeight * (1 - value / top)).toFixed(1)}`);
  }
  flush();
  return svg;
}

function scale() {
  const row = document.createElement('div');
  row.className = 'scale quiet';
  row.append(...['history.then', 'history.now'].map((key) => {
    const end = document.createElement('span');
    end.textContent = t(key);
    return end;
  }));
  return row;
}
