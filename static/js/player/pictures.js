// Makes pictures of frames for the page: decoded here, or, where the page's own way is faster, as bytes that it decodes.
import { timeOf, ways } from './decoders.js';
import { ReadError } from './read_error.js';

const kUsual = 30;            // pictures a second, before it was measured
export const kMostDecodes = 3;   // at the same time
const kMostOut = 5;           // 8 MB each at 1080p
const kSmooth = 0.2;          // share of the newest decode in the running cost

export class Pictures {
  cost = 20;                  // ms from bytes to picture, as of late
  perSecond = kUsual;         // pictures that can be decoded
  #way = 'bitmap';
  #tried = false;
  #askPage;

  // `askPage(bytes)` resolves with the ms a picture that the page's own way takes.
  constructor(askPage) {
    this.#askPage = askPage;
  }

  // What an earlier trial of this session came to.
  use({ way, perSecond }) {
    if (way !== 'element' && !ways[way]) return;
    this.#way = way;
    this.perSecond = perSecond;
    this.#tried = true;
  }

  // Pictures that may be under way at the same time, those that wait to be drawn among them.
  get mostOut() {
    return this.#way === 'element' ? kMostDecodes : kMostOut;
  }

  // What goes to the page, and what of it is given away. Fails with a ReadError.
  async make(bytes) {
    if (this.#way === 'element') {
      const copy = bytes.slice();      // these stay in the cache
      return { fields: { bytes: copy }, transfer: [copy.buffer] };
    }
    const begin = performance.now();
    const picture = await ways[this.#way](bytes).catch((error) => { throw new ReadError('undecodable', error.message); });
    this.took(performance.now() - begin);
    return { fields: { picture }, transfer: [picture] };
  }

  took(ms) {
    this.cost += kSmooth * (ms - this.cost);
  }

  // Tries all there is on a frame, once. Returns {way, perSecond}, or null when it was tried before or `goOn` said no.
  async trial(bytes, goOn) {
    if (this.#tried) return null;
    this.#tried = true;
    const times = {};
    for (const [way, decode] of Object.entries(ways)) times[way] = await timeOf(decode, bytes, goOn);
    times.element = goOn() ? await this.#askPage(bytes) : NaN;
    if (Object.values(times).some(Number.isNaN)) {
      this.#tried = false;
      return null;
    }
    const [way, time] = Object.entries(times).sort((a, b) => a[1] - b[1])[0];
    if (time === Infinity) return null;
    this.#way = way;
    this.cost = time;
    this.perSecond = 1000 / time;
    return { way, perSecond: this.perSecond, times };
  }
}
