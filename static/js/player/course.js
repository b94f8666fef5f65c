// The way through the recordings, frame by frame, over the ends of files and over what was not recorded.
const kGrowPause = 200;        // ms between two questions whether what is being written has more frames
const kNextPause = 500;        // ms between two questions whether the next file has begun
export const kLeastGap = 1000;        // ms between two files that are waited for like any two frames: nobody would see a gap in them

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

// What takes one from frame a of one recording to frame b of another that was made later: {time, gap}. `time`: ms that it takes to
// play; `gap`: {from, to} where nothing was recorded, or null.
function crossing(before, a, after, b) {
  const last = before.at(before.count - 1);
  const next = after.at(0);
  const interval = before.interval || after.interval;
  const played = before.playTime(a, before.count - 1) + after.playTime(0, b);
  const distance = next - last;
  // A clock that was set back makes no gap that could be told.
  if (distance < 0) return { time: played + interval, gap: null };
  if (distance <= Math.max(kLeastGap, 2.5 * interval)) return { time: played + distance, gap: null };
  return { time: played + interval, gap: { from: last + interval, to: next } };
}

export class Course {
  more = false;              // whether the last advance ended where there will be more
  #indexes;
  #neighbour;

  // `indexes`: an IndexStore. `neighbour(name, direction)` resolves with {name, more}: the recording behind (1) or before (-1) that
  // one, or null; and whether there will be one, because it is being recorded.
  constructor(indexes, neighbour, index, n) {
    this.#indexes = indexes;
    this.#neighbour = neighbour;
    this.index = index;
    this.n = n;
  }

  // Whether a move by `by` frames stays in the file and needs nothing.
  within(by) {
    return this.n + by >= 0 && this.n + by < this.index.count;
  }

  // Moves by `by` frames, as far as there are: {moved, time, gap}. `time`: ms that playing takes from where it was; moved 0 at the
  // very end. `wait()`: at the end of what is being recorded, called before it is asked again whether more has come; what it
  // returns says whether to.
  async advance(by, wait = () => false) {
    const total = { moved: 0, time: 0, gap: null };
    const direction = Math.sign(by);
    while (Math.abs(total.moved) < Math.abs(by)) {
      const left = by - total.moved;
      const end = direction > 0 ? this.index.count - 1 : 0;
      const step = direction * Math.min(Math.abs(left), Math.abs(end - this.n));
      if (step) {
        this.#within(step, total);
      } else if (direction > 0 && this.index.growing) {
        if (await this.#indexes.grow(this.index) || !this.index.growing) continue;
        this.more = true;
        if (total.moved || !wait()) return total;    // what is shown first is what there is
        await pause(kGrowPause);
      } else if (!(await this.#cross(direction, total))) {
        if (!this.more || total.moved || !wait()) return total;
        await pause(kNextPause);
      }
    }
    return total;
  }

  #within(step, total) {
    const [a, b] = step > 0 ? [this.n, this.n + step] : [this.n + step, this.n];
    total.moved += step;
    total.time += this.index.playTime(a, b);
    const hole = this.index.holeBetween(a, b);
    if (hole) total.gap = { from: hole.from, to: hole.to };
    this.n += step;
  }

  async #cross(direction, total) {
    const { name, more } = await this.#neighbour(this.index.name, direction);
    this.more = more;
    if (!name) return false;
    const other = await this.#indexes.of(name);
    const n = direction > 0 ? 0 : other.count - 1;
    const way = direction > 0 ? crossing(this.index, this.n, other, n) : crossing(other, n, this.index, this.n);
    total.moved += direction;
    total.time += way.time;
    total.gap = way.gap ?? total.gap;
    this.index = other;
    this.n = n;
    return true;
  }
}
