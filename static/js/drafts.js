// What is typed into a field and not sent yet: kept apart from the field, which is drawn anew whenever what it belongs to changes, and
// beyond the end of a page that loads itself again or has to ask for a login.
const kDraftsKey = 'mini-dvr-drafts';
const drafts = storedDrafts();     // key -> text

// Shows in `field` what was typed for `key` before, or else what is `saved`, and keeps what is typed from now on.
export function keepDraft(field, key, saved = '') {
  field.dataset.draft = key;         // server.js looks for it
  field.addEventListener('input', () => {
    if (field.value === field.defaultValue) delete drafts[key];
    else drafts[key] = field.value;
    store();
  });
  showSaved(field, saved);
}

// What is saved has changed; what is being typed stays.
export function showSaved(field, saved) {
  field.defaultValue = saved;
  field.value = drafts[field.dataset.draft] ?? saved;
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
    sessionStorage.setItem(kDraftsKey, JSON.stringify(drafts));
  } catch {
    // Storage may be forbidden; they then last as long as the page.
  }
}

function storedDrafts() {
  try {
    return { ...JSON.parse(sessionStorage.getItem(kDraftsKey)) };
  } catch {
    return {};
  }
}
