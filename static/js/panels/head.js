// What a panel over the page begins with: its heading, and a button that closes it. A phone has no Escape, some browsers make
// nothing of a touch beside the panel, and the button that opened it may lie under it.
import { t } from '../language.js';
import { icon } from '../notices.js';

export function panelHead(panel, key) {
  const title = document.createElement('h2');
  title.dataset.text = key;
  title.textContent = t(key);
  const close = document.createElement('button');
  Object.assign(close, { type: 'button', className: 'tool panel-close', title: t('close'), popoverTargetElement: panel, popoverTargetAction: 'hide' });
  close.dataset.label = 'close';
  close.setAttribute('aria-label', t('close'));
  close.append(icon('close'));
  const head = document.createElement('div');
  head.className = 'panel-head';
  head.append(title, close);
  return head;
}
