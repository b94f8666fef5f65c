// The picture engine, beside the page: gets the bytes of frames, makes pictures of them and gives them to the page.
//
// From the page: seek {run, name, at | n | end, scrub} or {run, by}; play {run, rate, name, n} (without a name: from where the last
// seek ends); clock {run, film, wall, rate}; taken {run, ms}; stop; bytes {id, name, n | at}; forget {name}; answer {id, value}; way {...}.
// To the page: still | frame {run, name, n, at, gap, film, last, and picture or bytes}; end {run, more}; problem {run, kind};
// bytes {id, n, bytes | kind}; ask {id, what, ...}, which it answers; tried {way, perSecond}.
import { Film } from './film.js';
import { IndexStore } from './index_store.js';
import { PictureFetch } from './picture_fetch.js';
import { Pictures } from './pictures.js';
import { kindOf, ReadError } from './read_error.js';
import { Seeker } from './seeker.js';

const kRest = 300;             // ms without a new wish

const indexes = new IndexStore();
const fetch = new PictureFetch();
const asked = new Map();      // id -> what resolves the Promise of an answer of the page
let film = null;
let filmRun = 0;

function ask(what, fields, transfer = []) {
  const id = Math.random();
  postMessage({ kind: 'ask', id, what, ...fields }, transfer);
  return new Promise((resolve) => { asked.set(id, resolve); });
}

async function neighbour(name, direction) {
  const answer = await ask('neighbour', { name, direction });
  if (answer.problem) throw new ReadError(answer.problem, `which recording is next to ${name}`);
  return answer;
}

const pictures = new Pictures((bytes) => {
  const copy = bytes.slice();
  return ask('trial', { bytes: copy }, [copy.buffer]);
});

const fail = (run, error) => {
  if (!error.kind) throw error;      // a fault of ours: the page hears of it as of any
  postMessage({ kind: 'problem', run, problem: kindOf(error), detail: error.message });
};

function give(kind, run, { index, n, film: time = 0 }, gap, made) {
  const frame = { kind, run, name: index.name, n, at: index.at(n), gap, film: time, last: index.at(index.count - 1), growing: index.growing };
  postMessage({ ...frame, ...made.fields }, made.transfer);
}

const seeker = new Seeker({
  indexes,
  fetch,
  neighbour,
  fail,
  show: async (run, place, bytes, gap) => {
    give('still', run, place, gap, await pictures.make(bytes));
    tryDecoders(bytes);
  },
});

// Once there is a picture to try them on, and nobody waits for another one: whoever drags wants the next at once.
let quiet = true;
let restTimer = 0;
let toTry = null;             // the bytes of a picture, while it waits for its turn
let trying = Promise.resolve();

function tryDecoders(bytes) {
  quiet = true;
  toTry = bytes;
  clearTimeout(restTimer);
  restTimer = setTimeout(tryNow, kRest);
}

function tryNow() {
  const bytes = toTry;
  toTry = null;
  clearTimeout(restTimer);
  if (bytes) trying = pictures.trial(bytes, () => quiet).then((tried) => tried && postMessage({ kind: 'tried', ...tried }));
  return trying;
}

async function play({ run, rate, name, n }) {
  try {
    if (!name) await seeker.idle();
    await tryNow();      // half a second, once in a session: a film that begins smoothly is worth it
    if (run !== filmRun) return;
    const place = name ? { index: await indexes.of(name), n } : seeker.place;
    if (run !== filmRun || !place) return;
    seeker.place = place;
    const end = (mine, { more }) => postMessage({ kind: 'end', run: mine, more });
    film = new Film({ indexes, fetch, neighbour, pictures, fail, end, give: (slot, made) => give('frame', run, slot, slot.gap, made) }, run, rate, place);
    await film.play();
  } catch (error) {
    fail(run, error);
  }
}

function stopFilm(run) {
  film?.stop();
  film = null;
  filmRun = run;
}

const take = {
  seek(wish) {
    quiet = false;
    toTry = null;
    clearTimeout(restTimer);
    stopFilm(0);
    seeker.seek(wish);
  },
  play(wish) {
    stopFilm(wish.run);
    play(wish);
  },
  stop({ all = false }) {
    stopFilm(0);
    if (all) seeker.stop();
  },
  clock({ run, ...clock }) {
    if (run === filmRun) film?.setClock(clock);
  },
  taken({ run, ms }) {
    if (ms) pictures.took(ms);
    if (run === filmRun) film?.taken();
  },
  async bytes({ id, name, n: wanted, at }) {
    try {
      const index = await indexes.of(name);
      const n = wanted ?? index.shownAt(at);
      postMessage({ kind: 'bytes', id, n, bytes: await fetch.one(index, n) });
    } catch (error) {
      postMessage({ kind: 'bytes', id, problem: kindOf(error), detail: error.message });
    }
  },
  forget({ name }) {
    indexes.drop(name);
    fetch.drop(name);
  },
  answer({ id, value }) {
    asked.get(id)?.(value);
    asked.delete(id);
  },
  way(known) {
    pictures.use(known);
  },
};

addEventListener('message', ({ data }) => take[data.kind](data));
