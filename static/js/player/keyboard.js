// The player's keys. They come before those of the page, which still has all that are not taken here: plus, minus and zero zoom,
// and the arrows move a picture that is zoomed.
import { state } from '../state.js';
import { zoomed } from '../zoom.js';
import { setMark } from './marks.js';
import { playback } from './playback.js';
import { setIn, setOut } from './selection.js';
import { faster, jump, rest, stepFrames, toEnd, togglePlay, toStart } from './transport.js';

const kSecond = 1000;

const actions = {
  ' ': togglePlay,
  k: rest,
  j: () => faster(-1),
  l: () => faster(1),
  ',': () => stepFrames(-1),
  '.': () => stepFrames(1),
  i: () => setIn(),
  o: () => setOut(),
  m: () => setMark(),
  Home: toStart,
  End: toEnd,
  ArrowLeft: () => stepFrames(-1),
  ArrowRight: () => stepFrames(1),
  'shift ArrowLeft': () => jump(-kSecond),
  'shift ArrowRight': () => jump(kSecond),
};
const kOnce = ['j', 'l', ' ', 'i', 'o', 'm'];      // a held key is one press

// Returns what ends it.
export function takePlayerKeys() {
  const press = (event) => {
    if (!playback.active || event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    const { key, target } = event;
    const arrow = key.startsWith('Arrow');
    const action = actions[arrow && event.shiftKey ? `shift ${key}` : key.length === 1 ? key.toLowerCase() : key];
    if (!action) return;
    if (target.closest('input, select, textarea, [role=tablist], [popover], [contenteditable]')) return;
    if (target.closest('[role=slider]') && (arrow || key === 'Home' || key === 'End')) return;
    if (key === ' ' && target.closest('button, a, summary')) return;      // it presses that
    if (arrow && ((zoomed() && !event.shiftKey) || target.closest('.camera'))) return;
    // Keys without a modifier must be possible to switch off, except where what they act on has the focus (WCAG 2.1.4).
    if (!state.preferences.shortcuts && !target.closest('#stage, #player')) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.repeat && kOnce.includes(key.toLowerCase())) return;
    action();
  };
  document.addEventListener('keydown', press, true);
  return () => document.removeEventListener('keydown', press, true);
}
