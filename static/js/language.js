// Words, numbers and units in the language of the reader.
import { change, prefer, state } from './state.js';

export const languages = { en: 'English', es: 'Español' };

let strings = {};
const parts = new Set();       // whose words are kept in tables of their own, loaded with them
let plurals;
const numberFormats = new Map();

export const language = () => document.documentElement.lang;

// The language that was chosen, else the first one of the browser's that we have, else English.
export function preferredLanguage() {
  const wanted = [state.preferences.language, ...(navigator.languages ?? [])].map((code) => String(code).slice(0, 2));
  return wanted.find((code) => code in languages) ?? 'en';
}

export async function useLanguage(code) {
  const tables = await Promise.all(['', ...parts].map((part) => table(part, code)));
  strings = Object.assign({}, ...tables);
  plurals = new Intl.PluralRules(code);
  numberFormats.clear();
  document.documentElement.lang = code;
  translate(document);
  change({});
}

// The words of a part of the page that is loaded later: strings/PART.LANGUAGE.js.
export async function addStrings(part) {
  if (parts.has(part)) return;
  const added = await table(part, language());
  parts.add(part);
  strings = { ...strings, ...added };
}

const table = async (part, code) => (await import(`./strings/${part && `${part}.`}${code}.js`)).default;

export async function chooseLanguage(code) {
  await useLanguage(code);
  prefer({ language: code });
}

// The text of `key` with {names} replaced. With a `count`, the table may hold `key.one` beside `key`.
export function t(key, values = {}) {
  const one = values.count !== undefined && plurals.select(values.count) === 'one' && strings[`${key}.one`];
  const text = one || (strings[key] ?? key);
  return text.replace(/\{(\w+)\}/g, (_, name) => {
    const value = values[name] ?? '';
    return typeof value === 'number' ? number(value) : value;
  });
}

export const has = (key) => key in strings;

// Fills in every element that names its words in data-text or data-label.
export function translate(root) {
  for (const element of root.querySelectorAll('[data-text]')) element.textContent = t(element.dataset.text);
  for (const element of root.querySelectorAll('[data-label]')) {
    const words = t(element.dataset.label);
    element.setAttribute('aria-label', words);
    if (element.matches('button')) element.title = words;
  }
}

export function number(value, decimals = 0) {
  if (!numberFormats.has(decimals)) {
    const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    numberFormats.set(decimals, new Intl.NumberFormat(language(), digits));
  }
  return numberFormats.get(decimals).format(value);
}

const kByteUnits = ['B', 'kB', 'MB', 'GB', 'TB'];

export function bytes(value) {
  let unit = 0;
  while (value >= 1000 && unit < kByteUnits.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${number(value, unit > 1 && value < 100 ? 1 : 0)} ${kByteUnits[unit]}`;
}

// How long something lasts, coarse: what is left on a disk needs no seconds.
export function span(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return t('span.seconds', { seconds: Math.max(0, Math.floor(seconds)) });
  if (minutes < 60) return t('span.minutes', { minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return t('span.hours', { hours, minutes: minutes % 60 });
  return t('span.days', { days: Math.floor(hours / 24), hours: hours % 24 });
}

// The day of an ISO time, where this browser is.
export const dayOf = (time) => new Intl.DateTimeFormat(language(), { dateStyle: 'long' }).format(new Date(time));

// A running clock: 0:00:00.
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value) => String(value).padStart(2, '0');
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}
