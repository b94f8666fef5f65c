// What fails has a place and words, in both languages.
import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import { control, eventually, live, moves, openCamera, openPage, screenshot, startBrowser, text } from './support/browser.mjs';
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
    elsewhere: 'What is there is not the folder of the recordings: its disk is not mounted, or is another one.',
    refused: 'Recording did not start: the disk is on fire',
    silent: 'The connection to the server is lost.',
  },
  {
    language: 'es',
    full: 'El disco está lleno. No se puede grabar hasta que vuelva a haber espacio.',
    goesOn: 'El disco está lleno. La grabación continuará por sí sola cuando vuelva a haber espacio.',
    short: 'El disco está casi lleno: espacio para 5 min',
    elsewhere: 'Lo que hay no es la carpeta de las grabaciones: su disco no está montado o es otro.',
    refused: 'La grabación no empezó: the disk is on fire',
    silent: 'Se ha perdido la conexión con el servidor.',
  },
];

for (const { language, full, goesOn, short, elsewhere, refused, silent } of languages) {
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

  test(`a disk that is not mounted: ${language}`, async (t) => {
    const why = { code: 'wrong_folder', detail: 'the disk of /media/dvr is not mounted' };
    const before = always({ disk: { free: 18e6, total: 5e7, seconds_left: 0, full: false, ...why }, recorder: { state: 'failed', ...why } });
    const page = await openPage(t, browser, server.url, { language, before });
    await page.locator('.problem.bad').getByText(elsewhere).waitFor();
    assert.equal(await page.locator('.problem').count(), 1);
    assert.equal(await page.locator('#fact-disk .lamp.bad').count(), 1);
  });

  test(`a disk that is nearly full: ${language}`, async (t) => {
    const page = await openPage(t, browser, server.url, { language, before: always({ disk: { free: 9e8, total: 1e11, seconds_left: 300 } }) });
    await page.locator('.problem.warn').getByText(short).waitFor();
  });

  test(`a refused command: ${language}`, async (t) => {
    const answer = ({ command, request_id }) => (command === 'start' ? { status: 'error', code: 'on_fire', detail: 'the disk is on fire', request_id } : null);
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

test('a disk that deletions keep at a limit is not called nearly full, unless they bring nothing', async (t) => {
  const disk = { free: 1.1e9, total: 3e10, seconds_left: 300, full: false };
  const minFree = { max_age_days: 7, max_size: 0, min_free: 1e9 };
  const maxSize = { max_age_days: 7, max_size: 2e10, min_free: 0 };
  const page = await openPage(t, browser, server.url, { before: always({ disk, archive: { bytes: 1.95e10, retention: minFree } }) });
  await page.locator('#fact-disk .lamp.ok').waitFor();     // the first status is there
  for (const [retention, bytes, level] of [[minFree, 1.95e10, 'ok'], [{ ...minFree, min_free: 0 }, 1.95e10, 'warn'],
    [{ ...minFree, shortages: [{ code: 'min_free', wanted: 1e9, possible: 5e8, protected: 1e10, in_use: 0 }] }, 1.95e10, 'warn'],
    [{ ...minFree, stopped_code: 'space_not_returned' }, 1.95e10, 'warn'], [{ ...minFree, stopped_code: 'clock_doubted' }, 1.95e10, 'ok'],
    [maxSize, 1.95e10, 'ok'], [maxSize, 1e10, 'warn']]) {
    await page.evaluate(async ([kept, size]) => {
      const { change, state } = await import('/static/js/state.js');
      change({ server: { ...state.server, archive: { ...state.server.archive, bytes: size, retention: kept } } });
    }, [retention, bytes]);
    await page.locator(`#fact-disk .lamp.${level}`).waitFor();
    assert.equal(await page.locator('.problem').getByText('The disk is nearly full').count(), level === 'warn' ? 1 : 0, JSON.stringify(retention));
  }
});

for (const [language, problem, fact] of [
  ['en', 'The server answers, but its WebSocket does not come through', 'No WebSocket'],
  ['es', 'El servidor responde, pero su WebSocket no llega', 'Sin WebSocket'],
]) {
  test(`a server whose WebSocket something in between refuses is not called silent, and its picture is live: ${language}`, async (t) => {
    let refuses = true;
    const page = await openPage(t, browser, server.url, { language, before: (p) => p.routeWebSocket('**/ws', (socket) => (
      refuses ? socket.close() : socket.connectToServer())) });
    await page.locator('.problem.bad').getByText(problem).waitFor();
    assert.equal(await page.locator('.problem').count(), 1);
    assert.equal(await text(page, '#fact-server .fact-value'), fact);
    await live(page);
    await eventually(() => moves(page), 'it moves');
    refuses = false;
    await eventually(async () => (await page.locator('.problem').count()) === 0, 'the problem goes');
  });
}

// Keeps all that the page has said of its line to the server.
const keepSaid = (page) => page.evaluate(async () => {
  const { onChange, state } = await import('/static/js/state.js');
  window.said = [];
  onChange(() => window.said.push(state.link === 'lost' ? (state.refused && 'refused') || 'lost' : state.link));
});
const saidBy = (page) => page.evaluate(() => [...new Set(window.said)]);

test('a server that goes after its WebSocket was refused once, and let through, is called lost from the first moment', async (t) => {
  let refuses = true;
  const line = fragileLine();
  const page = await openPage(t, browser, server.url, { before: async (p) => {
    await line.before(p);
    await p.routeWebSocket('**/ws', (socket) => (refuses ? socket.close() : line.carry(socket)));
  } });
  await page.locator('.problem.bad').getByText('its WebSocket does not come through').waitFor();
  refuses = false;
  await eventually(async () => (await page.locator('.problem').count()) === 0, 'the problem goes');
  await keepSaid(page);
  line.cut();
  await page.locator('.problem.bad').getByText('The connection to the server is lost').waitFor();
  assert.deepEqual(await saidBy(page), ['open', 'lost']);
});

test('a server that refuses all, and one whose WebSocket takes long, are not told as a proxy in between', async (t) => {
  for (const [what, answer, before] of [
    ['all', { status: 403, json: { code: 'forbidden', detail: 'allow_networks' } }, (p) => p.routeWebSocket('**/ws', (socket) => socket.close())],
    // None that this page opens gets through, or is refused.
    ['long', { json: { password: false, role: 'control' } }, (p) => p.addInitScript(() => {
      window.WebSocket = class extends EventTarget {
        static OPEN = 1;
        readyState = 0;
        close() { setTimeout(() => this.onclose()); }
      };
    })],
  ]) {
    let asked = 0;
    const page = await openPage(t, browser, server.url, { wait: false, before: async (p) => {
      await before(p);
      await p.route('**/api/access', (route) => {
        asked += 1;
        return route.fulfill(answer);
      });
    } });
    await page.locator('.problem.bad').waitFor();
    await keepSaid(page);
    await eventually(() => asked > 2, `${what}: it is asked why`);
    assert.deepEqual(await saidBy(page), ['lost'], what);
  }
});

const protectedOnes = { code: 'max_size', wanted: 1e9, possible: 4e9, protected: 3e9, in_use: 1e9 };
for (const [language, beyondDisk, told, stopped] of [
  ['en', /^Room is short and nothing more may be deleted: min_free \(99\.0 TB\) is not less than the disk, nothing is deleted for it$/,
    'Room is short and nothing more may be deleted: recordings that may not be deleted take 4.0 GB, more than max_size (1.0 GB): 3.0 GB are protected, 1.0 GB are in use',
    'A recording could not be deleted. It is tried again.'],
  ['es', /^Falta sitio y no se puede borrar nada más: min_free \(99,0 TB\) no es menor que el disco, y no se borra nada por él$/,
    'Falta sitio y no se puede borrar nada más: las grabaciones que no se pueden borrar ocupan 4,0 GB, más que max_size (1,0 GB): 3,0 GB protegidos, 1,0 GB en uso',
    'No se pudo borrar una grabación. Se vuelve a intentar.'],
]) {
  test(`a limit that can not be kept is told in words of the page's language alone: ${language}`, async (t) => {
    const short = await startServer({ min_free: '90T' });    // the server itself says this
    t.after(() => short.stop());
    const page = await openPage(t, browser, short.url, { language });
    await page.locator('.problem.warn').filter({ hasText: 'min_free' }).waitFor();
    assert.match(await text(page, '.problem.warn'), beyondDisk);
    const before = always({ archive: { retention: { shortages: [protectedOnes], stopped_code: 'delete_failed' } } });
    const other = await openPage(t, browser, server.url, { language, before });
    for (const words of [told, stopped]) await other.locator('.problem.warn').getByText(words, { exact: true }).waitFor();
  });
}

for (const [language, level, code, words] of [
  ['en', 'warn', 'expires_soon', 'The certificate of https expires on December 10, 2026.'],
  ['es', 'warn', 'expires_soon', 'El certificado de https caduca el 10 de diciembre de 2026.'],
  ['en', 'bad', 'expired', 'The certificate of https expired on December 10, 2026. Browsers let nobody in without a warning.'],
]) {
  test(`what is wrong with the certificate is told as long as it lasts: ${language}, ${code}`, async (t) => {
    const certificate = { expires: '2026-12-10T12:00:00.000+00:00', code, problem: 'it expires on 2026-12-10' };
    const page = await openPage(t, browser, server.url, { language, before: always({ certificate }) });
    await page.locator(`.problem.${level}`).getByText(words, { exact: true }).waitFor();
  });
}

for (const { language, start, snapshot, value } of [
  { language: 'en', start: 'Recording did not start: 3 MB are free', snapshot: 'No snapshot: the newest frame is old', value: /^Not accepted: .*\d/ },
  { language: 'es', start: 'La grabación no empezó: no queda espacio en el disco', snapshot: 'No hay captura: la cámara no responde',
    value: /^No se aceptó: el valor no está permitido$/ },
]) {
  test(`what the server refuses is said in words of the page's language alone: ${language}`, async (t) => {
    const answer = ({ command, request_id }) => (
      command === 'start' ? { status: 'error', code: 'disk_full', detail: '3 MB are free', request_id } : null);
    const page = await openPage(t, browser, server.url, { language, before: async (p) => {
      await between({ answer })(p);
      await p.route('**/snapshot', (route) => route.fulfill({ status: 503, json: { code: 'no_camera', detail: 'the newest frame is old' } }));
    } });
    await page.locator('#record').click();
    await page.locator('.notice.failure').getByText(start, { exact: true }).waitFor();
    await page.locator('#snapshot').click();
    await page.locator('.notice.failure').getByText(snapshot, { exact: true }).waitFor();
    await openCamera(page);      // the server itself refuses this
    await control(page, 'gamma').locator('.number').fill('9999');
    await page.keyboard.press('Enter');
    await control(page, 'gamma').getByText(value).waitFor();
  });
}

for (const [language, words] of [
  ['en', ['2 gaps', '1 restart', '7 frames lost', '3 frames skipped by the camera']],
  ['es', ['2 cortes', '1 reinicio', '7 fotogramas perdidos', '3 fotogramas omitidos por la cámara']],
]) {
  for (const size of ['phone', 'desktop']) {
    test(`what a recording has lost is told, and quietly what never came: ${language}, ${size}`, async (t) => {
      const before = always({ recorder: { gaps: 2, restarts: 1, dropped_frames: 7 }, camera: { missed_frames: 3 } });
      const page = await openPage(t, browser, server.url, { before, language, size });
      await page.locator('#losses').waitFor();
      assert.deepEqual(await page.locator('#losses li').allInnerTexts(), words);
      assert.deepEqual(await page.locator('#losses .quiet').allInnerTexts(), words.slice(3));
      await screenshot(page, `losses-${size}-${language}`);
    });
  }
}

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

// Only a disk that hangs makes a server take so long: what it says and does then is played here.
for (const language of ['en', 'es']) {
  const busy = { en: 'One moment', es: 'Un momento' }[language];
  test(`a stop lasts as long as the server says so, and nothing is called lost or silent: ${language}`, async (t) => {
    let stopping = false;
    let heard = 0;
    const answer = ({ command }) => {
      if (command !== 'stop') return null;
      stopping = true;
      return kNothing;
    };
    const change = (message) => {
      heard += 1;
      if (stopping && message.recorder) message.recorder.state = 'stopping';
      return message;
    };
    const page = await openPage(t, browser, server.url, { language, size: 'phone', before: async (p) => {
      await p.clock.install();
      await between({ answer, change })(p);
    } });
    const word = () => text(page, '#record-word');
    const state = () => page.locator('#recording').getAttribute('data-state');
    const link = () => page.evaluate(() => import('/static/js/state.js').then(({ state: { link: now } }) => now));
    // Time passes in steps that are no sleep of the machine, with what the server says between them. The camera knows nothing
    // of them: the page rightly finds its frames rare, and may call the connection slow, which is no loss of it.
    const pass = async (steps) => {
      for (let i = 0; i < steps; i += 1) {
        const before = heard;
        await page.clock.fastForward(7600);
        await eventually(() => heard > before, 'the server is heard');
        await page.waitForTimeout(300);
        assert.equal(await link(), 'open', 'connected');
      }
    };
    await page.locator('#record').click();
    await eventually(async () => await state() === 'recording', 'recording');
    await page.locator('#record').click();
    await page.clock.runFor(500);
    await page.locator('#confirm-stop').click();
    await eventually(() => stopping, 'the command is sent');
    await page.evaluate(() => import('/static/js/server.js').then(({ askForStatus }) => askForStatus()));
    await eventually(async () => await state() === 'stopping', 'it is told');
    await pass(6);
    assert.equal(await word(), busy);
    assert.equal(await page.locator('.problem, .notice').count(), 0);
    await screenshot(page, `stopping-phone-${language}`);
    // An answer that got lost: what is, is shown, and after a while the button may be pressed again.
    stopping = false;
    await server.stopRecording();
    await eventually(async () => await state() === 'idle', 'it has stopped');
    await pass(3);
    assert.notEqual(await word(), busy);
    assert.equal(await page.locator('.notice.failure').count(), 0);
  });
}

test('a command that a later one made pointless is answered with what is, and that is no failure', async (t) => {
  const answers = { start: { status: 'idle', file: '20261123_101000.mp4' }, stop: { status: 'recording', file: '20261123_101010.mp4' } };
  const asked = [];
  const answer = ({ command, request_id }) => {
    if (!answers[command]) return null;
    asked.push(command);
    return { ...answers[command], request_id };
  };
  let recording = 'stopped';
  const change = (message) => (message.recording || message.status === 'snapshot' ? { ...message, recording } : message);
  const page = await openPage(t, browser, server.url, { before: between({ answer, change }) });
  await page.locator('#record').click();
  await eventually(async () => asked.length === 1 && await text(page, '#record-word') === 'Record', 'start is answered');
  recording = 'running';
  await page.evaluate(() => import('/static/js/server.js').then(({ askForStatus }) => askForStatus()));
  await page.locator('#record-word').filter({ hasText: 'Stop' }).waitFor();
  await page.locator('#record').click();
  await page.waitForTimeout(450);
  await page.locator('#confirm-stop').click();
  await eventually(async () => asked.length === 2 && await text(page, '#record-word') === 'Stop', 'stop is answered');
  assert.equal(await page.locator('.notice').count(), 0, 'neither a failure, nor a file called saved');
});

test('an answer that breaks off, or is none of the server, counts as none', async (t) => {
  for (const body of ['{"recordings": [', '<html>Sign in to this network</html>']) {
    const page = await openPage(t, browser, server.url);
    await page.route('**/api/recordings?**', (route) => route.fulfill({ status: 200, contentType: 'application/json', body }));
    await page.locator('#open-player').click();
    await page.locator('.notice.failure').getByText('the server does not answer').waitFor();
    assert.deepEqual(page.wrongs, []);
  }
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
  await eventually(async () => !(await server.status()).camera.online, 'the server knows');
  for (const [language, words, detail] of [['en', 'No camera', /^The camera is not there\./], ['es', 'No hay cámara', /^La cámara no aparece\./]]) {
    const page = await openPage(t, browser, server.url, { language, wait: false });
    await page.locator('#no-picture').getByText(words, { exact: true }).waitFor();
    assert.match(await text(page, '.no-picture-detail'), detail);
  }
  await server.camera('plug');
});

test('why there is no camera is told, with what helps, in words of the page\'s language', async (t) => {
  const told = [
    ['en', { code: 'busy', holder: 'motion (pid 7)' }, 'Another program has the camera', /^motion \(pid 7\) has the camera open/],
    ['es', { code: 'not_offered', offers: '640x480 (30 fps)' }, 'La cámara no tiene este tamaño', /^Ofrece: 640x480 \(30 fps\)\./],
    ['es', { code: 'port_taken' }, 'Otro programa ocupa el puerto de la vista previa', /^Otro programa ocupa el puerto \d+, /],
    ['es', { problem: 'preview', code: 'no_stream', detail: 'the server answered 404' }, 'El flujo no trae imágenes',
      /^Compruebe la dirección de stream_url, su usuario y su contraseña, y [^(]* lo sigue intentando\.$/],
    ['en', { problem: 'preview', code: 'no_stream', detail: 'the server answered 404' }, 'The stream brings no pictures',
      /^Check the address in stream_url, .* keeps trying\. \(the server answered 404\)$/],
    ['en', { code: 'one of a later version' }, 'No camera', /^The camera is not there\./],
  ];
  for (const [language, camera, words, detail] of told) {
    const before = always({ camera: { online: false, problem: 'not_connected', ...camera } });
    const page = await openPage(t, browser, server.url, { language, wait: false, before });
    await page.locator('#no-picture').getByText(words, { exact: true }).waitFor();
    assert.match(await text(page, '.no-picture-detail'), detail);
  }
});
