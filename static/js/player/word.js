// One word over the picture on how it plays: what is wrong, a hole that is passed, waiting, the live end, another speed than 1.
import { has, number, t } from '../language.js';
import { announce } from '../notices.js';
import { onChange } from '../state.js';
import { secondWords, shortDayWords } from './moment.js';
import { part } from './parts.js';
import { onPlayback, playback } from './playback.js';

const kPatience = 400;         // ms that waiting may take before it is told
const kTold = ['problem', 'gap'];    // also to people who hear the page

// Returns the element, and what ends it.
export function makeWord() {
  const element = part('p', 'player-word');
  let patience = 0;            // a timer while waiting is not told yet
  let slow = false;
  let last = '';
  const show = () => {
    if (!playback.waiting) {
      clearTimeout(patience);
      patience = 0;
      slow = false;
    } else if (!patience) {
      patience = setTimeout(() => {
        slow = true;
        show();
      }, kPatience);
    }
    const [key, values] = word(slow);
    const text = key ? t(key, values) : '';
    if (element.textContent !== text) {
      element.textContent = text;
      element.dataset.kind = key.split('.')[1] ?? '';
    }
    element.hidden = !text;
    if (text && text !== last && kTold.includes(element.dataset.kind)) announce(key, values);
    last = text;
  };
  const ends = [onPlayback(show), onChange(show)];
  show();
  return { element, end: () => {
    clearTimeout(patience);
    ends.forEach((end) => end());
  } };
}

function word(slow) {
  const { problem, gap, rate, live } = playback;
  if (problem) return [has(problem) ? problem : 'player.problem'];
  if (gap) return ['player.gap', { from: momentWords(gap.from), to: momentWords(gap.to, gap.from) }];
  if (slow) return ['player.waiting'];
  if (live && rate > 0) return ['player.live'];
  if (rate && rate !== 1) return ['player.rate', { rate: rateWords(rate) }];
  return [''];
}

const sameDay = (a, b) => new Date(a).toDateString() === new Date(b).toDateString();

// With the day, where it is another than that of the time before.
const momentWords = (at, before = at) => (sameDay(at, before) ? secondWords(at) : `${shortDayWords(at)}, ${secondWords(at)}`);

function rateWords(rate) {
  const size = Math.abs(rate);
  return `${rate < 0 ? '−' : ''}${size < 1 ? `1/${number(1 / size)}` : number(size)}×`;
}
