// The buttons of the drawer.
import { t } from '../language.js';

// `words` on it, `press` when it is pressed.
export function button(words, press) {
  const element = document.createElement('button');
  element.type = 'button';
  element.textContent = words;
  element.addEventListener('click', press);
  return element;
}

// Says on a button, which else says `key`, that what it began goes on. Until that has ended no press of it counts.
export async function busyWhile(element, key, work) {
  if (element.getAttribute('aria-disabled') === 'true') return;
  element.setAttribute('aria-disabled', 'true');
  element.textContent = t('record.busy');
  try {
    await work();
  } finally {
    element.removeAttribute('aria-disabled');
    element.textContent = t(key);
  }
}
