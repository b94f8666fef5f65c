// The drawer with the camera's settings: tabs by category, a search, presets, and what resets them.
import { has, language, t } from '../language.js';
import { announce, icon, notify, notifyFailure, reason } from '../notices.js';
import { onMessage, request } from '../server.js';
import { onChange, state } from '../state.js';
import { stylesheet } from '../panels/stylesheet.js';
import { batchButton, batchesUnderWay, kBatchLimit, runBatch, showBatch } from './batch.js';
import { button } from './button.js';
import { ControlRow, nameOf } from './control.js';
import { refusals, showPresets } from './presets.js';

const kPresets = Symbol('presets');   // the tab that is no category of the camera
const kAnswered = 15000;              // ms that a batch's answer may come later than a list that was asked for after it
const kAskAgain = 2000;               // ms until what is is asked for again, where a batch's answer is lost and no list comes either

const drawer = document.getElementById('camera');
const controls = new Map();           // id -> control, in the order of the driver
const rows = new Map();               // id -> ControlRow that is shown
let opener = null;
let tab = null;                       // a category, or kPresets
let query = '';
let drawnIn = '';                     // the language the drawer was drawn in
let reachable = true;                 // server and camera, when we last looked
let failure = null;                   // why there is no list, null when there is one
const resetGroup = batchButton('group', 'camera.reset.group', () => reset('group', { category: tab }));
resetGroup.id = 'reset-group';

export async function toggle(from) {
  opener = from;
  if (!drawer.hidden) {
    close();
    return;
  }
  await stylesheet('camera.css');
  drawer.hidden = false;
  opener.setAttribute('aria-expanded', 'true');
  await load();
  // Whoever has gone elsewhere meanwhile stays there.
  if ([document.body, opener].includes(document.activeElement)) drawer.querySelector('.drawer-close').focus();
}

function close() {
  drawer.hidden = true;
  opener.setAttribute('aria-expanded', 'false');
  opener.focus();
}

drawer.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  const { target } = event;
  if (target.type === 'search' && target.value) return;    // it empties the field
  close();
});

onMessage('controls', ({ controls: changed = [], removed = [] }) => {
  if (drawer.hidden) return;
  if (failure || removed.length || !changed.every(({ id, type }) => controls.get(id)?.type === type)) {
    load();
    return;
  }
  for (const control of changed) controls.set(control.id, control);
  // An automatic that changed may be named in the row of what it makes inactive, so all are shown again.
  for (const [id, row] of rows) row.update(controls.get(id));
});

onChange(() => {
  if (drawer.hidden) return;
  const now = state.link === 'open' && state.server?.camera?.online !== false;
  const back = now && !reachable;
  reachable = now;
  if (back) load();
  else if (drawnIn && drawnIn !== language()) redraw();
});

const redraw = () => keepingFocus(failure ? explain : draw);

// Whatever `render` replaces, a focus that was in the drawer stays in it.
function keepingFocus(render) {
  const focused = drawer.contains(document.activeElement);
  const { draft } = document.activeElement?.dataset ?? {};
  render();
  if (!focused || drawer.contains(document.activeElement)) return;
  ((draft && drawer.querySelector('[data-draft]')) || drawer.querySelector('.drawer-close')).focus();
}

function explain() {
  const unavailable = failure.status === 404;
  message(unavailable ? t('camera.unavailable') : t('camera.failed', { why: reason(failure) }), !unavailable);
}

// All values, read from the camera where `query` wants it: it is asked one thing after the other.
const listControls = (query = '') => request('GET', `/api/controls${query}`, undefined, batchesUnderWay().length ? kBatchLimit : undefined);

async function load() {
  if (!controls.size) keepingFocus(() => message(t('camera.loading')));
  const batches = batchesUnderWay();
  let answer;
  try {
    answer = await listControls(batches.length ? '?refresh=1' : '');
  } catch (error) {
    if (batches.length && controls.size) return;      // their answer, or the next list, tells what is
    controls.clear();
    failure = error;
    redraw();
    return;
  }
  // The camera has done them by now. What is not answered either was asked on a line that is dead.
  for (const { isAnswerLost, giveUp } of batches) setTimeout(giveUp, isAnswerLost ? 0 : kAnswered);
  controls.clear();
  failure = null;
  for (const control of answer.controls) controls.set(control.id, control);
  redraw();
}

const categories = () => [...new Set([...controls.values()].map(({ category }) => category ?? ''))];
const categoryName = (category) => (has(`category.${category}`) ? t(`category.${category}`) : category || t('camera'));

function message(words, again = false) {
  drawnIn = language();
  const text = document.createElement('p');
  text.className = 'drawer-message';
  text.setAttribute('role', 'status');
  text.textContent = words;
  drawer.replaceChildren(head(false), text);
  if (again) drawer.append(button(t('camera.again'), load));
}

function draw() {
  if (!controls.size) {
    message(t('camera.none'));
    return;
  }
  drawnIn = language();
  if (tab !== kPresets && !categories().includes(tab)) tab = categories()[0];
  const panel = document.createElement('div');
  panel.className = 'drawer-panel';
  panel.id = 'camera-panel';
  const scroll = document.createElement('div');
  scroll.className = 'drawer-scroll';
  scroll.append(panel, foot());
  drawer.replaceChildren(head(true), tabs(panel), scroll);
  fill(panel);
}

function head(searchable) {
  const row = document.createElement('div');
  row.className = 'drawer-head';
  const title = document.createElement('h2');
  title.textContent = t('camera');
  const closer = button('', close);
  closer.className = 'tool drawer-close';
  closer.title = t('close');
  closer.setAttribute('aria-label', t('close'));
  closer.append(icon('close'));
  row.append(title, searchable ? searchField() : '', closer);
  return row;
}

function searchField() {
  const field = document.createElement('input');
  Object.assign(field, { type: 'search', value: query, placeholder: t('camera.search.short'), autocomplete: 'off' });
  field.setAttribute('aria-label', t('camera.search'));
  field.addEventListener('input', () => {
    query = field.value;
    fill(document.getElementById('camera-panel'));
  });
  return field;
}

function tabs(panel) {
  const list = document.createElement('div');
  list.className = 'tabs';
  list.setAttribute('role', 'tablist');
  list.setAttribute('aria-label', t('camera.groups'));
  const all = [...categories().map((category) => [category, categoryName(category)]), [kPresets, t('camera.presets')]];
  for (const [value, words] of all) {
    const one = button(words, () => {
      tab = value;
      fill(panel);
      one.focus();
    });
    one.setAttribute('role', 'tab');
    one.setAttribute('aria-controls', panel.id);
    one.tab = value;
    list.append(one);
  }
  list.addEventListener('keydown', (event) => {
    const steps = { ArrowLeft: -1, ArrowRight: 1 };
    if (!(event.key in steps)) return;
    event.preventDefault();
    const buttons = [...list.children];
    const next = buttons.findIndex((one) => one.tab === tab) + steps[event.key];
    buttons.at(next % buttons.length).click();
  });
  return list;
}

function fill(panel) {
  const wanted = query.trim().toLocaleLowerCase();
  const list = drawer.querySelector('.tabs');
  list.hidden = wanted !== '';
  for (const one of list.children) {
    const selected = one.tab === tab;
    one.setAttribute('aria-selected', String(selected));
    one.tabIndex = selected ? 0 : -1;
    if (selected) panel.setAttribute('aria-label', one.textContent);
  }
  panel.setAttribute('role', wanted ? 'group' : 'tabpanel');
  panel.tabIndex = 0;     // it scrolls, and may hold nothing else that takes the focus
  panel.scrollTop = panel.parentElement.scrollTop = 0;
  rows.clear();
  resetGroup.hidden = wanted !== '' || tab === kPresets;
  if (wanted === '' && tab === kPresets) {
    panel.replaceChildren();
    const current = () => panel.isConnected && tab === kPresets && query.trim() === '';
    showPresets(panel, { applied: refresh, current });
    return;
  }
  const matching = [...controls.values()].filter((control) => (wanted
    ? `${nameOf(control)} ${control.name} ${control.id}`.toLocaleLowerCase().includes(wanted)
    : (control.category ?? '') === tab));
  for (const control of matching) rows.set(control.id, new ControlRow(control, controls, setOther));
  panel.replaceChildren(...[...rows.values()].map(({ element }) => element));
  if (matching.length) return;
  panel.textContent = t('camera.nothing');
  announce('camera.nothing');
}

function foot() {
  const row = document.createElement('div');
  row.className = 'drawer-foot';
  showBatch(resetGroup);
  const everything = batchButton('all', 'camera.reset.all', () => {
    const question = document.createElement('p');
    question.textContent = t('camera.reset.question');
    const cancel = button(t('camera.cancel'), restore);
    row.replaceChildren(question, button(t('camera.reset.confirm'), () => {
      restore();
      reset('all', {});
    }), cancel);
    cancel.focus();
  });
  const restore = () => {
    showBatch(resetGroup);
    row.replaceChildren(resetGroup, everything);
    everything.focus();
  };
  row.append(resetGroup, everything);
  return row;
}

async function reset(batch, which) {
  try {
    const refused = refusals(await runBatch(batch, '/api/controls/reset', which));
    if (refused) notify('camera.reset.partly', { why: refused });
    else announce('camera.reset.done');
  } catch (error) {
    notifyFailure('camera.reset.all', error);
  }
  await refresh();
}

async function setOther(id, value) {
  await request('POST', `/api/controls/${encodeURIComponent(id)}`, { value });
  await refresh();
}

// Asks for all values again and shows them in place.
async function refresh() {
  const lost = batchesUnderWay().filter(({ isAnswerLost }) => isAnswerLost);
  try {
    const { controls: listed } = await listControls('?refresh=1');
    for (const { giveUp } of lost) giveUp();
    for (const control of listed) controls.set(control.id, control);
    const wasFailure = failure;
    failure = null;
    if (wasFailure) redraw();
    else for (const [id, row] of rows) row.update(controls.get(id));
  } catch (error) {
    if (error.code || !lost.length) notifyFailure('camera', error);
    else setTimeout(() => batchesUnderWay().length && refresh(), kAskAgain);     // that it fails has been said of them
  }
}
