// The export panel: what is selected becomes a file, in one of three ways; and the clips that are made or were, with progress,
// cancel and download.
import { endDraft, keepDraft } from '../drafts.js';
import { bytes, clock, number, t } from '../language.js';
import { announce, inWords, notifyFailure } from '../notices.js';
import { addressOf, onMessage, request } from '../server.js';
import { onReturn } from '../state.js';
import { busyWhile, field, label, part, replaceIn, textButton, tool, words } from './parts.js';
import { isoOf, shortDayWords, timeWords } from './moment.js';
import { clearSelection, isSelected, onSelection, selection } from './selection.js';

const kFormats = ['copy', 'h264', 'timelapse'];
const kInclusive = 0.5;        // ms behind the out point's frame: the server's end does not belong to the clip
const kTimelapseFps = 30;
const kEvery = { least: 2, most: 10000, first: 30 };
const kMostName = 90;          // characters
const kEnded = ['done', 'failed', 'cancelled'];
const choice = { format: 'copy', every: kEvery.first };    // kept while the page lives

export function fillExport(body) {
  const form = part('form', 'export');
  const clips = part('ul', 'clips');
  clips.setAttribute('aria-label', t('player.clips'));
  body.append(form, words('h3', 'player.clips'), clips);
  const list = new ClipList(clips);
  drawForm(form, list);
  list.load();
  const ends = [onSelection(() => drawForm(form, list)), onMessage('clip', (message) => list.take(message)), onReturn(() => list.load())];
  return () => ends.forEach((end) => end());
}

function drawForm(form, list) {
  const range = part('p', 'range');
  range.textContent = rangeWords();
  form.replaceChildren(range);
  if (!isSelected()) {
    form.append(words('p', 'player.export.how', 'quiet'));
    return;
  }
  const formats = part('fieldset', '', words('legend', 'player.export.format'));
  for (const format of kFormats) formats.append(formatChoice(format, form));
  const every = part('input', 'every');
  Object.assign(every, { type: 'number', min: kEvery.least, max: kEvery.most, step: 1, value: choice.every, required: true });
  every.addEventListener('input', () => { choice.every = every.valueAsNumber; });
  const everyField = field('player.export.every', every);
  everyField.classList.add('every-field');
  const name = part('input', '');
  Object.assign(name, { type: 'text', maxLength: kMostName, autocomplete: 'off', name: 'clip-name' });
  keepDraft(name, 'name of an export');
  const start = words('button', 'player.export.do', 'primary');
  form.append(formats, everyField, field('player.export.name', name),
    part('div', 'row', start, textButton('player.export.clear', clearSelection)));
  form.onsubmit = (event) => {
    event.preventDefault();
    busyWhile(start, async () => {
      const called = name.value.trim();
      if (await makeClip(list, called)) endDraft(name, called);
    });
  };
  showEvery(form);
}

function formatChoice(format, form) {
  const input = part('input', '');
  Object.assign(input, { type: 'radio', name: 'format', value: format, checked: choice.format === format });
  input.addEventListener('change', () => {
    choice.format = format;
    showEvery(form);
  });
  return part('label', 'option', input, part('span', '', words('span', `player.export.${format}`, 'option-name'), words('span', `player.export.${format}.why`, 'quiet')));
}

function showEvery(form) {
  const on = choice.format === 'timelapse';
  form.querySelector('.every-field').hidden = !on;
  form.querySelector('.every').disabled = !on;
}

function rangeWords() {
  const { from, to } = selection;
  const one = (at) => (Number.isFinite(at) ? timeWords(at) : '–');
  const day = Number.isFinite(from) ? from : to;
  if (!Number.isFinite(day)) return t('player.export.nothing');
  const length = isSelected() ? ` · ${number((to - from) / 1000, 3)} s` : '';
  return `${shortDayWords(day)} · ${one(from)} – ${one(to)}${length}`;
}

// Whether it has begun.
async function makeClip(list, name) {
  const timelapse = choice.format === 'timelapse';
  let id;
  try {
    ({ id } = await request('POST', '/api/clips', {
      from: isoOf(selection.from), to: isoOf(selection.to + kInclusive), format: timelapse ? 'copy' : choice.format,
      every: timelapse ? choice.every : 1, ...(timelapse ? { fps: kTimelapseFps } : {}), ...(name ? { name } : {}),
    }));
    announce('player.export.begun');
    await list.look(id);
  } catch (error) {
    notifyFailure('player.export.refused', error);
  }
  return id !== undefined;
}

class ClipList {
  #rows = new Map();     // id -> {clip, element}
  #place;

  constructor(place) {
    this.#place = place;
  }

  // Also again: what was told while the line was cut did not come.
  async load() {
    try {
      const { clips } = await request('GET', '/api/clips');
      for (const id of [...this.#rows.keys()].filter((known) => !clips.some((clip) => clip.id === known))) this.#drop(id);
      for (const clip of clips) {     // one that is as before stays, and keeps the focus
        if (JSON.stringify(clip) !== JSON.stringify(this.#rows.get(clip.id)?.clip)) this.#put(clip);
      }
      if (!clips.length) this.#showNone();
    } catch (error) {
      const why = part('p', 'quiet');
      why.textContent = error.kind === 'refused' ? inWords(error) : t('failure.lost');
      this.#rows.clear();
      replaceIn(this.#place, [part('li', '', why)], this.#closer());
    }
  }

  async look(id) {
    try {
      this.#put(await request('GET', `/api/clips/${encodeURIComponent(id)}`));
    } catch (error) {
      if (error.status === 404) this.#drop(id);
      else throw error;
    }
  }

  // A message tells the progress, and that it has ended; the rest is asked for.
  take({ id, progress, state }) {
    const row = this.#rows.get(id);
    if (state === 'deleted') {
      this.#drop(id);
    } else if (!row || (state && state !== row.clip.state)) {
      this.look(id).catch(() => {});
      if (kEnded.includes(state)) announce(`player.clip.${state}`);
    } else if (progress !== undefined) {
      row.clip.progress = progress;
      showProgress(row.element, row.clip);
    }
  }

  async #remove(clip) {
    try {
      await request('DELETE', `/api/clips/${encodeURIComponent(clip.id)}`);
      this.#drop(clip.id);
    } catch (error) {
      notifyFailure('player.clip.refused', error);
    }
  }

  #put(clip) {
    const before = this.#rows.get(clip.id)?.element;
    const element = this.#draw(clip);
    this.#rows.set(clip.id, { clip, element });
    if (this.#rows.size === 1 && !before) this.#place.replaceChildren();
    const focused = before?.contains(document.activeElement);
    if (before) before.replaceWith(element);
    else this.#place.prepend(element);
    if (focused) element.querySelector('a, button').focus();
  }

  #drop(id) {
    const element = this.#rows.get(id)?.element;
    this.#rows.delete(id);
    const focused = element?.contains(document.activeElement);
    element?.remove();
    if (!this.#rows.size) this.#showNone();
    if (focused) (this.#place.querySelector('a, button') ?? this.#closer())?.focus();
  }

  #showNone() {
    this.#place.replaceChildren(part('li', '', words('p', 'player.clips.none', 'quiet')));
  }

  #closer() {
    return this.#place.closest('.panel')?.querySelector('.panel-close');
  }

  #draw(clip) {
    const name = part('span', 'clip-name');
    name.textContent = clip.name;
    const facts = part('span', 'quiet');
    const busy = !kEnded.includes(clip.state);
    facts.textContent = busy || clip.state === 'done'
      ? [clip.seconds !== undefined && clock(clip.seconds), clip.frames !== undefined && t('recording.frames', { count: clip.frames }),
        clip.bytes && bytes(clip.bytes), clip.lossless === false && t('player.clip.lossy')].filter(Boolean).join(' · ')
      : [t(`player.clip.${clip.state}`), inWords(clip)].filter(Boolean).join(': ');
    const row = part('li', 'clip', part('div', 'clip-words', name, facts));
    if (busy) {
      const bar = label(part('progress', ''), 'player.clip.progress');
      bar.max = 1;
      row.append(bar, tool('close', 'player.clip.cancel', () => this.#remove(clip)));
      showProgress(row, clip);
    } else {
      if (clip.state === 'done') row.append(downloadOf(clip));
      row.append(tool('delete', 'player.clip.delete', () => this.#remove(clip)));
    }
    return row;
  }
}

function downloadOf({ name }) {
  const link = words('a', 'player.download', 'button');
  Object.assign(link, { href: addressOf(`/clips/${encodeURIComponent(name)}?download=1`), download: name });
  return link;
}

function showProgress(row, { state, progress }) {
  const bar = row.querySelector('progress');
  if (!bar) return;
  if (state === 'waiting' && !progress) bar.removeAttribute('value');
  else bar.value = progress ?? 0;
}
