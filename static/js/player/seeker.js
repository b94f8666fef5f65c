// Shows the frame that is asked for. The newest wish wins; while somebody drags, the one under way is shown first, so that
// something is seen, and then the newest.
import { Course } from './course.js';
import { ReadError } from './read_error.js';

const kAhead = 6;            // frames that are fetched after a step, for the next ones
const kAheadTime = 300;      // ms that this may take backwards, where the one that is wanted next comes last

export class Seeker {
  place = null;              // {index, n} that was found last
  #parts;
  #wanted = null;
  #abort = new AbortController();
  #working = null;           // a Promise while there is something to do
  #showing = Promise.resolve();   // the picture that is being made; the bytes of the next one come meanwhile
  #prefetch = new AbortController();

  // `parts`: {indexes, fetch, neighbour, show(run, place, bytes, gap), fail(run, error)}
  constructor(parts) {
    this.#parts = parts;
  }

  // `wish`: {run, name, and at (ms), n, or neither for the newest; end: as far as is known there is nothing behind; scrub}, or {run, by} to go on from the last wish.
  seek(wish) {
    if (!wish.name && this.#wanted) this.#wanted = { ...this.#wanted, by: (this.#wanted.by ?? 0) + wish.by, run: wish.run };
    else this.#wanted = wish;
    this.#prefetch.abort();
    if (wish.name && !wish.scrub) this.#abort.abort();
    this.#working ??= this.#work().finally(() => { this.#working = null; });
  }

  // Nothing of it is wanted any more.
  stop() {
    this.#wanted = null;
    this.#abort.abort();
    this.#prefetch.abort();
  }

  // Resolves when nothing is under way.
  async idle() {
    while (this.#working) await this.#working;
  }

  async #work() {
    while (this.#wanted) {
      const wish = this.#wanted;
      this.#wanted = null;
      this.#abort = new AbortController();
      const { signal } = this.#abort;
      try {
        const { place, bytes, gap } = await this.#get(wish, signal);
        await this.#showing;
        this.#showing = this.#parts.show(wish.run, place, bytes, gap).catch((error) => this.#parts.fail(wish.run, error));
        if (wish.by && !this.#wanted) this.#fetchAhead(Math.sign(wish.by));
      } catch (error) {
        if (!signal.aborted) this.#parts.fail(wish.run, error);
      }
      if (!this.#wanted) await this.#showing;
    }
  }

  async #get(wish, signal) {
    const { fetch, indexes } = this.#parts;
    for (let again = true; ; again = false) {
      const gap = await this.#find(wish);
      const { place } = this;
      const { index, n } = place;
      try {
        return { place, bytes: await fetch.one(index, n, signal), gap };
      } catch (error) {
        // What was known of a file may be older than the file.
        if (!(error instanceof ReadError) || error.kind !== 'damaged' || !again || !wish.name) throw error;
        indexes.drop(index.name);
        fetch.drop(index.name);
      }
    }
  }

  // Finds the place. Returns the gap that lies on the way: {from, to} or null.
  async #find(wish) {
    const { indexes, neighbour } = this.#parts;
    if (wish.name) {
      const index = await indexes.of(wish.name);
      const last = () => index.count - 1;
      if (index.growing && (wish.end || wish.at > index.at(last()) || wish.n > last())) await indexes.grow(index);
      // Where what the list knew ended before `at`, the file may have gone on since.
      const n = wish.n ?? (wish.at === undefined ? last() : index.shownAt(wish.at));
      this.place = { index, n: Math.max(0, Math.min(n, last())) };
    }
    if (!this.place) throw new ReadError('empty');
    if (!wish.by) return null;
    const course = new Course(indexes, neighbour, this.place.index, this.place.n);
    const { gap } = await course.advance(wish.by);
    this.place = { index: course.index, n: course.n };
    return gap;
  }

  // Whoever steps once steps again.
  #fetchAhead(direction) {
    const { index, n } = this.place;
    const [first, last] = direction > 0 ? [n + 1, Math.min(n + kAhead, index.count - 1)] : [Math.max(0, n - kAhead), n - 1];
    const bytes = (last - first + 1) * index.frame(n).size;
    if (direction < 0 && bytes > kAheadTime * this.#parts.fetch.speed.now) return;
    if (first > last || this.#parts.fetch.cached(index.name, direction > 0 ? first : last)) return;
    this.#prefetch = new AbortController();
    this.#parts.fetch.range(index, first, last, this.#prefetch.signal, () => {}).catch(() => {});   // the step itself tells why
  }
}
