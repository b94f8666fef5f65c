// Sends the values of one control while they change: at most 20 a second, in order, and always the last one.
import { command } from '../server.js';

const kShortest = 50;    // ms between two values; the server itself leaves out what it can not follow
const kMostSent = 8;     // values without an answer yet; a server that does not answer gets no more

export class Writer {
  #id;
  #accepted;
  #refused;
  #wanted = null;      // {value} or {action} that has not been sent yet
  #sent = 0;           // without an answer yet
  #last = -Infinity;   // when the last one was sent
  #newest = 0;         // its number
  #timer = 0;

  // `accepted(control)` gets what the device answered to the last value, `refused(error)` why it did not take it.
  constructor(id, { accepted, refused }) {
    this.#id = id;
    this.#accepted = accepted;
    this.#refused = refused;
  }

  get busy() {
    return this.#sent > 0 || this.#wanted !== null;
  }

  write(value) {
    this.#wanted = { value };
    this.#next();
  }

  reset() {
    this.#wanted = { action: 'default' };
    this.#next();
  }

  #next() {
    clearTimeout(this.#timer);
    if (!this.#wanted || this.#sent >= kMostSent) return;
    const wait = this.#last + kShortest - performance.now();
    if (wait > 0) this.#timer = setTimeout(() => this.#next(), wait);
    else this.#send();
  }

  async #send() {
    const fields = this.#wanted;
    this.#wanted = null;
    this.#sent += 1;
    this.#last = performance.now();
    const number = this.#newest += 1;
    let tell;
    try {
      const { controls: [control] } = await command('controls:set', { id: this.#id, ...fields });
      tell = () => this.#accepted(control);
    } catch (error) {
      tell = () => this.#refused(error);
    }
    this.#sent -= 1;
    if (!this.#wanted && number === this.#newest) tell();    // else only the answer to a newer value counts
    this.#next();
  }
}
