// What is typed into a field and not sent yet: kept apart from the field, which is drawn anew whenever what it belongs to changes, and
// beyond the end of a page that loads itself again or has to ask for a login. It is shown to nobody but who typed it.
import { onChange, state } from './state.js';

const kDraftsKey = 'mini-dvr-drafts';
const stored = storedDrafts();
const drafts = { ...stored?.drafts };     // key -> text
const tellers = new WeakMap();            // field -> what is told whether it holds a draft
let writer = stored?.writer;              // whose they are, '' where nobody has a name; undefined: whoever has this page

onChange(() => {
  const { access } = state.server ?? {};
  if (access) keepDraftsOf(access.user);
});

// Whoever has this page now is `user`: what somebody else typed is forgotten.
export function keepDraftsOf(user = '') {
  if (writer === user) return;
  if (writer !== undefined) forgetDrafts();
  writer = user;
  store();
}

export function forgetDrafts() {
  for (const key of Object.keys(drafts)) delete drafts[key];
  store();
  for (const field of document.querySelectorAll('[data-draft]')) showSaved(field, field.defaultValue);
}

// Shows in `field` what was typed for `key` before, or else what is `saved`, and keeps what is typed from now on. `tell(isDraft)` is
// called with each change of either.
export function keepDraft(field, key, saved = '', tell = () => {}) {
  field.dataset.draft = key;         // server.js looks for it
  tellers.set(field, tell);
  field.addEventListener('input', () => {
    if (field.value === field.defaultValue) delete drafts[key];
    else drafts[key] = field.value;
    store();
    tell(hasDraft(key));
  });
  showSaved(field, saved);
}

// What is saved has changed; what is being typed stays.
export function showSaved(field, saved) {
  const { draft: key } = field.dataset;
  field.defaultValue = saved;
  field.value = drafts[key] ?? saved;
  tellers.get(field)(hasDraft(key) && field.value !== saved);
}

// Shows what is saved in place of what was typed.
export function dropDraft(field) {
  delete drafts[field.dataset.draft];
  store();
  showSaved(field, field.defaultValue);
}

// `sent` was saved: it is no draft any more, unless more was typed meanwhile.
export function endDraft(field, sent, saved = '') {
  if (field.value.trim() === sent) delete drafts[field.dataset.draft];
  store();
  showSaved(field, saved);
}

export const hasDraft = (key) => key in drafts;

function store() {
  try {
    if (Object.keys(drafts).length) sessionStorage.setItem(kDraftsKey, JSON.stringify({ writer: writer ?? '', drafts }));
    else sessionStorage.removeItem(kDraftsKey);
  } catch {
    // Storage may be forbidden; they then last as long as the page.
  }
}

function storedDrafts() {
  try {
    return JSON.parse(sessionStorage.getItem(kDraftsKey));
  } catch {
    return null;
  }
}
