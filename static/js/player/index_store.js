// The frame indexes of the recordings that are being looked at.
import { addressOf } from '../server.js';
import { DamagedIndex, FrameIndex } from './frame_index.js';
import { patientFetch, readAll, ReadError, whilePublished } from './read_error.js';

const kMostIndexes = 8;    // of 10 minutes at 30 frames a second: 360 KB each

export class IndexStore {
  #known = new Map();      // name -> Promise of a FrameIndex; the one used last at the end

  // The index of recording `name`. Fails with a ReadError; the next call tries again.
  async of(name) {
    const known = this.#known.get(name) ?? this.#load(name);
    this.#known.delete(name);
    this.#known.set(name, known);
    if (this.#known.size > kMostIndexes) this.drop(this.#known.keys().next().value);
    try {
      return await known;
    } catch (error) {
      if (this.#known.get(name) === known) this.drop(name);
      throw error;
    }
  }

  // Asks for the frames that were added to a recording since. Returns whether there are some.
  async grow(index) {
    const before = index.count;
    try {
      const { bytes, growing } = await whilePublished(() => index.growing, () => ask(index.name, before));
      // Two may have asked at once; those that the other one brought are not missing.
      if (index.count === before) index.append(bytes);
      index.growing = growing;
    } catch (error) {
      if (!(error instanceof DamagedIndex)) throw error;
      this.drop(index.name);
      throw new ReadError('damaged', error.message);
    }
    return index.count > before;
  }

  drop(name) {
    this.#known.delete(name);
  }

  async #load(name) {
    const { bytes, growing } = await ask(name, 0);
    try {
      const index = new FrameIndex(name, bytes);
      if (!index.count) throw new ReadError('damaged', `${name} has no frames`);
      index.growing = growing;
      return index;
    } catch (error) {
      throw error instanceof DamagedIndex ? new ReadError('damaged', error.message) : error;
    }
  }
}

// One that is being written has no validator: its header is going to change.
function ask(name, first) {
  const url = addressOf(`/api/recordings/${encodeURIComponent(name)}/frames?first=${first}`);
  return patientFetch(url, {}, async (answer, heard) => ({ bytes: await readAll(answer, heard), growing: !answer.headers.has('ETag') }));
}
