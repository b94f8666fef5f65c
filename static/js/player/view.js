// The player of recordings: its controls under the stage, put together when it is opened. open(at) shows the frame at a moment,
// close() goes back to the live picture.
import { addStrings, t, translate } from '../language.js';
import { announce, icon, notify } from '../notices.js';
import { stylesheet } from '../panels/stylesheet.js';
import { CommandError, request } from '../server.js';
import { change, onChange } from '../state.js';
import { archive, isLoaded, loadDays, loadRange, onArchive, placeOf, recordingAfter, recordingAt, recordingBefore, recordingNamed, timeNow } from './archive.js';
import { fillArchive } from './archive_panel.js';
import { timeOf } from './calendar.js';
import { fillExport } from './clips.js';
import { addIcons } from './icons.js';
import { takePlayerKeys } from './keyboard.js';
import { fillMarks } from './marks.js';
import { addressOf, dayWords, secondWords, shortDayWords, timeWords } from './moment.js';
import { canBePlayed, nearestRecording, newestDate } from './opening.js';
import { label, panel, part, textButton, tool, words } from './parts.js';
import { enter, leave, onPlayback, playback, seek, shownFrame } from './playback.js';
import { fillRecording } from './recording_notes.js';
import { setIn, setOut } from './selection.js';
import { endTimeline, makeTimeline, showAround, showMoment, zoomTimelineIn, zoomTimelineOut } from './timeline.js';
import { dayOf, spanOfDate, within } from './timeline_scale.js';
import { goTo, lastMoment, latest, makeTransport } from './transport.js';
import { makeWord } from './word.js';

const kAddressPause = 250;     // ms that the picture rests before the address is made to say where
const element = (id) => document.getElementById(id);

let section = null;            // the controls; null while the player is closed
let ends = [];                 // what ends everything that was begun
let opening = null;            // the last open() that is under way
let entered = false;           // whether the picture is ours

// What the panels may know of the player, and ask of it.
const player = {
  at: () => playback.at,
  shown: () => {
    const recording = playback.recording ?? recordingAt(playback.at);
    return recording && (recordingNamed(recording.name) ?? recording);
  },
  follow: (listener) => {
    const both = [onPlayback(listener), onArchive(listener)];
    return () => both.forEach((end) => end());
  },
  goTo: (at) => {
    showMoment(at);
    goTo(at);
  },
  // A recording was deleted: what is nearest is shown instead.
  gone: (name) => {
    if (playback.recording?.name !== name) return;
    const next = recordingAfter(playback.at) ?? recordingBefore(playback.at);
    if (next) player.goTo(next.start > playback.at ? next.start : lastMoment(next));
    else close();
  },
};

export const isOpen = () => section !== null;

// Opens the player at a moment (ms since 1970), without one at the newest that is recorded. An open player goes there.
export async function open(at) {
  const mine = {};
  opening = mine;
  await Promise.all([addStrings('player'), stylesheet('player.css')]);
  if (opening !== mine) return;
  if (!section) build();
  try {
    await find(at);
  } catch (error) {
    if (opening === mine && !entered) close();     // what is shown stays
    throw error;
  }
  if (opening !== mine || !section) return;
  const target = nearest(at);
  if (target === undefined) {
    showEmpty(at);
    return;
  }
  if (at !== undefined && !recordingAt(at)) tellNearest(at);
  await show(target);
}

// At its first frame.
export async function openRecording(name) {
  const { start } = await request('GET', `/api/recordings/${encodeURIComponent(name)}`);
  await open(Date.parse(start));
}

export function close() {
  opening = null;
  if (!section) return;
  ends.forEach((end) => end());
  ends = [];
  endTimeline();
  const focused = section.contains(document.activeElement) || document.activeElement === document.body;
  section.remove();
  section = null;
  for (const one of document.querySelectorAll('.player-panel')) {
    if (one.matches(':popover-open')) one.hidePopover();
    one.remove();
  }
  element('app').classList.remove('reviewing');
  element('open-player').setAttribute('aria-expanded', 'false');
  nameStage('stage', 'picture');
  history.replaceState(history.state, '', location.pathname + location.search);
  if (entered) leave();
  entered = false;
  change({ player: null });
  announce('player.closed');
  if (focused) element('open-player').focus();
}

// ---- which moment

async function find(at) {
  if (at !== undefined) {
    const day = dayOf(at);
    await loadRange(day.from, day.to);
    if (recordingAt(at)) return;
  }
  await loadDays();
  const dates = archive.days.map(({ date }) => date);
  const distance = (date) => Math.abs(timeOf(date) - at);
  const date = at === undefined ? newestDate(dates, timeNow(), timeOf) : dates.sort((a, b) => distance(a) - distance(b))[0];
  const { from, to } = date ? spanOfDate(date) : dayOf(timeNow());
  await loadRange(from, to);
  // Nothing of that day can be played: the newest that can be is loaded.
  if (!archive.recordings.some(canBePlayed)) await placeOf();
}

// The moment itself where something was recorded, else that of the nearest frame; undefined where nothing is.
function nearest(at) {
  if (at !== undefined && recordingAt(at)) return at;
  const place = nearestRecording(archive.recordings, at, timeNow());
  if (!place) return undefined;
  return place.end ? lastMoment(place.recording) : place.recording.start;
}

async function show(at) {
  section.querySelector('.player-empty')?.remove();
  const day = dayOf(at);
  const shown = within(archive.recordings, day);
  showAround(Math.max(day.from, shown[0]?.start ?? day.from), Math.min(day.to, shown.at(-1)?.end ?? day.to));
  if (playback.active) {
    seek(at);
    return;
  }
  entered = true;
  change({ player: { shownFrame: frameOrReason, at: player.at } });
  nameStage('player.stage', 'player.picture');
  await enter(at);
}

// As playback has it, but fails in words.
async function frameOrReason() {
  try {
    return await shownFrame();
  } catch ({ kind }) {
    throw new CommandError('refused', { detail: t(`player.problem${kind ? `.${kind}` : ''}`) });
  }
}

function tellNearest(at) {
  if (isLoaded(at, at + 1)) notify('player.nearest', { time: `${dayWords(at)}, ${timeWords(at)}` }, 'news');
  else notify('player.reach.reading', {}, 'news');
}

// The live picture stays until there is something to show.
function showEmpty(at) {
  if (section.querySelector('.player-empty')) return;
  const why = () => (archive.complete ? 'player.empty' : 'player.reach.reading');
  const empty = words('p', why(), 'player-empty');
  section.firstElementChild.append(empty);
  showAround(latest(), latest());
  const days = archive.days.length;
  const waiting = onArchive(() => {
    if (entered) return;
    if (empty.dataset.text !== why()) {
      empty.dataset.text = why();
      empty.textContent = t(why());
    }
    if (!archive.recordings.some(canBePlayed) && archive.days.length <= days) return;
    waiting();
    empty.remove();
    open(at).catch(() => {});
  });
  ends.push(waiting);
}

// ---- the controls

function build() {
  addIcons();
  section = label(part('section', 'player'), 'player');
  section.id = 'player';
  const word = makeWord();
  const transport = makeTransport();
  const day = part('button', 'player-day', icon('calendar'), part('span', ''));
  day.type = 'button';
  const time = part('time', 'player-time');
  const live = textButton('player.live.back', close, 'player-live');
  section.append(part('div', 'player-strip', part('div', 'player-head', day, time, live), makeTimeline(), part('div', 'player-tools', transport.row, editTools())));
  // A mouse that pressed a button does not leave the focus there: space goes on playing, and does not press that again.
  section.addEventListener('mousedown', (event) => event.target.closest('button') && event.preventDefault());
  element('stage').after(section);
  element('stage').append(word.element);
  document.body.append(panel('archive-panel', 'player.archive', day, (body, box) => fillArchive(body, box, player)));
  element('app').classList.add('reviewing');
  element('open-player').setAttribute('aria-expanded', 'true');
  const showHead = () => {
    const { at, paced } = playback;
    const words = paced ? secondWords(at) : timeWords(at);
    if (time.textContent !== words) time.textContent = words;
    const date = Number.isFinite(at) ? dayWords(at) : t('player.archive');
    if (day.dataset.day !== date) {
      day.dataset.day = date;
      day.lastChild.textContent = Number.isFinite(at) ? shortDayWords(at) : date;
      day.setAttribute('aria-label', t('player.archive.open', { day: date }));
      day.title = t('player.archive');
    }
  };
  const endWord = () => {
    word.end();
    word.element.remove();
  };
  ends = [endWord, transport.end, takePlayerKeys(), onPlayback(showHead), onChange(showHead), onPlayback(keepAddress), () => clearTimeout(addressTimer)];
  translate(section);
}

// In, out and what is done with what is selected; marks; the recording; and how much of time is shown.
function editTools() {
  const opener = (name, key, id, fill) => {
    const button = tool(name, key);
    document.body.append(panel(id, key, button, fill));
    return button;
  };
  const row = label(part('div', 'edit',
    tool('in', 'player.in', () => setIn()), tool('out', 'player.out', () => setOut()),
    opener('export', 'player.export', 'export-panel', fillExport),
    opener('mark', 'player.marks', 'marks-panel', (body, box) => fillMarks(body, box, player)),
    opener('file', 'player.recording', 'recording-panel', (body, box) => fillRecording(body, box, player)),
    tool('minus', 'player.zoom.out', zoomTimelineOut), tool('plus', 'player.zoom.in', zoomTimelineIn)), 'player.edit');
  row.setAttribute('role', 'group');
  return row;
}

function nameStage(stage, picture) {
  for (const [id, key] of [['stage', stage], ['picture', picture]]) element(id).dataset.label = key;
  translate(document);
}

// ---- the address

let addressTimer = 0;

function keepAddress() {
  clearTimeout(addressTimer);
  if (playback.rate || playback.waiting || !playback.active || !Number.isFinite(playback.at)) return;
  addressTimer = setTimeout(() => {
    const address = addressOf(playback.at);
    if (location.hash !== address) history.replaceState(history.state, '', address);
  }, kAddressPause);
}
