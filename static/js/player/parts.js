// What the player is put together from: elements with their words, which follow the language by data-text and data-label.
import { t } from '../language.js';
import { icon } from '../notices.js';
import { panelHead } from '../panels/head.js';

// An element with a class, words (data-text, translated with the page) and what is in it.
export function part(kind, className, ...inside) {
  const element = document.createElement(kind);
  if (className) element.className = className;
  element.append(...inside);
  return element;
}

export function words(kind, key, className = '') {
  const element = part(kind, className);
  element.dataset.text = key;
  element.textContent = t(key);
  return element;
}

export function label(element, key) {
  element.dataset.label = key;
  const text = t(key);
  element.setAttribute('aria-label', text);
  if (element.matches('button')) element.title = text;
  return element;
}

// A button with an icon; `key` names it.
export function tool(name, key, press) {
  const button = part('button', 'tool', icon(name));
  button.type = 'button';
  if (press) button.addEventListener('click', press);
  return label(button, key);
}

export function textButton(key, press, className = '') {
  const button = words('button', key, className);
  button.type = 'button';
  button.addEventListener('click', press);
  return button;
}

// Says on such a button that what it began goes on. Until that has ended no press of it counts. Not `disabled`, which would take the
// focus from who has just pressed it.
export async function busyWhile(button, work) {
  if (button.getAttribute('aria-disabled') === 'true') return;
  const key = button.dataset.text;
  const say = (now) => {
    button.dataset.text = now;
    button.textContent = t(now);
  };
  button.setAttribute('aria-disabled', 'true');
  say('record.busy');
  try {
    await work();
  } finally {
    button.removeAttribute('aria-disabled');
    say(key);
  }
}

export function field(key, input, className = 'field') {
  return part('label', className, words('span', key, 'field-name'), input);
}

// A panel over the page, opened by `opener` and filled each time by `fill(body, panel)`, which returns what ends it.
export function panel(id, key, opener, fill) {
  const element = label(part('div', 'panel player-panel'), key);
  element.id = id;
  element.popover = 'auto';
  element.setAttribute('role', 'dialog');
  opener.popoverTargetElement = element;
  let end = null;
  element.addEventListener('beforetoggle', (event) => {
    end?.();
    end = null;
    if (event.newState !== 'open') return;
    element.replaceChildren(panelHead(element, key), part('div', 'panel-body'));
    end = fill(element.lastElementChild, element);
  });
  return element;
}

// What stood in place of `elements` is gone; a focus that was in it goes to `instead`.
export function replaceIn(parent, elements, instead) {
  const focused = parent.contains(document.activeElement);
  parent.replaceChildren(...elements);
  if (focused && !parent.contains(document.activeElement)) instead?.focus();
}
