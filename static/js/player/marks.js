// Marks: moments with a label. One is set with the key M, also while the picture is live; the panel lists those of the recording
// that is shown.
import { endDraft, keepDraft } from '../drafts.js';
import { addStrings, t } from '../language.js';
import { announce, notify, notifyFailure } from '../notices.js';
import { request } from '../server.js';
import { state } from '../state.js';
import { part, replaceIn, textButton, tool, words } from './parts.js';
import { isoOf, timeWords } from './moment.js';

const kMostLabel = 200;        // characters
const kUndo = 10000;           // ms

// At the frame that is shown, or now while the picture is live.
export async function setMark(text = '', at = state.player?.at()) {
  await addStrings('player');
  try {
    const { mark } = await request('POST', '/api/marks', { label: text, ...(Number.isFinite(at) ? { at: isoOf(at) } : {}) });
    notify('player.mark.set', { time: timeWords(Date.parse(mark.at)) }, 'news',
      { words: 'player.undo', press: () => removeMark(mark.id), lasts: kUndo });
    announce('player.mark.set', { time: timeWords(Date.parse(mark.at)) });
    return mark;
  } catch (error) {
    notifyFailure('player.mark.refused', error);
    return null;
  }
}

export async function removeMark(id) {
  try {
    await request('DELETE', `/api/marks/${encodeURIComponent(id)}`);
    announce('player.mark.removed');
  } catch (error) {
    notifyFailure('player.mark.refused', error);
  }
}

// Fills the panel. `player`: {shown(): the recording, follow(listener): its changes, goTo(at)}.
export function fillMarks(body, panel, player) {
  const form = part('form', 'row');
  const name = part('input', '');
  Object.assign(name, { type: 'text', maxLength: kMostLabel, autocomplete: 'off', placeholder: t('player.mark.label') });
  name.setAttribute('aria-label', t('player.mark.label'));
  keepDraft(name, 'label of a mark');
  const set = words('button', 'player.mark.do', 'primary');
  form.append(name, set);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const text = name.value.trim();
    if (!await setMark(text, player.at())) return;
    endDraft(name, text);
    panel.hidePopover();
  });
  const list = part('ul', 'marks');
  body.append(form, list);
  let shown = null;
  const show = () => {
    const marks = player.shown()?.marks ?? [];
    const now = JSON.stringify(marks);
    if (now === shown) return;
    shown = now;
    const rows = marks.map((mark) => {
      const go = textButton('', () => {
        panel.hidePopover();
        player.goTo(mark.at);
      }, 'mark');
      delete go.dataset.text;
      const text = part('span', 'mark-label');
      text.textContent = mark.label || t('player.mark.unnamed');
      const time = part('span', 'quiet');
      time.textContent = timeWords(mark.at);
      go.replaceChildren(time, text);
      const remove = tool('delete', 'player.mark.remove', () => removeMark(mark.id));
      return part('li', '', go, remove);
    });
    replaceIn(list, rows.length ? rows : [part('li', '', words('p', 'player.mark.none', 'quiet'))], name);
  };
  show();
  return player.follow(show);
}
