// The page's side of the picture engine (engine.worker.js): starts it, answers what it asks, and makes the pictures that the page
// itself makes faster.
import { doubtLogin } from '../server.js';
import { state } from '../state.js';
import { nextRecording, previousRecording, recordingNamed } from './archive.js';
import { decodeElement, timeOf } from './decoders.js';
import { kindOf, ReadError } from './read_error.js';

const kWayKey = 'mini-dvr-decoder';

let worker = null;
let handlers = {};
let perSecond = Infinity;
const questions = new Map();   // id -> {resolve, reject} of a question for a frame's bytes

// `on`: {still(frame), frame(frame), end({run, more}), problem({run, problem})}: what becomes of it; see engine.worker.js.
export function startEngine(on) {
  handlers = on;
  if (worker) return;
  const mine = new Worker(new URL('engine.worker.js', import.meta.url), { type: 'module' });
  worker = mine;
  mine.addEventListener('message', ({ data }) => {
    if (data.problem === 'login') doubtLogin();      // a worker leads nobody anywhere
    (receive[data.kind] ?? handlers[data.kind])(data);
  });
  // It could not be loaded, or has a fault: the next wish starts another one.
  mine.addEventListener('error', () => {
    if (worker !== mine) return;
    mine.terminate();
    worker = null;
    for (const { reject } of questions.values()) reject(new ReadError('lost'));
    questions.clear();
    handlers.problem({ run: Infinity, problem: 'lost' });
  });
  const way = knownWay();
  if (way) mine.postMessage({ kind: 'way', ...way });
  perSecond = way?.perSecond ?? Infinity;
}

// Pictures a second that can be decoded, as far as that was tried.
export const decodesPerSecond = () => perSecond;

export function tellEngine(message) {
  if (!worker) startEngine(handlers);
  worker.postMessage(message);
}

// A frame of a recording, as the camera made it: {bytes, n}. `which`: {n}, or {at} (ms). Fails with a ReadError.
export function bytesOf(name, which) {
  const id = Math.random();
  return new Promise((resolve, reject) => {
    questions.set(id, { resolve, reject });
    tellEngine({ kind: 'bytes', id, name, ...which });
  });
}

// What a canvas can draw of a frame that the engine gave; null when no decoder takes it.
export const pictureOf = async ({ picture, bytes }) => picture ?? decodeElement(bytes).catch(() => null);

const receive = {
  bytes({ id, bytes, n, problem, detail }) {
    const { resolve, reject } = questions.get(id);
    questions.delete(id);
    if (problem) reject(new ReadError(problem, detail));
    else resolve({ bytes, n });
  },
  async ask({ id, what, ...fields }) {
    tellEngine({ kind: 'answer', id, value: await answers[what](fields) });
  },
  tried: keepWay,
};

const answers = {
  // One that is damaged has no frames to go on with.
  async neighbour({ name, direction }) {
    let one = recordingNamed(name);
    try {
      do {
        one = one && await (direction > 0 ? nextRecording(one) : previousRecording(one));
      } while (one && (one.state === 'damaged' || !one.frames));
    } catch (error) {
      return { problem: kindOf(error) };
    }
    return { name: one?.name ?? null, more: direction > 0 && Boolean(state.server?.current_file) };
  },
  // How long the page's own way takes.
  trial: ({ bytes }) => timeOf(decodeElement, bytes),
};

// What a trial of all decoders came to.
export function keepWay({ way, perSecond: many }) {
  perSecond = many;
  try {
    sessionStorage.setItem(kWayKey, JSON.stringify({ way, perSecond }));
  } catch {
    // Storage may be forbidden: it is tried again with the next page.
  }
}

function knownWay() {
  try {
    return JSON.parse(sessionStorage.getItem(kWayKey));
  } catch {
    return null;
  }
}
