// Fetches frames as they lie in a file: one byte range, cut into whole JPEGs while it comes.
import { addressOf } from '../server.js';
import { patientFetch, ReadError, whilePublished } from './read_error.js';

const kCache = 32e6;              // bytes of frames that are kept
const kSlowestDecay = 3000;       // ms of fetching after which what was measured counts half
const kSoi = [0xff, 0xd8];        // what every JPEG begins with

// Compressed frames, those used last. What is read again and again while somebody steps to and fro comes from here.
export class FrameCache {
  #frames = new Map();            // name#n -> Uint8Array; the one used last at the end
  #bytes = 0;

  get(name, n) {
    const key = `${name}#${n}`;
    const frame = this.#frames.get(key);
    if (frame) {
      this.#frames.delete(key);
      this.#frames.set(key, frame);
    }
    return frame;
  }

  put(name, n, frame) {
    const key = `${name}#${n}`;
    this.#bytes += frame.length - (this.#frames.get(key)?.length ?? 0);
    this.#frames.delete(key);
    this.#frames.set(key, frame);
    for (const [oldest, { length }] of this.#frames) {
      if (this.#bytes <= kCache) break;
      this.#frames.delete(oldest);
      this.#bytes -= length;
    }
  }

  drop(name) {
    for (const [key, { length }] of this.#frames) {
      if (!key.startsWith(`${name}#`)) continue;
      this.#frames.delete(key);
      this.#bytes -= length;
    }
  }
}

// How fast the link brings frames, bytes a millisecond of the time in which something was being fetched.
class LinkSpeed {
  #bytes = 0;
  #time = 0;
  #open = 0;
  #since = 0;

  begin() {
    this.#count();
    this.#open += 1;
  }

  took(bytes) {
    this.#bytes += bytes;
  }

  end() {
    this.#count();
    this.#open -= 1;
  }

  // Infinity before anything is known.
  get now() {
    this.#count();
    return this.#time > 50 ? this.#bytes / this.#time : Infinity;
  }

  #count() {
    const now = performance.now();
    if (this.#open) this.#time += now - this.#since;
    this.#since = now;
    if (this.#time > kSlowestDecay) {
      this.#time /= 2;
      this.#bytes /= 2;
    }
  }
}

export class PictureFetch {
  speed = new LinkSpeed();
  #cache = new FrameCache();

  cached(name, n) {
    return this.#cache.get(name, n);
  }

  drop(name) {
    this.#cache.drop(name);
  }

  // Frame n of an index. Fails with a ReadError, or AbortError.
  async one(index, n, signal) {
    const known = this.#cache.get(index.name, n);
    if (known) return known;
    let frame = null;
    await this.range(index, n, n, signal, (_, bytes) => { frame = bytes; });
    return frame;
  }

  // Frames first .. last of an index, in one request; `onFrame(n, bytes)` is called with each as soon as it is whole.
  range(index, first, last, signal, onFrame) {
    return whilePublished(() => index.growing, () => this.#range(index, first, last, signal, onFrame), signal);
  }

  #range(index, first, last, signal, onFrame) {
    const from = index.frame(first).offset;
    const end = index.frame(last).offset + index.frame(last).size;
    const url = addressOf(`/recordings/${encodeURIComponent(index.name)}`);
    // no-store: what is to be kept is kept here; a browser's cache would write the whole film to the disk.
    const options = { signal, cache: 'no-store', headers: { Range: `bytes=${from}-${end - 1}` } };
    this.speed.begin();
    return patientFetch(url, options, async (answer, heard) => {
      if (answer.status !== 206) throw new ReadError('damaged', `${index.name}: no part of it`);
      const cut = new Cutter(index, first, last, (n, bytes) => {
        this.#cache.put(index.name, n, bytes);
        onFrame(n, bytes);
      });
      const reader = answer.body.getReader();
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        heard();
        this.speed.took(piece.value.length);
        cut.push(piece.value);
      }
      if (!cut.complete) throw new ReadError('lost', `${index.name}: it ended early`);
    }).finally(() => this.speed.end());
  }
}

// Cuts the bytes of frames first .. last, in whatever pieces they come, into frames.
class Cutter {
  #index;
  #last;
  #onFrame;
  #n;
  #frame = null;
  #filled = 0;

  constructor(index, first, last, onFrame) {
    this.#index = index;
    this.#n = first;
    this.#last = last;
    this.#onFrame = onFrame;
  }

  get complete() {
    return this.#n > this.#last;
  }

  push(bytes) {
    for (let at = 0; at < bytes.length && !this.complete;) {
      this.#frame ??= new Uint8Array(this.#index.frame(this.#n).size);
      const piece = bytes.subarray(at, at + this.#frame.length - this.#filled);
      this.#frame.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
      if (this.#filled === this.#frame.length) this.#give();
    }
  }

  #give() {
    const frame = this.#frame;
    if (kSoi.some((byte, i) => frame[i] !== byte)) throw new ReadError('damaged', `${this.#index.name}: frame ${this.#n} is no JPEG`);
    const n = this.#n;
    this.#n += 1;
    this.#frame = null;
    this.#filled = 0;
    this.#onFrame(n, frame);
  }
}
