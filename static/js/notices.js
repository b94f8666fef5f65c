// What has failed, in words and in its place: problems stay as long as they last, notices come and can be sent away.
import { bytes, dayOf, has, language, span, t } from './language.js';
import { onChange, state } from './state.js';

const kNoticeTime = 12000;    // ms that a piece of good news stays; failures stay until they are sent away
const kMostNotices = 3;
const kDiskShort = 15 * 60;    // s left to record
const kNoRoomMade = ['delete_failed', 'space_not_returned'];    // why deletions bring nothing

const element = (id) => document.getElementById(id);

// For people who hear the page: says `key` once, politely.
export function announce(key, values) {
  element('announcer').textContent = t(key, values);
}

// `then`: what can be done about it, one or several. A link, { words: its key, href, download: the name to save it as }; or a
// button, { words: its key, press, lasts: ms that it can be pressed }. Returns what takes the notice back.
export function notify(key, values = {}, kind = 'failure', ...then) {
  const item = document.createElement('div');
  item.className = `notice ${kind}`;
  const text = document.createElement('span');
  text.textContent = t(key, values);
  const close = document.createElement('button');
  close.type = 'button';
  close.className = 'tool';
  close.title = t('notice.close');
  close.setAttribute('aria-label', t('notice.close'));
  close.append(icon('close'));
  close.addEventListener('click', () => {
    item.remove();
    element('stage').focus();
  });
  const remove = () => item.remove();
  item.append(text, ...then.map((one) => (one.press ? buttonTo(one, remove) : linkTo(one))), close);
  const list = element('toasts');
  list.append(item);
  while (list.children.length > kMostNotices) leastWanted([...list.children].filter((one) => one !== item)).remove();
  if (kind === 'news') setTimeout(remove, Math.max(kNoticeTime, ...then.map(({ lasts = 0 }) => lasts)));
  return remove;
}

// Good news make room before failures that nobody has sent away, and both before what can only be done there, such as Undo.
function leastWanted(notices) {
  const told = notices.filter((one) => !one.querySelector('.notice-button'));
  return told.find((one) => one.matches('.news')) ?? told[0] ?? notices[0];
}

function buttonTo({ words, press }, remove) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'notice-button';
  button.textContent = t(words);
  button.addEventListener('click', () => {
    remove();
    element('stage').focus();
    press();
  });
  return button;
}

function linkTo({ words, href, download }) {
  const link = document.createElement('a');
  link.textContent = t(words);
  link.href = href;
  link.download = download;
  return link;
}

// Tells why a command failed; `what` is the key of what was wanted, e.g. 'refused.start'.
export function notifyFailure(what, error) {
  notify('failure', { what: t(what), why: reason(error) });
}

const kServersLanguage = 'en';

// What the server says of a failure: in its own language as it said it, which names what is allowed; in another one what its
// code means, so that no sentence ends in English. A code that this page does not know is no reason to hide the rest.
export function inWords({ code, detail = '' }) {
  const key = `error.${code}`;
  if (!has(key) || (detail && language() === kServersLanguage)) return detail;
  return t(key);
}

// The same beside words that can stand without it: nothing in another language.
export const inBrackets = (detail) => (detail && language() === kServersLanguage ? `(${detail})` : '');

export function reason(error) {
  if (error.kind === 'refused') return inWords(error);
  if (error.kind === 'lost') return t('failure.lost');
  if (error.kind === 'silent') return t('failure.silent');
  console.error(error);    // the page's own fault, or a file of it that did not come: no words in it are for a reader
  return t('failure.page');
}

export function icon(name) {
  const kSvg = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(kSvg, 'svg');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(kSvg, 'use');
  use.setAttribute('href', `#icon-${name}`);
  svg.append(use);
  return svg;
}

// A limit of what is kept, and why it can not be.
function shortageInWords({ code, wanted, possible, protected: isProtected, in_use: inUse }) {
  return t(`shortage.${code}`, { wanted: bytes(wanted), possible: bytes(possible), protected: bytes(isProtected), used: bytes(inUse) });
}

// What is wrong with the certificate of https, which whoever reads this was let past.
function certificateProblem({ code, expires }) {
  const key = `certificate.${code}`;
  return has(key) ? [[code === 'expired' ? 'bad' : 'warn', t(key, { day: dayOf(expires) })]] : [];
}

// Whether there soon is no room to record: little is left, and no limit is kept by deletions before that is used up. A disk that
// is kept at its limit has little left for ever.
export function diskIsShort({ disk = {}, archive = {} }) {
  if (!(disk.seconds_left < kDiskShort)) return false;
  const { min_free: minFree, max_size: maxSize, shortages = [], stopped_code: stopped } = archive.retention ?? {};
  const isKept = (limit) => !shortages.some(({ code }) => code.startsWith(limit));
  const makesRoom = (minFree > 0 && isKept('min_free')) || (maxSize > 0 && maxSize - archive.bytes < disk.free && isKept('max_size'));
  return !makesRoom || kNoRoomMade.includes(stopped);
}

// What is wrong now: [level, text] each.
function problems() {
  const { link, refused, server } = state;
  if (link === 'lost') return [['bad', t(refused ? 'problem.refused' : 'problem.server')]];
  if (!server) return [];
  const { camera = {}, recorder = {}, disk = {}, recording } = server;
  const found = [];
  const otherNode = { moved: 'problem.moved', other_camera: 'problem.other_camera' }[camera.device_reason];
  const wrongFolder = disk.code === 'wrong_folder';
  if (recorder.state === 'failed' && !disk.full && !wrongFolder) {
    found.push(['bad', t('problem.recorder', { detail: inWords(recorder) || t('problem.unknown') })]);
  } else if (recording === 'running' && recorder.state === 'waiting_for_camera') {
    found.push(['warn', t('problem.waiting')]);
  }
  if (otherNode) found.push(['warn', t(otherNode, { device: camera.device, configured: camera.configured_device })]);
  const { shortages = [], stopped_code: stopped } = server.archive?.retention ?? {};
  if (shortages.length) found.push(['warn', t('problem.shortage', { detail: shortages.map(shortageInWords).join('; ') })]);
  if (stopped) found.push(['warn', t(`problem.stopped.${stopped}`)]);
  if (wrongFolder) found.push(['bad', t('problem.folder')]);
  else if (disk.full) found.push(['bad', t(recording === 'running' ? 'problem.disk.on' : 'problem.disk')]);
  else if (diskIsShort(server)) {
    found.push(['warn', t('problem.disk.short', { left: span(disk.seconds_left), free: bytes(disk.free) })]);
  }
  found.push(...certificateProblem(server.certificate ?? {}));
  return found;
}

let shown = '';

export function showProblems() {
  onChange(() => {
    const found = problems();
    const text = JSON.stringify(found);
    if (text === shown) return;
    shown = text;
    element('problems').replaceChildren(...found.map(([level, words]) => {
      const item = document.createElement('li');
      item.className = `problem ${level}`;
      item.append(lamp(level), words);
      return item;
    }));
    if (found.length) element('announcer').textContent = found.map(([, words]) => words).join(' ');
  });
}

function lamp(level) {
  const shape = document.createElement('span');
  shape.className = `lamp ${level}`;
  return shape;
}
