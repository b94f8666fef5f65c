// One control of the camera: its name, what sets it, what it may be, and why it cannot be set now. Every text that comes from
// the camera is put in as text, never as markup.
import { has, number, t } from '../language.js';
import { icon, reason } from '../notices.js';
import { editorFor } from './editor.js';
import { Writer } from './writer.js';

const kSettle = 300;     // ms after our own write in which what others tell us may still be older than it

export const nameOf = ({ id, name }) => (has(`control.${id}`) ? t(`control.${id}`) : name || id);

// Why a control can not be set now, where no other decides it.
const reasons = { 'in-use': 'camera.inuse', 'control-failed': 'camera.unreadable' };

let nextId = 1;

export class ControlRow {
  element = document.createElement('div');
  #control;
  #controls;           // Map of all controls, to name the one that decides this one
  #set;                // sets another control: (id, value)
  #editor;
  #writer;
  #meta = paragraph('control-meta');
  #inactive = document.createElement('div');
  #refusal = paragraph('control-refusal');
  #reset = document.createElement('button');
  #settled = 0;        // until then (ms) our own value stands
  #timer = 0;

  constructor(control, controls, set) {
    this.#controls = controls;
    this.#set = set;
    this.#writer = new Writer(control.id, {
      accepted: (answer) => this.#answered(answer),
      refused: (error) => this.#refused(error),
    });
    this.#control = control;
    this.#build();
    this.update(control);
  }

  // What the device says now. While a hand is on the control, it waits.
  update(control) {
    this.#control = control;
    clearTimeout(this.#timer);
    const wait = this.#settled - performance.now();
    if (this.#writer.busy || this.#editor.held()) this.#timer = setTimeout(() => this.update(this.#control), kSettle);
    else if (wait > 0) this.#timer = setTimeout(() => this.update(this.#control), wait);
    else this.#show();
  }

  #build() {
    const { element } = this;
    const control = this.#control;
    const title = document.createElement('span');
    title.id = `control-${nextId++}`;
    title.className = 'control-name';
    title.textContent = nameOf(control);
    element.className = 'control';
    element.dataset.id = control.id;
    element.setAttribute('role', 'group');
    element.setAttribute('aria-labelledby', title.id);

    this.#reset.type = 'button';
    this.#reset.className = 'tool';
    this.#reset.append(icon('reset'));
    const words = t('camera.reset.one', { name: nameOf(control) });
    this.#reset.title = words;
    this.#reset.setAttribute('aria-label', words);
    this.#reset.addEventListener('click', () => {
      if (this.#reset.ariaDisabled === 'true') return;
      this.#begin();
      this.#writer.reset();
    });

    this.#editor = editorFor(control, { labelledBy: title.id, name: nameOf(control), write: (value) => {
      this.#begin();
      this.#writer.write(value);
    } });
    this.#inactive.className = 'control-inactive';
    this.#refusal.setAttribute('role', 'alert');
    const head = document.createElement('div');
    head.className = 'control-head';
    head.append(title, this.#editor.beside ?? '', this.#reset);
    element.append(head, this.#editor.below ?? '', this.#meta, this.#inactive, this.#refusal);
  }

  #begin() {
    this.#refusal.textContent = '';
    this.element.classList.remove('refused');
  }

  #answered(control) {
    this.#settled = performance.now() + kSettle;
    if (control) this.#controls.set(control.id, control);
    this.#control = control ?? this.#control;
    if (!this.#editor.held()) this.#show();
    else this.update(this.#control);
  }

  // Springs back to what the device has, and says why.
  #refused(error) {
    this.element.classList.add('refused');
    this.#refusal.textContent = t('camera.refused', { why: reason(error) });
    this.#editor.release();
    this.#settled = 0;
    this.#control = this.#controls.get(this.#control.id) ?? this.#control;
    this.#show();
  }

  #show() {
    const control = this.#control;
    const flags = control.flags ?? [];
    const inactive = control.inactive_because !== undefined;
    const readOnly = flags.includes('read-only');
    this.#editor.show(control, !inactive && !readOnly);
    // Not `disabled`, which would take the focus from who has just pressed it.
    this.#reset.setAttribute('aria-disabled', String(inactive || readOnly || control.value === control.default));
    this.#reset.hidden = control.default === undefined;
    this.element.classList.toggle('inactive', inactive);
    this.#meta.textContent = this.#facts(flags).join(' · ');
    this.#meta.hidden = !this.#meta.textContent;
    this.#showInactive(inactive);
  }

  #facts(flags) {
    const { type, min, max, step, default: initial } = this.#control;
    const facts = [];
    const numeric = type === 'int' || type === 'int64';
    if (numeric && min !== undefined) facts.push(t('camera.range', { min: number(min), max: number(max) }));
    if (numeric && step !== undefined) facts.push(t('camera.step', { step: number(step) }));
    if (initial !== undefined) facts.push(t('camera.default', { value: this.#editor.words(initial) }));
    if (flags.includes('read-only')) facts.push(t('camera.readonly'));
    if (flags.includes('volatile')) facts.push(t('camera.volatile'));
    return facts;
  }

  #showInactive(inactive) {
    this.#inactive.hidden = !inactive;
    if (!inactive) return;
    const { inactive_because: because, inactive_until: until, failure } = this.#control;
    const owner = this.#controls.get(because);
    const text = document.createElement('span');
    if (owner) text.textContent = t('camera.inactive.owner', { owner: nameOf(owner) });
    else text.textContent = t(reasons[because] ?? 'camera.inactive');
    if (failure) text.textContent += ` (${failure})`;   // the driver's own words
    this.#inactive.replaceChildren(text);
    if (!owner || until === undefined) return;
    const take = document.createElement('button');
    take.type = 'button';
    take.textContent = t('camera.take');
    take.setAttribute('aria-label', `${t('camera.take')}: ${nameOf(this.#control)}`);
    take.addEventListener('click', async () => {
      this.#begin();
      try {
        await this.#set(owner.id, until);
        if (!document.activeElement?.closest('.camera')) this.element.querySelector('input, select, button')?.focus();
      } catch (error) {
        this.#refused(error);
      }
    });
    this.#inactive.append(take);
  }
}

function paragraph(kind) {
  const element = document.createElement('p');
  element.className = kind;
  return element;
}
