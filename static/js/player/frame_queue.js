// Pictures that wait until they are due, and the clock that says when that is.
const kHoldUp = 300;           // ms that a picture may be late; later than that the film goes on from it, instead of being hurried
const kEarly = 4;              // ms: nearer to this refresh of the display than to the next, also at 120 Hz

export class FrameQueue {
  #frames = [];
  #rate;
  #clock = null;               // {film, wall, rate}: when (ms on performance.now()) which ms of film is due
  #gap = null;                 // that lies before the next frame shown
  #onClock;
  #discard;

  // `onClock({film, wall, rate})` is told when the film runs by another clock; `discard(frame)` gets what is not shown.
  constructor(rate, onClock, discard) {
    this.#rate = Math.abs(rate);
    this.#onClock = onClock;
    this.#discard = discard;
  }

  get empty() {
    return !this.#frames.length;
  }

  // Frames come in the order of playing. One whose picture is still being made has none yet.
  push(frame) {
    this.#frames.push(frame);
  }

  // The frame to show now, or null. Those before it, which nobody saw, are left out; a gap before one of them is one before it.
  take(now) {
    let due = null;
    while (this.#frames.length && this.#frames[0].picture !== undefined && this.#dueBy(this.#frames[0], now)) {
      const next = this.#frames.shift();
      this.#gap = next.gap ?? this.#gap;
      if (next.picture === null) continue;     // no decoder took it
      if (due) this.#discard(due);
      due = next;
    }
    if (!due) return null;
    const gap = this.#gap;
    this.#gap = null;
    return { ...due, gap };
  }

  // Goes on so many times as fast, from now on.
  setRate(rate, now) {
    if (this.#rate === Math.abs(rate)) return;
    const film = this.#clock && this.#clock.film + (now - this.#clock.wall) * this.#rate;
    this.#rate = Math.abs(rate);
    if (this.#clock) this.#start(film, now);
  }

  clear() {
    this.#frames.splice(0).forEach(this.#discard);
  }

  #dueBy({ film }, now) {
    if (!this.#clock) this.#start(film, now);
    const wait = this.#clock.wall + (film - this.#clock.film) / this.#rate - now;
    if (wait < -kHoldUp) this.#start(film, now);
    return wait <= kEarly;
  }

  #start(film, wall) {
    this.#clock = { film, wall, rate: this.#rate };
    this.#onClock(this.#clock);
  }
}
