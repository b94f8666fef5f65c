// What is selected between an in and an out point: {from, to}, ms, NaN where none is set. Both frames belong to it.
import { announce } from '../notices.js';
import { playback } from './playback.js';
import { timeWords } from './moment.js';

export const selection = { from: NaN, to: NaN };
const listeners = new Set();

// Calls `listener` after every change. Returns what ends it.
export function onSelection(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const isSelected = () => Number.isFinite(selection.from) && Number.isFinite(selection.to);

export function setIn(at = playback.at) {
  if (!Number.isFinite(at)) return;
  selection.from = at;
  if (selection.to < at) selection.to = NaN;      // an out point before it is none
  tell('player.in.set', at);
}

export function setOut(at = playback.at) {
  if (!Number.isFinite(at)) return;
  selection.to = at;
  if (selection.from > at) selection.from = NaN;
  tell('player.out.set', at);
}

export function clearSelection() {
  selection.from = selection.to = NaN;
  for (const listener of listeners) listener();
}

function tell(key, at) {
  announce(key, { time: timeWords(at) });
  for (const listener of listeners) listener();
}
