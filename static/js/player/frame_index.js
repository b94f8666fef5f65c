// Where the frames of a recording lie in its file, and when each was captured: what /api/recordings/NAME/frames tells.
const kMagic = 'MDVRFRM1';
const kHead = 32;              // bytes: magic, count, first, start, offset
const kEntry = 8;              // bytes of a frame: size, microseconds since the one before
const kMostFrame = 64e6;       // bytes: no camera's JPEG is as large
const kHole = 2000;            // ms without a frame that nobody waits for: playing jumps over it,
const kOutOfRhythm = 4;        // where it is so many times as long as the time before: a camera may be as slow

// What was read is no such index, or does not go on where the known one ends.
export class DamagedIndex extends Error {}

export class FrameIndex {
  count = 0;
  growing = false;             // more frames may come: it is being written
  holes = [];                  // {n, from, to}: nothing was captured between (ms) before frame n
  #start = 0;                  // microseconds since 1970
  #since = 0;                  // microseconds from there to the newest frame
  #last = Infinity;            // microseconds between the two newest frames
  #end = 0;                    // offset behind the newest frame
  #times = new Float64Array(0);      // ms since 1970
  #offsets = new Float64Array(0);
  #sizes = new Uint32Array(0);

  // `bytes`: an ArrayBuffer with an index from frame 0 on. Throws DamagedIndex.
  constructor(name, bytes) {
    this.name = name;
    this.append(bytes);
  }

  // Takes further frames: an index whose first frame is the one behind the newest known.
  append(bytes) {
    const { count, first, start, offset } = head(bytes);
    if (first !== this.count) throw new DamagedIndex(`frame ${first} does not follow ${this.count} frames`);
    if (first > 0 && (start !== this.#start || offset !== this.#end)) throw new DamagedIndex('another recording');
    this.#start = start;
    if (first === 0) this.#end = offset;
    this.#reserve(first + count);
    const view = new DataView(bytes, kHead);
    for (let i = 0; i < count; i += 1) this.#add(view.getUint32(i * kEntry, true), view.getUint32(i * kEntry + 4, true));
  }

  // Frame n, which must be one: {n, at, offset, size}; `at` in ms since 1970.
  frame(n) {
    return { n, at: this.#times[n], offset: this.#offsets[n], size: this.#sizes[n] };
  }

  at(n) {
    return this.#times[n];
  }

  // The frame that is shown at a time (ms): the newest of that moment, or the first.
  shownAt(at) {
    let low = 0;
    let high = this.count;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#times[middle] <= at) low = middle;
      else high = middle;
    }
    return low;
  }

  // ms from frame to frame, on the whole.
  get interval() {
    const holes = this.holes.reduce((sum, { from, to }) => sum + to - from, 0);
    return this.count > 1 ? (this.#times[this.count - 1] - this.#times[0] - holes) / (this.count - 1) : 0;
  }

  // ms that it takes to play from frame a to frame b > a: without the holes.
  playTime(a, b) {
    const holes = this.holes.filter(({ n }) => n > a && n <= b);
    return this.#times[b] - this.#times[a] - holes.reduce((sum, { from, to }) => sum + to - from, 0);
  }

  // The hole that lies between frames a and b > a: the last one, or undefined.
  holeBetween(a, b) {
    return this.holes.findLast(({ n }) => n > a && n <= b);
  }

  #reserve(count) {
    if (count <= this.#sizes.length) return;
    const room = Math.max(count, Math.ceil(this.#sizes.length * 1.5));
    const larger = (old) => {
      const fresh = new old.constructor(room);
      fresh.set(old);
      return fresh;
    };
    this.#times = larger(this.#times);
    this.#offsets = larger(this.#offsets);
    this.#sizes = larger(this.#sizes);
  }

  #add(size, since) {
    if (!(size > 0 && size <= kMostFrame)) throw new DamagedIndex(`a frame of ${size} bytes`);
    this.#since += since;
    const at = (this.#start + this.#since) / 1000;
    if (since >= Math.max(kHole * 1000, kOutOfRhythm * this.#last)) {
      this.holes.push({ n: this.count, from: this.#times[this.count - 1], to: at });
    }
    if (this.count > 0) this.#last = since;
    this.#times[this.count] = at;
    this.#offsets[this.count] = this.#end;
    this.#sizes[this.count] = size;
    this.#end += size;
    this.count += 1;
  }
}

function head(bytes) {
  if (bytes.byteLength < kHead) throw new DamagedIndex(`${bytes.byteLength} bytes`);
  const view = new DataView(bytes);
  const magic = String.fromCharCode(...new Uint8Array(bytes, 0, kMagic.length));
  if (magic !== kMagic) throw new DamagedIndex('no index');
  const count = view.getUint32(8, true);
  if (bytes.byteLength !== kHead + count * kEntry) throw new DamagedIndex(`${count} frames in ${bytes.byteLength} bytes`);
  return { count, first: view.getUint32(12, true), start: Number(view.getBigInt64(16, true)), offset: Number(view.getBigUint64(24, true)) };
}
