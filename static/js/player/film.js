// Plays: plans which frames come next, fetches them before they are due, decodes a few at a time, leaves out those that are late.
import { Course } from './course.js';
import { kMostDecodes } from './pictures.js';

const kAhead = 60;             // frames that are planned, at most
const kAheadBytes = 8e6;       // of them that are fetched or being fetched
const kForward = 24;           // frames in one request
const kBackward = 8;           // the same, where the last one of them is shown first
const kSingles = 4;            // requests at the same time, where frames are fetched one by one
const kMostShown = 30;         // pictures a second; faster than that only every n-th frame is fetched
const kStarved = 250;          // ms that bytes may be late before fewer frames are asked for
const kSpare = 0.8;            // share of the link that is planned with
const kRecover = 4000;         // ms of plenty after which more frames are asked for again
const kRetries = 3;
const kRetryPause = 500;       // ms

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

// A clock that the page has, too.
const now = () => performance.timeOrigin + performance.now();

class Bell {
  #waiting = [];
  wait() { return new Promise((resolve) => { this.#waiting.push(resolve); }); }
  ring() { for (const resolve of this.#waiting.splice(0)) resolve(); }
}

export class Film {
  #parts;
  #run;
  #rate;
  #course;
  #direction;
  #stride;
  #played = 0;              // ms of film from the beginning to the place of the course
  #queue = [];              // planned frames, in the order of playing
  #sent;                    // {index, n, film} of the newest that was given to the page
  #plan = 0;                // number of the plan that is carried out
  #abort = new AbortController();
  #requests = 0;
  #decoding = 0;
  #out = 0;
  #order = Promise.resolve();
  #clock = null;            // {film, wall, rate}: when (ms on now()) which ms of film is due
  #plenty = 0;              // since when there was always enough
  #planned = null;          // how the plan ended: null, or {more} at the end of what there is
  #stopped = false;
  #bell = new Bell();

  // `parts`: {indexes, fetch, neighbour, pictures, give(slot, made), end(run, {more}), fail(run, error)}. Plays from behind
  // `place` ({index, n}) on.
  constructor(parts, run, rate, place) {
    this.#parts = parts;
    this.#run = run;
    this.#rate = rate;
    this.#direction = Math.sign(rate);
    this.#sent = { ...place, film: 0 };
    this.#course = this.#courseFrom(this.#sent);
    this.#stride = this.#usualStride();
  }

  stop() {
    this.#stopped = true;
    this.#abort.abort();
    this.#queue = [];
    this.#bell.ring();
  }

  // The page draws by this from now on.
  setClock(clock) {
    this.#clock = clock;
  }

  // The page has drawn, or left out, a picture.
  taken() {
    this.#out -= 1;
    this.#bell.ring();
  }

  async play() {
    this.#planAhead().catch((error) => this.#fail(error));
    while (!this.#stopped) {
      const slot = await this.#next();
      if (!slot) break;
      this.#decode(slot);
    }
    await this.#order;
    if (!this.#stopped) this.#parts.end(this.#run, this.#planned);
  }

  // ---- which frames

  #courseFrom({ index, n }) {
    return new Course(this.#parts.indexes, this.#parts.neighbour, index, n);
  }

  // Up to real time every frame is wanted; above, no more than can be shown.
  #usualStride() {
    const speed = Math.abs(this.#rate);
    const { interval } = this.#sent.index;
    if (speed <= 1 || !interval) return 1;
    return Math.max(1, Math.round(speed * 1000 / interval / Math.min(kMostShown, this.#parts.pictures.perSecond)));
  }

  async #planAhead() {
    while (!this.#stopped && !this.#planned) {
      if (!this.#hasRoom()) {
        await this.#bell.wait();
        continue;
      }
      this.#askForMore();
      const plan = this.#plan;
      const course = this.#course;
      const way = await course.advance(this.#stride * this.#direction, () => !this.#stopped && plan === this.#plan && Math.abs(this.#rate) <= 1);
      if (this.#stopped || plan !== this.#plan) continue;
      if (way.moved) this.#pull(await this.#group(course, this.#slot(course, way)), this.#abort.signal);
      else this.#planned = { more: course.more };
      this.#bell.ring();
    }
  }

  #hasRoom() {
    const bytes = this.#queue.reduce((sum, { size }) => sum + size, 0);
    const most = this.#stride > 1 ? kSingles : this.#direction > 0 ? 1 : 2;
    return this.#requests < most && this.#queue.length < kAhead && (bytes < kAheadBytes || this.#queue.length < 2);
  }

  #slot({ index, n }, { time, gap }) {
    this.#played += time;
    const { at, size } = index.frame(n);
    const bytes = this.#parts.fetch.cached(index.name, n) ?? null;
    return { run: this.#run, index, n, at, size, film: this.#played, gap, bytes };
  }

  // That slot and those behind it that one request can bring.
  async #group(course, first) {
    const group = [first];
    const most = this.#direction > 0 ? kForward : kBackward;
    let bytes = first.size;
    while (this.#stride === 1 && group.length < most && bytes < kAheadBytes / 4 && course.within(this.#direction)) {
      const slot = this.#slot(course, await course.advance(this.#direction));
      group.push(slot);
      bytes += slot.size;
    }
    this.#queue.push(...group);
    return group;
  }

  // ---- their bytes

  async #pull(group, signal) {
    const byNumber = new Map(group.filter(({ bytes }) => !bytes).map((slot) => [slot.n, slot]));
    if (!byNumber.size) return;
    const { index } = group[0];
    const numbers = () => [...byNumber.keys()];
    this.#requests += 1;
    for (let tries = 1; byNumber.size && !signal.aborted; tries += 1) {
      try {
        await this.#parts.fetch.range(index, Math.min(...numbers()), Math.max(...numbers()), signal, (n, bytes) => {
          const slot = byNumber.get(n);
          if (slot) slot.bytes = bytes;
          byNumber.delete(n);
          this.#bell.ring();
        });
      } catch (error) {
        if (signal.aborted) break;
        if (error.kind !== 'lost' || tries > kRetries) {
          this.#fail(error);
          break;
        }
        await pause(kRetryPause);
      }
    }
    this.#requests -= 1;
    this.#bell.ring();
  }

  #fail(error) {
    if (this.#stopped) return;
    this.stop();
    this.#parts.fail(this.#run, error);
  }

  // Bytes come too late: with fewer frames they come in time.
  #starve() {
    const { interval } = this.#sent.index;
    const mean = this.#queue.reduce((sum, { size }) => sum + size, 0) / Math.max(1, this.#queue.length);
    const needed = mean * Math.abs(this.#rate) / (interval || 1) / (kSpare * this.#parts.fetch.speed.now);
    this.#stride = Math.max(this.#stride + 1, Math.ceil(needed));
    this.#plenty = 0;
    this.#planAgain();
  }

  // What was planned with another stride is forgotten, but for what has come.
  #planAgain() {
    this.#plan += 1;
    this.#abort.abort();
    this.#abort = new AbortController();
    const coming = this.#queue.findIndex(({ bytes }) => !bytes);
    if (coming >= 0) this.#queue.splice(coming);
    const last = this.#queue.at(-1) ?? this.#sent;
    this.#course = this.#courseFrom(last);
    this.#played = last.film;
  }

  #askForMore() {
    const usual = this.#usualStride();
    const enough = this.#queue.length > 1 && this.#queue.slice(0, kSingles).every(({ bytes }) => bytes);
    if (this.#stride <= usual || !enough) {
      if (!enough) this.#plenty = 0;
      return;
    }
    this.#plenty ||= now();
    if (now() - this.#plenty < kRecover) return;
    this.#plenty = 0;
    this.#stride = Math.max(usual, Math.floor(this.#stride * 0.75));
  }

  // ---- their pictures

  #due({ film }) {
    return this.#clock.wall + (film - this.#clock.film) / this.#clock.rate;
  }

  // The next frame to decode, when there is one and room for it; null at the end.
  async #next() {
    while (!this.#stopped) {
      if (!this.#queue.length && this.#planned) return null;
      const head = this.#queue[0];
      if (head?.bytes && this.#decoding < kMostDecodes && this.#out < this.#parts.pictures.mostOut) {
        this.#leaveOutLate();
        return this.#queue.shift();
      }
      await this.#bell.wait();
      if (head && head.bytes && head === this.#queue[0] && this.#clock && now() - this.#due(head) > kStarved && !this.#out) this.#starve();
    }
    return null;
  }

  // A frame that the next one replaces before it can be seen need not be decoded. Where decoders do not keep up, those that are
  // decoded lie as far apart as it takes, also while there is time: an even film of fewer pictures.
  #leaveOutLate() {
    if (!this.#clock) return;
    const { cost } = this.#parts.pictures;
    const ready = now() + cost;
    const apart = this.#due(this.#sent) + cost / kMostDecodes;
    const soon = this.#due(this.#queue[0]) > ready ? apart : Math.max(ready, apart);
    while (this.#queue.length > 1 && this.#queue[1].bytes && this.#due(this.#queue[1]) <= soon) {
      const { gap } = this.#queue.shift();
      this.#queue[0].gap ??= gap;
    }
  }

  #decode(slot) {
    this.#sent = slot;
    this.#decoding += 1;
    this.#out += 1;
    const made = this.#parts.pictures.make(slot.bytes).finally(() => {
      this.#decoding -= 1;
      this.#bell.ring();
    });
    // In order, whichever is ready first. One that no decoder takes is left out: cameras send a broken frame now and then.
    this.#order = Promise.allSettled([made, this.#order]).then(([{ value }]) => {
      if (value && !this.#stopped) {
        this.#parts.give(slot, value);
      } else {
        value?.fields.picture?.close();
        this.taken();
      }
    });
  }
}
