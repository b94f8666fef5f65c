// Moments of the archive in words, and in the page's address: #t=2026-11-24T10:07:12.345, by the local clock.
import { language } from '../language.js';

const kAddress = /^#t=(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:[.,]\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)?)$/;
const kWithin = 0.999;     // ms: a moment is told to the millisecond, the frame that was meant may begin within it

const two = (value) => String(value).padStart(2, '0');
const three = (value) => String(value).padStart(3, '0');

// 10:07:12.345
export function timeWords(at) {
  if (Number.isNaN(at)) return '--:--:--.---';
  return `${secondWords(at)}.${three(new Date(at).getMilliseconds())}`;
}

// 10:07:12
export function secondWords(at) {
  const time = new Date(at);
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

const formats = new Map();

function inWords(at, options) {
  const key = language() + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(language(), options));
  return formats.get(key).format(at);
}

export const dayWords = (at) => inWords(at, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });
export const longDayWords = (at) => inWords(at, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
export const shortDayWords = (at) => inWords(at, { weekday: 'short', day: 'numeric', month: 'short' });
export const monthWords = (at) => inWords(at, { month: 'long', year: 'numeric' });
export const weekdayWords = (at, width = 'short') => inWords(at, { weekday: width });

// 2026-11-24, by the local clock.
export function dateOf(at) {
  const time = new Date(at);
  return `${String(time.getFullYear()).padStart(4, '0')}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

// By the local clock alone, where that is enough: of the hour that the end of daylight saving repeats it would mean the first one.
export function addressOf(at) {
  const address = `#t=${dateOf(at)}T${timeWords(at)}`;
  return Math.floor(momentIn(address)) === Math.floor(at) ? address : address + zoneOf(at);
}

// The moment (ms) that an address names; NaN when it names none, undefined when it does not try to.
export function momentIn(hash) {
  const text = decodeURIComponentOrNot(hash);
  if (!text.startsWith('#t=')) return undefined;
  const [, time] = text.match(kAddress) ?? [];
  return time ? Date.parse(time.replace(',', '.')) + kWithin : NaN;
}

function decodeURIComponentOrNot(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// The moment in the form that the server takes, with the time zone, to the microsecond.
export function isoOf(at) {
  const micros = Math.min(999999, Math.round((at - Math.floor(at / 1000) * 1000) * 1000));
  return `${dateOf(at)}T${secondWords(at)}.${String(micros).padStart(6, '0')}${zoneOf(at)}`;
}

// How far the local clock is ahead: +01:00.
function zoneOf(at) {
  const offset = -new Date(at).getTimezoneOffset();
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
}
