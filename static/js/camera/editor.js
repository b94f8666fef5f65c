// What sets a control of each type: a slider with a number, a switch, a menu, a button, a text. An editor has
//   beside, below   its elements: in the line of the name, and under it
//   show(control, usable)   shows the device's value
//   held()          true while a hand is on it, so that it is not moved under the hand; release() lets go
//   words(value)    a value as people read it
import { number, t } from '../language.js';

// `write(value)` is called with every value the user sets.
export function editorFor(control, context) {
  const make = { int: range, int64: range, bool: toggle, menu: choice, intmenu: choice, button: press, string: text, bitmask: mask };
  return (make[control.type] ?? plain)(control, context);
}

const never = { held: () => false, release: () => {} };

function range(control, { labelledBy, name, write }) {
  const span = control.max - control.min;
  const field = input('number', { className: 'number', inputMode: 'numeric', min: control.min, max: control.max, step: 'any' });
  field.setAttribute('aria-label', t('camera.number', { name }));
  const slider = input('range', { min: control.min, max: control.max, step: control.step || 1 });
  slider.setAttribute('aria-labelledby', labelledBy);
  let pointer = false;
  let typing = false;
  // Another button opens a menu, which takes the release.
  slider.addEventListener('pointerdown', ({ button }) => { pointer ||= button === 0; });
  for (const end of ['pointerup', 'pointercancel']) slider.addEventListener(end, () => { pointer = false; });
  slider.addEventListener('input', () => {
    field.value = slider.value;
    write(slider.valueAsNumber);
  });
  field.addEventListener('input', () => { typing = true; });
  field.addEventListener('blur', () => { typing = false; });
  field.addEventListener('change', () => {
    typing = false;
    if (Number.isNaN(field.valueAsNumber)) {
      field.value = slider.value;
      return;
    }
    slider.value = field.value;    // at once: a key on the slider goes on from here, whenever the answer comes
    write(field.valueAsNumber);
  });
  return {
    beside: field,
    below: Number.isSafeInteger(span) && span > 0 ? slider : null,   // a slider over 2^64 values sets none of them
    held: () => pointer || typing,
    release: () => { pointer = typing = false; },
    words: (value) => number(value),
    show({ value }, usable) {
      slider.disabled = field.disabled = !usable;
      if (value === undefined) return;
      slider.value = value;
      field.value = value;
    },
  };
}

function toggle(_, { labelledBy, write }) {
  const box = input('checkbox', { className: 'switch' });
  box.setAttribute('role', 'switch');
  box.setAttribute('aria-labelledby', labelledBy);
  const label = document.createElement('label');
  label.className = 'switch-place';
  const word = document.createElement('span');
  label.append(word, box);
  const words = (value) => t(value ? 'camera.on' : 'camera.off');
  box.addEventListener('change', () => {
    word.textContent = words(box.checked);
    write(box.checked);
  });
  return {
    ...never,
    beside: label,
    words,
    show({ value }, usable) {
      box.checked = Boolean(value);
      box.disabled = !usable;
      word.textContent = words(value);
    },
  };
}

function choice({ options = [] }, { labelledBy, write }) {
  const menu = document.createElement('select');
  menu.setAttribute('aria-labelledby', labelledBy);
  for (const { value, label } of options) menu.append(new Option(label ?? String(value), value));
  menu.addEventListener('change', () => write(Number(menu.value)));
  return {
    ...never,
    below: menu,
    words: (value) => options.find((option) => option.value === value)?.label ?? String(value),
    show({ value }, usable) {
      menu.value = value;
      menu.disabled = !usable;
    },
  };
}

function press(control, { labelledBy, write }) {
  const button = document.createElement('button');
  button.type = 'button';
  button.id = `${labelledBy}-press`;
  button.textContent = t('camera.press');
  button.setAttribute('aria-labelledby', `${button.id} ${labelledBy}`);
  button.addEventListener('click', () => write(1));
  return { ...never, beside: button, words: String, show: (_, usable) => { button.disabled = !usable; } };
}

function text(control, { labelledBy, write }) {
  const field = input('text', control.max > 0 ? { maxLength: control.max } : {});
  return typed(field, labelledBy, () => write(field.value), (value) => String(value ?? ''));
}

// Bits are read and written in hexadecimal, as the data sheets have them.
function mask(control, { labelledBy, write }) {
  const words = (value) => `0x${(BigInt(value ?? 0) & 0xffffffffn).toString(16)}`;
  const field = input('text', { spellcheck: false });
  return typed(field, labelledBy, () => {
    const value = Number(field.value);
    write(field.value.trim() === '' || Number.isNaN(value) ? field.value : value);
  }, words);
}

function typed(field, labelledBy, send, words) {
  const row = document.createElement('form');
  row.className = 'typed';
  field.setAttribute('aria-labelledby', labelledBy);
  const set = document.createElement('button');
  set.textContent = t('camera.set');
  row.append(field, set);
  row.addEventListener('submit', (event) => {
    event.preventDefault();
    send();
  });
  return {
    below: row,
    held: () => field === document.activeElement,
    release: () => {},
    words,
    show({ value }, usable) {
      field.value = words(value);
      field.disabled = set.disabled = !usable;
    },
  };
}

// A type this page cannot set, such as an array.
function plain() {
  const output = document.createElement('span');
  output.className = 'plain';
  return { ...never, beside: output, words: String, show: ({ value }) => { output.textContent = value === undefined ? '–' : String(value); } };
}

function input(type, properties) {
  return Object.assign(document.createElement('input'), { type, autocomplete: 'off', ...properties });
}
