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

let digits = null;       // what those of this test's camera look like, once learned

// Makes, in the page, window.numberOf(canvas), which reads the camera's number of the frame from its pixels, and
// window.commentOf(bytes), which reads it from the file's bytes, with the time of capture. Learns from the frames of `recordings` what
// digits look like; 100 frames have them all.
export async function learnNumbers(page, recordings) {
  await page.evaluate(readNumbers, digits);
  digits ??= await page.evaluate(learnDigits, recordings);
}

// In the page. As test/virtual_camera/picture/scene.cpp draws it: four columns of a 40th of the width with two digits each.
function readNumbers(learned) {
  const kDigits = 8;
  const [kWide, kHigh] = [8, 16];
  const small = new OffscreenCanvas(kWide * kDigits, kHigh).getContext('2d', { willReadFrequently: true });
  small.imageSmoothingQuality = 'high';
  window.digitsOf = (image) => {
    const unit = image.width / 40;
    const row = Math.floor(image.height / (2 * unit)) + 2;
    small.drawImage(image, 18 * unit, row * unit, 4 * unit, unit, 0, 0, kWide * kDigits, kHigh);
    return Array.from({ length: kDigits }, (_, i) => [...small.getImageData(i * kWide, 0, kWide, kHigh).data.filter((__, at) => at % 4 === 0)]);
  };
  const distance = (a, b) => a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0);
  // The left and the right digit of a column lie differently on the grid of the JPEG.
  window.known = learned ?? [[], []];
  window.numberOf = (image) => window.digitsOf(image).reduce((number, pixels, i) => {
    const far = window.known[i % 2].map((digit) => distance(pixels, digit));
    return number * 10 + far.indexOf(Math.min(...far));
  }, 0);
  window.commentOf = (bytes) => {
    const head = new TextDecoder('latin1').decode(bytes.subarray(0, 2048));
    const [, number, time] = /minidvr-frame (\d+) (\d+)/.exec(head);
    return { number: Number(number), captured: Number(time) };
  };
}

// In the page.
async function learnDigits(recordings) {
  const frames = recordings.flatMap(({ name, frames: count }) => Array.from({ length: count }, (_, n) => ({ name, n })));
  // Every ninth has another digit on both sides; then whatever is left.
  const order = [...frames.filter((_, i) => i % 9 === 0), ...frames.filter((_, i) => i % 9)];
  const missing = () => window.known.some((side) => Array.from({ length: 10 }, (_, digit) => side[digit]).includes(undefined));
  for (let i = 0; missing(); i += 1) {
    if (i === order.length) throw new Error(`${i} frames do not have all digits`);
    const { name, n } = order[i];
    const bytes = new Uint8Array(await (await fetch(`/recordings/${name}/frame?n=${n}`)).arrayBuffer());
    const { number } = window.commentOf(bytes);
    const image = await createImageBitmap(new Blob([bytes]));
    const [tens, ones] = window.digitsOf(image).slice(-2);
    window.known[0][Math.floor(number / 10) % 10] = tens;
    window.known[1][number % 10] = ones;
    image.close();
  }
  return window.known;
}
