// Reads a multipart stream as it comes, in whatever pieces. Every part must say its length, as those of our server do.
const kEndOfHead = '\r\n\r\n';
const kMostHead = 4096;       // bytes: ours has about a hundred
const kMostPart = 64e6;       // bytes: no camera's JPEG is as large

export class Multipart {
  #onPart;
  #head = '';
  #body = null;    // of the part that is coming, null before its head is complete
  #filled = 0;

  // `onPart` is called with the bytes (Uint8Array) of each part when it is whole.
  constructor(onPart) {
    this.#onPart = onPart;
  }

  // How much of the part that is coming is there, 0 .. 1.
  get progress() {
    return this.#body ? this.#filled / this.#body.length : 0;
  }

  // Throws when `bytes` are not of such a stream.
  push(bytes) {
    for (let at = 0; at < bytes.length;) at = this.#body ? this.#fill(bytes, at) : this.#readHead(bytes, at);
  }

  #readHead(bytes, from) {
    let at = from;
    while (at < bytes.length && !this.#head.endsWith(kEndOfHead)) this.#head += String.fromCharCode(bytes[at++]);
    if (this.#head.endsWith(kEndOfHead)) {
      const length = Number(/^content-length: *(\d+)\r$/im.exec(this.#head)?.[1] ?? NaN);
      if (!(length > 0 && length <= kMostPart)) throw new Error('a part without a fitting length');
      this.#head = '';
      this.#body = new Uint8Array(length);
      this.#filled = 0;
    } else if (this.#head.length > kMostHead) {
      throw new Error('a head without an end');
    }
    return at;
  }

  #fill(bytes, from) {
    const piece = bytes.subarray(from, from + this.#body.length - this.#filled);
    this.#body.set(piece, this.#filled);
    this.#filled += piece.length;
    if (this.#filled === this.#body.length) {
      const whole = this.#body;
      this.#body = null;
      this.#onPart(whole);
    }
    return from + piece.length;
  }
}
