// What the page makes of a stream's bytes, and of the times at which frames come.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Multipart } from '../../static/js/multipart.js';
import { rateOf } from '../../static/js/picture.js';

const bytes = (words) => Uint8Array.from(words, (letter) => letter.charCodeAt(0));
const part = (body, boundary = '--boundarydonotcross\r\n') => (
  `Content-Type: image/jpeg\r\nContent-Length: ${body.length}\r\nX-Timestamp: 1764000000.000123\r\n\r\n${body}\r\n${boundary}`);

test('parts come out whole, in whatever pieces they come in', () => {
  const bodies = ['first', '\r\n\r\n--boundarydonotcross\r\n', 'x'];
  const stream = bytes(`--boundarydonotcross\r\n${bodies.map((body) => part(body)).join('')}`);
  for (let size = 1; size <= stream.length; size += 1) {
    const found = [];
    const parts = new Multipart((body) => found.push(String.fromCharCode(...body)));
    for (let at = 0; at < stream.length; at += size) parts.push(stream.subarray(at, at + size));
    assert.deepEqual(found, bodies, `in pieces of ${size}`);
  }
});

test('how much of a part is there is known', () => {
  const parts = new Multipart(() => {});
  assert.equal(parts.progress, 0);
  parts.push(bytes('--b\r\nContent-Length: 8\r\n\r\n12'));
  assert.equal(parts.progress, 0.25);
  parts.push(bytes('345678'));
  assert.equal(parts.progress, 0);
});

test('what is no such stream is refused', () => {
  for (const words of ['--b\r\nContent-Type: image/jpeg\r\n\r\n', '--b\r\nContent-Length: 0\r\n\r\n', '--b\r\nContent-Length: 99999999999\r\n\r\n', 'x'.repeat(10000)]) {
    assert.throws(() => new Multipart(() => {}).push(bytes(words)), words.slice(0, 40));
  }
});

test('the rate is that of the newest frames, and falls when none come', () => {
  assert.equal(rateOf([], 1000), 0);
  const steady = Array.from({ length: 31 }, (_, i) => i * 100);
  assert.equal(rateOf(steady, 3000), 10);
  assert.equal(rateOf(steady, 3250), 10, 'one that is late is no other rate');
  assert.equal(rateOf(steady, 5000), 0.5);
  assert.equal(rateOf([0], 4000), 0.25, 'a single one');
});
