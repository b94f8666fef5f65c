// The recording that is shown, as a thing to keep: what it is, download, protect, note, delete with Undo.
import { dropDraft, endDraft, hasDraft, keepDraft, showSaved } from '../drafts.js';
import { bytes, clock, number, t } from '../language.js';
import { announce, notify, notifyFailure } from '../notices.js';
import { addressOf } from '../server.js';
import { changeRecording, recordingNamed, removeRecording, restoreRecording } from './archive.js';
import { field, part, replaceIn, textButton, words } from './parts.js';
import { secondWords, shortDayWords } from './moment.js';

const kUndo = 30000;         // ms that the server keeps what was deleted
const kMostNote = 1000;      // characters
const kUnsaved = 'note-unsaved';

const draftOf = (name) => `note of ${name}`;

export function fillRecording(body, panel, player) {
  let shown = null;          // the name of the recording that the panel tells of
  let told = '';
  panel.tabIndex = -1;       // takes the focus of what is drawn anew, see replaceIn
  // Whoever is at something of a recording, or has begun a note, goes on with that one, whatever is played meanwhile.
  const isAtIt = () => hasDraft(draftOf(shown)) || body.contains(document.activeElement);
  const show = () => {
    const recording = (shown && isAtIt() && recordingNamed(shown)) || player.shown();
    const now = JSON.stringify([recording?.name, recording?.state, recording?.protected, recording?.note, recording?.frames]);
    if (now === told) return;
    told = now;
    if (!recording) replaceIn(body, [words('p', 'player.nowhere', 'quiet')], panel);
    else if (recording.name !== shown) draw(body, panel, recording, player);
    else update(body, recording);
    shown = recording?.name;
  };
  show();
  return player.follow(show);
}

function draw(body, panel, recording, player) {
  const { name } = recording;
  const title = part('p', 'recording-name');
  title.textContent = name;
  const download = words('a', 'player.download', 'button');
  Object.assign(download, { href: addressOf(`/recordings/${encodeURIComponent(name)}?download=1`), download: name });
  const keep = part('input', '');
  Object.assign(keep, { type: 'checkbox', name: 'protect' });
  keep.addEventListener('change', () => patch(name, { protected: keep.checked }, () => { keep.checked = !keep.checked; }));
  const note = part('textarea', '');
  Object.assign(note, { rows: 3, maxLength: kMostNote, name: 'note' });
  const unsaved = unsavedLine(note);
  keepDraft(note, draftOf(name), recording.note, (isDraft) => {
    unsaved.hidden = !isDraft;
    if (isDraft) note.setAttribute('aria-describedby', kUnsaved);
    else note.removeAttribute('aria-describedby');
  });
  const save = textButton('player.note.save', async () => {
    const text = note.value.trim();
    if (!await patch(name, { note: text })) return;
    endDraft(note, text, text);
    announce('player.note.saved');
  });
  save.classList.add('note-save');
  const remove = textButton('player.delete', () => ask(remove, () => removeWithUndo(panel, name, player)), 'danger');
  replaceIn(body, [title, part('p', 'facts-line quiet'), download, field('player.protect', keep, 'option'),
    words('p', 'player.protect.why', 'quiet'), field('player.note', note), part('div', 'row', unsaved, save), part('div', 'danger-row', remove)], panel);
  update(body, recording);
}

// A note that was typed and forgotten looks like the one that is saved, and hides it.
function unsavedLine(note) {
  const told = words('span', 'player.note.unsaved', 'quiet');
  told.id = kUnsaved;
  return part('div', 'row', told, textButton('player.note.drop', () => {
    dropDraft(note);
    note.focus();
  }));
}

function update(body, { start, end, frames, width, height, fps, bytes: size, state, protected: kept, note }) {
  body.querySelector('.facts-line').textContent = [
    shortDayWords(start), `${secondWords(start)} – ${secondWords(end)}`, clock((end - start) / 1000), `${width}×${height}`,
    t('fps', { fps: number(fps ?? 0, 1) }), t('recording.frames', { count: frames }), bytes(size),
    state !== 'complete' && t(`player.state.${state}`),
  ].filter(Boolean).join(' · ');
  const keep = body.querySelector('[name=protect]');
  keep.checked = kept;
  showSaved(body.querySelector('[name=note]'), note ?? '');
  body.querySelector('.danger').disabled = kept || state === 'recording';
}

async function patch(name, change, undo) {
  try {
    await changeRecording(name, change);
    return true;
  } catch (error) {
    undo?.();
    notifyFailure('player.change.refused', error);
    return false;
  }
}

// Asked in place: the second press, elsewhere than the first, deletes.
function ask(button, done) {
  const row = button.parentElement;
  const cancel = textButton('player.cancel', () => {
    row.replaceChildren(button);
    button.focus();
  });
  row.replaceChildren(words('p', 'player.delete.sure'), cancel, textButton('player.delete.do', done, 'danger'));
  cancel.focus();
}

async function removeWithUndo(panel, name, player) {
  panel.hidePopover();
  let deletion;
  try {
    deletion = await removeRecording(name);
  } catch (error) {
    notifyFailure('player.delete.refused', error);
    return;
  }
  player.gone(name);
  const take = async () => {
    try {
      await restoreRecording(name);
      announce('player.restored', { file: name });
    } catch (error) {
      notifyFailure('player.restore.refused', error);
    }
  };
  if (deletion.restorable_seconds > 0) notify('player.deleted', { file: name }, 'news', { words: 'player.undo', press: take, lasts: kUndo });
  else notify('player.deleted.for_good', { file: name });
}
