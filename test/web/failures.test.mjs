// What fails has a place and words, in both languages.
import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import { eventually, live, openPage, screenshot, startBrowser, text } from './support/browser.mjs';
import { startServer } from './support/server.mjs';
import { always, between, fragileLine, kNothing } from './support/words.mjs';

const server = await startServer();
const browser = await startBrowser();
after(async () => {
  await browser.close();
  await server.stop();
});

const languages = [
  {
    language: 'en',
    full: 'The disk is full. Nothing can be recorded until there is room again.',
    goesOn: 'The disk is full. Recording goes on by itself when there is room again.',
    short: 'The disk is nearly full: room for 5 min',
    refused: 'Recording did not start: the disk is on fire',
    silent: 'The connection to the server is lost.',
  },
  {
    language: 'es',
    full: 'El disco está lleno. No se puede grabar hasta que vuelva a haber espacio.',
    goesOn: 'El disco está lleno. La grabación continuará por sí sola cuando vuelva a haber espacio.',
    short: 'El disco está casi lleno: espacio para 5 min',
    refused: 'La grabación no empezó: the disk is on fire',
    silent: 'Se ha perdido la conexión con el servidor.',
  },
];

for (const { language, full, goesOn, short, refused, silent } of languages) {
  test(`a full disk: ${language}`, async (t) => {
    const disk = { free: 18e6, total: 5e7, seconds_left: 0, full: true };
    const before = always({ disk, recorder: { state: 'failed', detail: 'no space left on device' } });
    const page = await openPage(t, browser, server.url, { language, before });
    await page.locator('.problem.bad').getByText(full).waitFor();
    assert.equal(await page.locator('#fact-disk .lamp.bad').count(), 1);
    assert.ok((await page.locator('#announcer').textContent()).includes(full), 'it is said aloud');
    await screenshot(page, `disk-full-${language}`);
    const recording = await openPage(t, browser, server.url, { language, before: always({ disk, recording: 'running' }) });
    await recording.locator('.problem.bad').getByText(goesOn).waitFor();
  });

  test(`a disk that is nearly full: ${language}`, async (t) => {
    const page = await openPage(t, browser, server.url, { language, before: always({ disk: { free: 9e8, total: 1e11, seconds_left: 300 } }) });
    await page.locator('.problem.warn').getByText(short).waitFor();
  });

  test(`a refused command: ${language}`, async (t) => {
    const answer = ({ command, request_id }) => (command === 'start' ? { status: 'error', detail: 'the disk is on fire', request_id } : null);
    const page = await openPage(t, browser, server.url, { language, before: between({ answer }) });
    await page.locator('#record').click();
    await page.locator('.notice.failure').getByText(refused).waitFor();
    assert.equal(await page.locator('#recording').getAttribute('data-state'), 'idle');
    await screenshot(page, `refused-${language}`);
  });

  test(`a lost server: ${language}`, async (t) => {
    const line = fragileLine();
    const page = await openPage(t, browser, server.url, { language, size: 'phone', before: line.before });
    line.cut();
    await page.locator('.problem.bad').getByText(silent).waitFor();
    assert.equal(await page.locator('#no-picture').isVisible(), true);
    await screenshot(page, `server-lost-phone-${language}`);
    line.mend();
    await live(page);
    await eventually(async () => (await page.locator('.problem').count()) === 0, 'the problem goes');
  });
}

test('what a recording has lost is told', async (t) => {
  const before = always({ recorder: { gaps: 2, restarts: 1, dropped_frames: 7 } });
  const page = await openPage(t, browser, server.url, { before });
  await page.locator('#losses').waitFor();
  assert.deepEqual(await page.locator('#losses li').allInnerTexts(), ['2 gaps', '1 restart', '7 frames lost']);
});

test('a language that does not load is named, in English', async (t) => {
  const page = await openPage(t, browser, server.url, { language: 'es', before: (p) => p.route('**/strings/es.js', (route) => route.abort()) });
  assert.equal(await text(page, '#record-word'), 'Record');
  await page.getByText('The language did not load').waitFor();
});

test('recording that is on but cannot begin is explained', async (t) => {
  const answer = ({ command, request_id }) => (command === 'start' ? { status: 'waiting', detail: 'no frames from the camera', request_id } : null);
  const page = await openPage(t, browser, server.url, { before: between({ answer }) });
  await page.locator('#record').click();
  await page.getByText('Recording is on and begins as soon as it can. no frames from the camera').waitFor();
});

test('a part of the page that does not load is named, and loads at the next try', async (t) => {
  let broken = true;
  const page = await openPage(t, browser, server.url, { before: (p) => p.route('**/css/camera.css', (route) => (broken ? route.abort() : route.continue())) });
  await page.locator('#open-camera').click();
  await page.getByText(/This part of the page did not load/).waitFor();
  broken = false;
  await page.locator('#open-camera').click();
  await page.locator('#camera').waitFor();
});

test('a part of the page whose program does not load: the way out is named', async (t) => {
  for (const [language, words] of [['en', 'This part of the page did not load: try again, or reload this page.'],
    ['es', 'Esta parte de la página no se cargó: inténtelo otra vez o recargue esta página.']]) {
    const page = await openPage(t, browser, server.url, { language, before: (p) => p.route('**/panels/history.js', (route) => route.abort()) });
    await page.locator('#open-history').click();
    await page.locator('.notice.failure').getByText(words).waitFor();
    assert.equal(await page.locator('#history').isHidden(), true);
  }
});

test('a server that does not answer a command in time is named', async (t) => {
  let asked = 0;
  const answer = ({ command }) => {
    if (command !== 'start') return null;
    asked += 1;
    return kNothing;
  };
  const page = await openPage(t, browser, server.url, { before: async (p) => {
    await p.clock.install();
    await between({ answer })(p);
  } });
  await page.locator('#record').click();
  await eventually(() => asked === 1, 'the command is sent');
  assert.equal(await text(page, '#record-word'), 'One moment');
  // In steps that are no sleep of the machine, with what the server says between them.
  for (let i = 0; i < 2; i += 1) {
    await page.clock.fastForward(7600);
    await page.waitForTimeout(1500);
  }
  await page.locator('.notice.failure').getByText('Recording did not start: the server took too long to answer').waitFor();
  assert.equal(await text(page, '#record-word'), 'Record');
  assert.equal(await page.locator('.problem').count(), 0, 'the connection itself stands');
});

test('a camera drawer that could not load says why, and loads at the next try', async (t) => {
  let broken = true;
  const page = await openPage(t, browser, server.url, { before: (p) => p.route('**/api/controls', (route) => (
    broken ? route.fulfill({ status: 503, json: { detail: 'v4l2-ctl did not answer' } }) : route.continue())) });
  await page.locator('#open-camera').click();
  await page.locator('#camera').getByText('v4l2-ctl did not answer').waitFor();
  broken = false;
  await page.locator('#camera').getByRole('button', { name: 'Try again' }).click();
  await page.locator('.control').first().waitFor();
  assert.ok(await page.locator('#camera').evaluate((drawer) => drawer.contains(document.activeElement)), 'the focus stays in the drawer');
});

test('a camera that is missing from the start', async (t) => {
  await server.camera('unplug');
  await eventually(async () => !(await server.status()).camera.online, 'the server knows', 8000);
  for (const [language, words, detail] of [['en', 'No camera', /^The camera is not there\./], ['es', 'No hay cámara', /^La cámara no aparece\./]]) {
    const page = await openPage(t, browser, server.url, { language, wait: false });
    await page.locator('#no-picture').getByText(words, { exact: true }).waitFor();
    assert.match(await text(page, '.no-picture-detail'), detail);
  }
  await server.camera('plug');
});
