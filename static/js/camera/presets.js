// Presets: all values of the camera under a name.
import { endDraft, keepDraft } from '../drafts.js';
import { t } from '../language.js';
import { announce, icon, inWords, notify, reason } from '../notices.js';
import { request } from '../server.js';
import { batchButton, runBatch } from './batch.js';
import { button } from './button.js';

const pathOf = (name) => `/api/presets/${encodeURIComponent(name)}`;

// Fills `panel`; `applied` is called when the values of the camera may have changed, `current` tells whether the panel still
// is the presets'.
export async function showPresets(panel, { applied, current }) {
  const again = () => showPresets(panel, { applied, current });
  const naming = panel.querySelector('form') ?? form(again);     // whoever types in it is not disturbed
  if (!naming.isConnected) panel.replaceChildren(naming);
  const below = await presets(applied, again);
  if (!current() || !naming.isConnected) return;
  const focused = panel.contains(document.activeElement);
  for (const old of [...panel.children].filter((one) => one !== naming)) old.remove();
  panel.append(below);
  if (focused && !panel.contains(document.activeElement)) naming.querySelector('input').focus();
}

// Their list, or why there is none.
async function presets(applied, again) {
  let names;
  try {
    const answer = await request('GET', '/api/presets');
    names = (answer.presets ?? []).map((preset) => preset.name ?? preset);
  } catch (error) {
    return line(error.status === 404 ? t('preset.unavailable') : t('camera.failed', { why: reason(error) }));
  }
  if (!names.length) return line(t('preset.none'));
  const list = document.createElement('ul');
  list.className = 'presets';
  list.append(...names.map((name) => entry(name, applied, again)));
  return list;
}

function form(again) {
  const row = document.createElement('form');
  row.className = 'typed';
  const field = document.createElement('input');
  Object.assign(field, { type: 'text', required: true, maxLength: 64, autocomplete: 'off', placeholder: t('preset.name') });
  field.setAttribute('aria-label', t('preset.name'));
  keepDraft(field, 'name of a preset');
  const save = document.createElement('button');
  save.textContent = t('preset.save');
  row.append(field, save);
  row.addEventListener('submit', (event) => {
    event.preventDefault();
    const name = field.value.trim();
    attempt(name, async () => {
      await request('PUT', pathOf(name));
      endDraft(field, name);
      notify('preset.saved', { name }, 'news');
      await again();
    });
  });
  return row;
}

function entry(name, applied, again) {
  const item = document.createElement('li');
  const title = document.createElement('span');
  title.className = 'preset-name';
  title.textContent = name;
  const batch = `preset ${name}`;
  const apply = batchButton(batch, 'preset.apply', () => attempt(name, async () => {
    try {
      const refused = refusals(await runBatch(batch, `${pathOf(name)}/apply`));
      if (refused) notify('preset.partly', { name, why: refused });
      else announce('preset.applied', { name });
    } finally {
      applied();
    }
  }), name);
  const remove = button('', () => {
    const sure = button(t('preset.delete.confirm'), () => attempt(name, async () => {
      await request('DELETE', pathOf(name));
      announce('preset.deleted', { name });
      await again();
    }));
    const cancel = button(t('camera.cancel'), again);
    title.textContent = t('preset.delete.sure', { name });
    item.replaceChildren(title, sure, cancel);
    cancel.focus();
  });
  remove.className = 'tool';
  remove.title = t('preset.delete', { name });
  remove.setAttribute('aria-label', remove.title);
  remove.append(icon('delete'));
  item.append(title, apply, remove);
  return item;
}

async function attempt(name, work) {
  try {
    await work();
  } catch (error) {
    notify('preset.failed', { name, why: reason(error) });
  }
}

// The reasons of those values that an answer about several says were not taken.
export function refusals(answer) {
  const outcomes = answer.outcomes ?? [];
  return outcomes.filter((one) => !one.ok).map((one) => [one.id, inWords(one)].filter(Boolean).join(': ')).join('; ');
}

function line(words) {
  const paragraph = document.createElement('p');
  paragraph.className = 'quiet';
  paragraph.textContent = words;
  return paragraph;
}
