// A film that the browser plays by itself, where none of its decoders keeps up: the server sends each frame when it is due, and an
// <img> over the canvas shows them. Which one that shows nobody tells, so the time is reckoned: right to about a second.
import { paint, picture } from '../picture.js';
import { addressOf, doubtLogin } from '../server.js';
import { isServerAway, state } from '../state.js';
import { nextRecording, recordingNamed } from './archive.js';
import { kLeastGap } from './course.js';
import { isoOf } from './moment.js';

export const kSlowestPaced = 1 / 4;   // what the server offers
export const kFastestPaced = 16;
export const kMostShown = 30;  // pictures a second
export const kUsualRate = 30;  // frames a second of what does not tell its own
const kLongestGap = 1000;      // ms that the server waits between two recordings, at 1x
const kNotThereYet = 1500;     // ms before the end of what is being written, which the server may not have read yet
const kEvery = 1000 / 30;      // ms between two looks at the picture
const kFirstPicture = 10000;   // ms until the first one
const kLongestRest = 2000;     // ms without a drawing of the page, after which the picture may be anywhere

export class PacedFilm {
  #image = new Image();
  #on;
  #rate;
  #recording;
  #at;
  #begun;
  #drawn;                      // when (ms) the page was drawn last
  #last = 0;                   // when (ms) the time was reckoned last; 0: nothing is to be seen yet
  #gap = 0;                    // ms of film that are left of the pause between two recordings
  #jumped = null;              // {from, to} of a gap, until it is told
  #looking = false;
  #ended = false;

  // `on`: {picture(at, recording, gap), end({more, at}), rested(), fail(kind)}; `gap`: {from, to} that was jumped over just before,
  // or null; `more`: it is being written; `rested`: the page was not drawn for a while, and the film has to begin anew where it was
  // before. `rate`: kSlowestPaced .. kFastestPaced.
  constructor({ recording, at, rate }, on) {
    this.#recording = recording;
    this.#at = at;
    this.#rate = rate;
    this.#on = on;
    this.#begun = this.#drawn = performance.now();
    const every = Math.max(1, Math.round(rate * (recording.fps || kUsualRate) / kMostShown));
    this.#image.addEventListener('error', () => {
      doubtLogin();                         // an image does not tell why it did not come
      this.#fail();
    });
    this.#image.alt = '';                   // the canvas below it is named
    this.#image.className = 'picture paced';
    picture().after(this.#image);
    this.#image.src = addressOf(`/api/frames?from=${encodeURIComponent(isoOf(at))}&pace=${rate}&every=${every}`);
  }

  stop() {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#image.naturalWidth) paint(this.#image);   // until another picture comes
    this.#image.removeAttribute('src');     // ends its connection
    this.#image.remove();
  }

  // To be called before each drawing of the page, with its time.
  tick(now) {
    if (this.#ended) return;
    const rested = now - this.#drawn > kLongestRest;
    this.#drawn = now;
    if (now - this.#last < kEvery) return;
    if (isServerAway(state)) {     // the image stands still then, which nobody tells; the time would go on
      this.#fail();
      return;
    }
    if (rested) {     // the image went on meanwhile, or its connection was given up: nobody tells which
      this.#on.rested();
      return;
    }
    if (!this.#image.naturalWidth) {
      if (now - this.#begun > kFirstPicture) this.#fail();
      return;
    }
    const passed = this.#last ? (now - this.#last) * this.#rate : 0;
    this.#last = now;
    this.#advance(passed);
    if (this.#ended) return;
    this.#lie();
    this.#on.picture(this.#at, this.#recording, this.#jumped);
    this.#jumped = null;
  }

  // Where the canvas lies, which zoom moves. That is drawn on only to get its size: each time is one more decode, and Firefox draws
  // the first picture for ever.
  #lie() {
    const canvas = picture();
    if (canvas.width !== this.#image.naturalWidth || canvas.height !== this.#image.naturalHeight) paint(this.#image);
    if (this.#image.style.transform !== canvas.style.transform) this.#image.style.transform = canvas.style.transform;
  }

  #advance(passed) {
    this.#recording = recordingNamed(this.#recording.name) ?? this.#recording;
    const waited = Math.min(this.#gap, passed);
    this.#gap -= waited;
    this.#at += passed - waited;
    const { end, state: kind } = this.#recording;
    const last = kind === 'recording' ? end - kNotThereYet : end;
    if (this.#at < last) return;
    this.#at = Math.max(last, this.#recording.start);
    if (kind === 'recording') this.#end(true);
    else this.#goOn();
  }

  async #goOn() {
    if (this.#looking) return;
    this.#looking = true;
    try {
      let next = this.#recording;
      do next = await nextRecording(next); while (next?.state === 'damaged');
      if (this.#ended) return;
      if (!next) {
        this.#end(false);
        return;
      }
      const { end } = this.#recording;
      this.#gap = Math.max(0, Math.min(next.start - end, kLongestGap));
      if (next.start - end > kLeastGap) this.#jumped = { from: end, to: next.start };
      this.#recording = next;
      this.#at = next.start;
    } catch {
      this.#fail();
    } finally {
      this.#looking = false;
    }
  }

  #end(more) {
    this.stop();
    this.#on.end({ more, at: this.#at });
  }

  #fail() {
    if (this.#ended) return;
    this.stop();
    this.#on.fail('lost');
  }
}
