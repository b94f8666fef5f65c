// Recordings for tests of the player, and what the pictures of the virtual camera say of themselves.
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from './browser.mjs';

export async function setRecording(server, on) {
  const answer = await fetch(`${server.url}/api/recording`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ on }) });
  if (!answer.ok) throw new Error(await answer.text());
  await answer.arrayBuffer();
}

// Oldest first.
export async function recordingsOf(server) {
  const { recordings } = await (await fetch(`${server.url}/api/recordings?limit=1000`)).json();
  return recordings.reverse();
}

// Records until there are so many files and one that is being written, which has a frame or more.
export async function recordFiles(server, count) {
  await setRecording(server, true);
  await eventually(async () => (await recordingsOf(server)).length > count, `${count} files and one more`);
  return recordingsOf(server);
}

// A recording of its own, of `seconds` at least.
export async function recordOne(server, seconds) {
  const before = (await recordingsOf(server)).length;
  await setRecording(server, true);
  await eventually(async () => (await recordingsOf(server)).slice(before).reduce((sum, one) => sum + one.seconds, 0) >= seconds, 'a recording');
  await server.stopRecording();
  await eventually(async () => (await recordingsOf(server)).every(({ state }) => state === 'complete'), 'complete');
  await sleep(1100);       // names have seconds: the next one gets another
}

// In the page: makes window.numberOf(canvas), which reads the camera's number of the frame from its pixels, and
// window.commentOf(bytes), which reads it from the file's bytes, with the time of capture. Learns the digits from the
// frames of `recordings`, which must be so many that every pair of digits is among them.
export const learnNumbers = (page, recordings) => page.evaluate(async (all) => {
  const kColumns = 4;
  const kSide = 16;
  const small = Object.assign(new OffscreenCanvas(kSide * kColumns, kSide).getContext('2d', { willReadFrequently: true }), { imageSmoothingQuality: 'high' });
  // As test/virtual_camera/picture/scene.cpp draws it: two digits a column, in columns of a 40th of the width.
  const columnsOf = (image) => {
    const unit = image.width / 40;
    const row = Math.floor(image.height / (2 * unit)) + 2;
    small.drawImage(image, 18 * unit, row * unit, kColumns * unit, unit, 0, 0, kColumns * kSide, kSide);
    return Array.from({ length: kColumns }, (_, i) => small.getImageData(i * kSide, 0, kSide, kSide).data.filter((__, at) => at % 4 === 0));
  };
  const distance = (a, b) => a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0);
  window.commentOf = (bytes) => {
    const head = new TextDecoder('latin1').decode(bytes.subarray(0, 2048));
    const [, number, time] = /minidvr-frame (\d+) (\d+)/.exec(head);
    return { number: Number(number), captured: Number(time) };
  };
  const pairs = new Map();
  const learn = async (name, n) => {
    const answer = await fetch(`/recordings/${name}/frame?n=${n}`);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const image = await createImageBitmap(new Blob([bytes]));
    pairs.set(window.commentOf(bytes).number % 100, columnsOf(image).at(-1));
    image.close();
  };
  for (const { name, frames } of all) {
    for (let n = 0; n < frames && pairs.size < 100; n += 1) await learn(name, n);
  }
  if (pairs.size !== 100) throw new Error(`${pairs.size} pairs of digits`);
  window.numberOf = (image) => columnsOf(image).reduce((number, column) => {
    let best = [Infinity, -1];
    for (const [pair, known] of pairs) {
      const far = distance(column, known);
      if (far < best[0]) best = [far, pair];
    }
    return number * 100 + best[1];
  }, 0);
}, recordings);
