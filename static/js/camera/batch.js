// What changes many values of the camera at once, for which that may take minutes. That it is under way is known here, and not by
// its button: the drawer is drawn anew meanwhile, and in another language.
import { t } from '../language.js';
import { CommandError, request } from '../server.js';
import { button } from './button.js';

// ms until an answer about many controls is given up: it tells of each, and a camera may take some seconds to fail at one
export const kBatchLimit = 5 * 60e3;

const underWay = new Map();     // its name -> { isAnswerLost, giveUp }

// Those of now. Their `giveUp` waits for them no longer. Where `isAnswerLost`, only who asks the camera for something else learns
// that it has done them.
export const batchesUnderWay = () => [...underWay.values()];

// A button for the batch `name`, which says the string `key`; for who hears it also `of` what. No press counts while that is under way.
export function batchButton(name, key, press, of = '') {
  const element = button('', () => underWay.has(name) || press());
  Object.assign(element.dataset, { batch: name, says: key, of });
  showBatch(element);
  return element;
}

export function showBatch(element) {
  const { batch, says, of } = element.dataset;
  const isBusy = underWay.has(batch);
  element.textContent = t(isBusy ? 'record.busy' : says);
  if (of) element.setAttribute('aria-label', `${element.textContent}: ${of}`);
  // Not `disabled`, which would take the focus from who has just pressed it.
  if (isBusy) element.setAttribute('aria-disabled', 'true');
  else element.removeAttribute('aria-disabled');
}

// Asks for the batch `name`, and resolves with the server's answer; fails with a CommandError. A line that breaks, or a proxy that
// waits no longer, takes the answer away and ends no batch: what is without a word of the server's own may be under way.
export async function runBatch(name, path, body) {
  const batch = { isAnswerLost: false };
  const end = () => {
    if (underWay.get(name) !== batch) return;
    underWay.delete(name);
    showAll();
  };
  const givenUp = new Promise((resolve, reject) => {
    batch.giveUp = () => {
      reject(new CommandError('lost'));
      end();
    };
  });
  const answered = request('POST', path, body, kBatchLimit).then((answer) => {
    end();
    return answer;
  }, (error) => {
    batch.isAnswerLost = !error.code;
    if (batch.isAnswerLost) setTimeout(end, kBatchLimit);
    else end();
    throw error;
  });
  underWay.set(name, batch);
  showAll();
  return Promise.race([answered, givenUp]);
}

const showAll = () => document.querySelectorAll('[data-batch]').forEach(showBatch);
