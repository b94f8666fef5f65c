// What is found and done in the player's panels: days and their recordings, this recording, marks, exports; and the snapshot.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { drawn, eventually, live, openPage, screenshot, startBrowser, text } from './support/browser.mjs';
import { startLink } from './support/link.mjs';
import { clockOf, endOf, openPlayer, placeOf, playback, settled, shows, startOf, withRecordings } from './support/player_controls.mjs';
import { recordingsOf, recordOne } from './support/recordings.mjs';
import { startServer } from './support/server.mjs';
import { between } from './support/words.mjs';

const server = await startServer({ resolution: '640x480', fps: 10, segment_seconds: 4 });
const browser = await startBrowser();
after(async () => {
  await browser.close();
  await server.stop();
});

await recordOne(server, 6);
await recordOne(server, 3);
const recordings = await recordingsOf(server);
const [first] = recordings;
const serverHas = async (path) => (await fetch(server.url + path)).status !== 404;
const [hasClips, hasMarks] = [await serverHas('/api/clips'), await serverHas('/api/marks')];
const last = recordings.at(-1);
const middle = startOf(first) + 2000;
const open = (t, options) => openPlayer(t, browser, server, options);
const panel = (page, key) => page.locator(`.player [data-label="player.${key}"]`).click();

test('a day and a recording of it are found by calendar and picture', async (t) => {
  const page = await open(t);
  await page.locator('.player-day').click();
  const today = page.locator('.day[aria-pressed=true]');
  assert.match(await today.getAttribute('aria-label'), new RegExp(`${recordings.length} recordings`));
  const items = page.locator('.gallery-item');
  await eventually(async () => await items.count() === recordings.length, 'all recordings of the day');
  await eventually(() => page.evaluate(() => [...document.querySelectorAll('.gallery img')].every(({ naturalWidth }) => naturalWidth === 640)), 'their pictures');
  await screenshot(page, 'player-days');
  assert.equal(await page.locator('.gallery-item[aria-current]').count(), 1);
  assert.ok(await page.getByRole('button', { name: 'Next month' }).isDisabled());
  await items.first().click();
  await shows(page, ({ recording, frame }) => recording === first.name && frame === 0, 'its first frame');
  await page.locator('#archive-panel').waitFor({ state: 'hidden' });
  assert.deepEqual(page.wrongs, []);
});

test('a browser in another time zone finds the recordings of the days that the recorder tells', async (t) => {
  const date = first.start.slice(0, 10);
  const elsewhere = ['Etc/GMT-14', 'Etc/GMT+12'].find((timeZone) => new Date(startOf(first)).toLocaleDateString('sv', { timeZone }) !== date);
  const page = await open(t, { timezoneId: elsewhere });
  await page.locator('.player-day').click();
  const shown = page.locator('.day[aria-pressed=true]');
  await shown.waitFor();
  assert.equal(await shown.getAttribute('data-at'), recordings.at(-1).start.slice(0, 10));
  await page.locator(`.day[data-at="${date}"]`).click();
  const items = page.locator('.gallery-item');
  await eventually(async () => await items.count() === recordings.filter(({ start }) => start.startsWith(date)).length, 'all recordings of the day');
  await items.first().click();
  await shows(page, ({ recording, frame }) => recording === first.name && frame === 0, 'its first frame');
  assert.deepEqual(page.wrongs, []);
});

test('the gallery asks for few pictures at a time', async (t) => {
  const under = new Map();       // request -> its route
  let most = 0;
  const page = await open(t, { before: async (p) => {
    p.on('requestfailed', (request) => under.delete(request));     // it left the view
    await p.route('**/frame?n=0', (route) => {
      under.set(route.request(), route);
      most = Math.max(most, under.size);
    });
    await withRecordings(p, (one, i, all) => {
      if (one.name !== first.name) return;
      for (let k = 1; k <= 12; k += 1) all.push({ ...one, name: `20200101_0000${k + 10}.mp4`, start: new Date(startOf(first) - k * 60e3).toISOString() });
    });
  } });
  await page.locator('.player-day').click();
  for (const which of ['the first', 'the next']) {
    await eventually(() => under.size === 3, `${which} pictures are asked for`);
    await drawn(page);
    for (const [request, route] of [...under]) {
      under.delete(request);
      await route.fulfill({ status: 404 });
    }
  }
  assert.equal(most, 3);
});

// With neither the end of its patience nor that of a pause the page has only the return of the line to go by.
const withoutRetries = (page) => page.addInitScript((pauses) => {
  const set = window.setTimeout.bind(window);
  window.setTimeout = (call, ms, ...all) => (pauses.includes(ms) ? 0 : set(call, ms, ...all));
}, [5000, 10000]);

for (const [what, harm, mend, before] of [
  ['hang on a line that dies', () => {}, (link) => link.cut(), withoutRetries],
  ['a busy server refuses', (route) => route.fulfill({ status: 503, json: {} }), () => {}, () => {}],
]) {
  test(`pictures of the gallery that ${what} are asked for again`, async (t) => {
    const link = await startLink(t, server);
    let asked = 0;
    const page = await openPlayer(t, browser, link, { before: async (p) => {
      await before(p);
      await p.route('**/frame?n=0', (route) => {
        asked += 1;
        return asked > 3 ? route.continue() : harm(route);
      });
    } });
    await page.locator('.player-day').click();
    await eventually(() => asked >= 3, 'three pictures are asked for');
    mend(link);
    await eventually(() => page.evaluate(() => {
      const images = [...document.querySelectorAll('.gallery img')];
      return images.length >= 3 && images.every(({ naturalWidth, hidden }) => naturalWidth === 640 && !hidden);
    }), 'all pictures');
  });
}

test('a picture that the disk does not give is asked for ever more seldom, and some times only, until the line was cut', async (t) => {
  const link = await startLink(t, server);
  const page = await openPlayer(t, browser, link, { before: (p) => p.addInitScript((pauses) => {
    const set = window.setTimeout.bind(window);
    window.setTimeout = (call, ms, ...all) => set(call, pauses.includes(ms) ? ms / 20 : ms, ...all);
  }, [5000, 20000, 40000, 80000]) });      // 10000 is how long an answer may take, too
  const asked = [];
  await page.route(`**/${first.name}/frame?n=0`, (route) => {
    asked.push(Date.now());
    return route.fulfill({ status: 503, json: {} });
  });
  await page.locator('.player-day').click();
  await eventually(() => asked.length === 5, 'five times');
  assert.ok(asked[2] - asked[1] > asked[1] - asked[0], asked.join(' '));
  await page.waitForTimeout(6000);
  assert.equal(asked.length, 5);
  link.cut();
  await eventually(() => asked.length > 5, 'it is asked for again');
});

const kAsked = '**/api/recordings?*';
// The panel of the days, over a line that can be cut, once it lists all recordings.
async function openDays(t) {
  const link = await startLink(t, server);
  const page = await openPlayer(t, browser, link);
  const items = page.locator('.gallery-item');
  const all = (await recordingsOf(server)).length;
  await page.locator('.player-day').click();
  await eventually(async () => await items.count() === all, 'all recordings of the day');
  return { link, page, items, all };
}

for (const [what, harm] of [
  ['the line is cut again while it asks for them', async (page, link) => {
    let asked = 0;
    await page.route(kAsked, (route) => {
      asked += 1;
      return route.abort();
    });
    link.cut();
    await eventually(() => asked, 'it asks for them again');
    await page.unroute(kAsked);
    link.cut();
  }],
  ['it is refused them once', async (page, link) => {
    await page.route(kAsked, (route) => route.fulfill({ status: 503, json: {} }), { times: 1 });
    link.cut();
  }],
]) {
  test(`the recordings are there after the line was cut, also when ${what}`, async (t) => {
    const { link, page, items, all } = await openDays(t);
    const answered = page.waitForResponse((response) => response.url().includes('/api/recordings?') && response.ok());
    await harm(page, link);
    await answered;
    // What the server tells then is put among them.
    const noteIs = (note) => fetch(`${server.url}/api/recordings/${first.name}`,
      { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ note }) }).then((answer) => answer.text());
    t.after(() => noteIs(''));
    await noteIs('after the cut');
    await items.filter({ hasText: 'after the cut' }).waitFor();
    assert.equal(await items.count(), all);
  });
}

// What the server says of recordings until it has looked at its files: nothing.
async function notReadYet(page) {
  const reading = { asked: 0, end: () => page.unroute('**/api/recordings{?,/days}*') };
  await page.route('**/api/recordings{?,/days}*', (route) => {
    reading.asked += 1;
    const none = route.request().url().endsWith('/days') ? { days: [] } : { recordings: [], cursor: null };
    return route.fulfill({ json: { ...none, complete: false } });
  });
  return reading;
}

test('a recorder that begins anew and has not read its recordings yet loses none', async (t) => {
  const { link, page, items, all } = await openDays(t);
  const reading = await notReadYet(page);
  link.cut();
  await page.locator('.reach').filter({ hasText: 'still being read' }).waitFor();
  await eventually(() => reading.asked >= 3, 'it is asked for again');
  assert.equal(await items.count(), all);
  await reading.end();
  await page.locator('.reach').filter({ hasNotText: 'still being read' }).waitFor();
  await eventually(async () => await items.count() === all, 'all recordings of the day');
});

// A proxy that lets no WebSocket pass.
const refuseWebSocket = (page) => page.routeWebSocket('**/ws', (socket) => socket.close());

for (const [where, meddle] of [['', () => {}], [', also where no WebSocket comes through', refuseWebSocket]]) {
  test(`a player that is opened before the recordings are read says so, and shows the moment when they are${where}`, async (t) => {
    let reading;
    const page = await openPage(t, browser, `${server.url}/#t=${new Date(middle).toISOString()}`, { before: async (p) => {
      await meddle(p);
      reading = await notReadYet(p);
    } });
    const empty = page.locator('.player-empty');
    await empty.waitFor();
    assert.match(await empty.innerText(), /still being read/);
    await page.waitForTimeout(1000);    // what the timeline asks for of its own accord is answered by then
    await reading.end();
    await shows(page, ({ recording, at }) => recording === first.name && Math.abs(at - middle) < 200, 'the moment');
    assert.equal(await empty.count(), 0);
  });
}

test('what could not be fetched is not told as nothing recorded, and comes when the line is back', async (t) => {
  const old = { ...first, name: '20200101_000000.mp4', start: new Date(startOf(first) - 40 * 86400e3).toISOString() };
  const days = [old, first].map(({ start }) => ({ date: start.slice(0, 10), recordings: 1, seconds: 4, bytes: 1e6, marks: 0, protected: 0 }));
  const link = await startLink(t, server);
  let broken = false;
  const page = await openPlayer(t, browser, link, { before: async (p) => {
    await p.route('**/api/recordings/days', (route) => route.fulfill({ json: { days, complete: true } }));
    await p.route(kAsked, (route) => {
      const range = new URL(route.request().url()).searchParams;
      const isOld = Date.parse(range.get('from')) < startOf(old) && Date.parse(range.get('to')) > startOf(old);
      if (isOld && broken) return route.abort();
      return isOld ? route.fulfill({ json: { recordings: [old], cursor: null, complete: true } }) : route.continue();
    });
  } });
  broken = true;
  await page.locator('.player-day').click();
  const day = page.locator(`.day[data-at="${days[0].date}"]`);
  while (!await day.count()) await page.getByRole('button', { name: 'Month before' }).click();
  await day.click();
  const gallery = page.locator('.gallery');
  await gallery.getByText('could not be fetched: the server does not answer').waitFor();
  await screenshot(page, 'player-day-failed');
  await gallery.getByRole('button', { name: 'Try again' }).click();
  await gallery.getByText('could not be fetched: the server does not answer').waitFor();
  assert.ok(await page.evaluate(() => document.getElementById('archive-panel').contains(document.activeElement)), 'the focus stays in the panel');
  broken = false;
  link.cut();
  await page.locator('.gallery-item').waitFor();
  assert.equal(await gallery.innerText().then((words) => words.includes('could not')), false);
});

test('protect and note are kept by the server, and what is protected is not deleted', async (t) => {
  const page = await open(t, { at: middle });
  await panel(page, 'recording');
  const box = page.locator('#recording-panel');
  assert.equal(await box.locator('.recording-name').innerText(), first.name);
  assert.match(await box.locator('.facts-line').innerText(), new RegExp(`640×480 · [\\d.]+ fps · ${first.frames} frames`));
  await box.getByLabel('Protect').check();
  const kept = async () => (await recordingsOf(server))[0];
  await eventually(async () => (await kept()).protected, 'protected');
  await eventually(() => box.getByRole('button', { name: 'Delete', exact: true }).isDisabled(), 'it cannot be deleted');
  await box.getByLabel('Note').fill('a visitor <b>at the door</b>');
  await box.getByRole('button', { name: 'Save note' }).click();
  await eventually(async () => (await kept()).note === 'a visitor <b>at the door</b>', 'the note');
  await screenshot(page, 'player-recording');
  await box.getByLabel('Protect').uncheck();
  await eventually(async () => !(await kept()).protected, 'not protected');
  const [download] = await Promise.all([page.waitForEvent('download'), box.getByRole('link', { name: 'Download' }).click()]);
  assert.deepEqual(readFileSync(await download.path()), readFileSync(join(server.recordings, first.name)));
  assert.deepEqual(page.wrongs, []);
});

const noteOf = async (name) => (await recordingsOf(server)).find((one) => one.name === name).note;
const setNote = (name, note) => fetch(`${server.url}/api/recordings/${name}`,
  { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ note }) }).then((answer) => answer.text());

test('a note that is being written stays with its recording, whatever is played, and one that another writes is shown', async (t) => {
  await setNote(first.name, '');
  t.after(() => setNote(first.name, ''));
  const page = await open(t, { at: endOf(first) - 1200 });
  let marks = 0;
  page.on('request', (request) => { marks += request.url().includes('/api/marks') ? 1 : 0; });
  await panel(page, 'recording');
  const box = page.locator('#recording-panel');
  const note = box.getByLabel('Note');
  await note.focus();
  await page.keyboard.type('a man');
  await page.evaluate(() => import('/static/js/player/playback.js').then(({ play }) => play(1)));
  await shows(page, ({ recording }) => recording === recordings[1].name, 'the next file is played');
  await page.keyboard.type(' of mine');
  assert.equal(await note.inputValue(), 'a man of mine');
  assert.equal(await box.locator('.recording-name').innerText(), first.name);
  assert.equal(marks, 0);
  await page.keyboard.press('Escape');
  await shows(page, ({ rate }) => rate === 0, 'the end');
  await panel(page, 'recording');
  assert.notEqual(await box.locator('.recording-name').innerText(), first.name);
  assert.equal(await note.inputValue(), '');
  await page.keyboard.press('Escape');
  await page.evaluate((at) => import('/static/js/player/playback.js').then(({ seek }) => seek(at)), middle);
  await shows(page, ({ recording, waiting }) => recording === first.name && !waiting, 'it is shown again');
  await panel(page, 'recording');
  assert.equal(await note.inputValue(), 'a man of mine', 'what was typed is there again');
  const unsaved = box.getByText('Not saved');
  assert.ok(await unsaved.isVisible());
  await screenshot(page, 'player-note-unsaved');
  await box.getByRole('button', { name: 'Save note' }).click();
  await eventually(async () => await noteOf(first.name) === 'a man of mine', 'saved');
  await unsaved.waitFor({ state: 'hidden' });
  await note.fill('half a no');
  await unsaved.waitFor();
  await setNote(first.name, 'from elsewhere');
  await box.getByRole('button', { name: 'Discard' }).click();
  await eventually(async () => await note.inputValue() === 'from elsewhere', 'it is shown');
  assert.ok(await unsaved.isHidden());
  assert.ok(await note.evaluate((one) => one === document.activeElement), 'the focus is in the field');
});

test('who is at something of a recording stays there, whatever is played, until it is deleted elsewhere', async (t) => {
  let tell;
  const page = await open(t, { at: endOf(first) - 1200, before: (p) => p.routeWebSocket('**/ws', (socket) => {
    socket.connectToServer();
    tell = (message) => socket.send(JSON.stringify(message));
  }) });
  await panel(page, 'recording');
  const box = page.locator('#recording-panel');
  const focused = (where) => where.evaluate((element) => element === document.activeElement);
  const playOn = async () => {
    await page.evaluate((at) => import('/static/js/player/playback.js').then(async ({ play, seek }) => {
      await seek(at);
      play(1);
    }), endOf(first) - 1200);
    await shows(page, ({ recording }) => recording === recordings[1].name, 'the next file is played');
  };
  const isFirst = async () => assert.equal(await box.locator('.recording-name').innerText(), first.name);
  const protect = box.getByLabel('Protect');
  await protect.focus();
  await playOn();
  await isFirst();
  assert.ok(await focused(protect));
  await box.getByRole('button', { name: 'Delete', exact: true }).focus();
  await page.keyboard.press('Enter');
  const cancel = box.getByRole('button', { name: 'Cancel' });
  await cancel.waitFor();
  await playOn();
  await isFirst();
  assert.ok(await focused(cancel), 'the question is still asked');
  tell({ status: 'recordings', removed: [first.name] });
  await eventually(async () => await box.locator('.recording-name').innerText() !== first.name, 'what is shown');
  assert.ok(await focused(box), 'the focus stays in the panel');
});

test('what is half typed outlives a page of another version, which waits until it is not typed any more', async (t) => {
  const link = await startLink(t, server);
  let version = null;
  const page = await openPlayer(t, browser, link, { at: middle, before: between({ change: (message) => (
    message.status === 'snapshot' && version ? { ...message, version } : message) }) });
  await page.evaluate(() => { window.isOld = true; });
  await panel(page, 'marks');
  const label = page.locator('#marks-panel').getByLabel('Label of a new mark');
  await label.fill('a visit');
  version = '9.9.9';
  link.cut();
  await eventually(() => page.evaluate(() => import('/static/js/state.js').then(({ state }) => state.server.version === '9.9.9')), 'it is told');
  await page.waitForTimeout(1500);
  assert.equal(await page.evaluate(() => window.isOld), true);
  await page.keyboard.type('or');
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => !window.isOld);
  await settled(page);
  await panel(page, 'marks');
  assert.equal(await label.inputValue(), 'a visitor');
});

test('a recording is deleted after a question, and had back, also among failures that nobody has sent away', async (t) => {
  const page = await open(t, { at: startOf(last) + 500 });
  const fail = () => page.evaluate(() => import('/static/js/notices.js').then(({ notify }) => { notify('failure', { what: 'No snapshot', why: 'no camera' }); }));
  await panel(page, 'recording');
  const box = page.locator('#recording-panel');
  for (let i = 0; i < 3; i += 1) await fail();
  await box.getByRole('button', { name: 'Delete', exact: true }).click();
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Cancel');
  await box.getByRole('button', { name: 'Delete it' }).click();
  await eventually(async () => !(await recordingsOf(server)).some(({ name }) => name === last.name), 'deleted');
  await shows(page, ({ recording }) => recording !== last.name, 'another is shown');
  await screenshot(page, 'player-deleted');
  const undo = page.getByRole('button', { name: 'Undo' });
  await undo.waitFor();
  await fail();
  assert.equal(await page.locator('.notice').count(), 3);
  await undo.click();
  await eventually(async () => (await recordingsOf(server)).some(({ name }) => name === last.name), 'back');
  await undo.waitFor({ state: 'detached' });
});

test('who deletes a recording that the disk has no room to keep is told that it is gone for good', async (t) => {
  const page = await open(t, { at: startOf(last) + 500, before: (p) => p.route(`**/api/recordings/${last.name}`, (route) => (route.request().method() === 'DELETE'
    ? route.fulfill({ json: { deleted: last.name, restorable_seconds: 0 } }) : route.continue())) });
  await panel(page, 'recording');
  const box = page.locator('#recording-panel');
  await box.getByRole('button', { name: 'Delete', exact: true }).click();
  await box.getByRole('button', { name: 'Delete it' }).click();
  await page.locator('.notice').filter({ hasText: `Deleted for good, as the disk has no room to keep it: ${last.name}` }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Undo' }).count(), 0);
});

test('a refusal is told, and the box says what is', async (t) => {
  const page = await open(t, { at: middle, before: (p) => p.route('**/api/recordings/*.mp4', (route) => (route.request().method() === 'PATCH'
    ? route.fulfill({ status: 409, json: { detail: 'it is being written' } }) : route.continue())) });
  await panel(page, 'recording');
  await page.locator('#recording-panel').getByLabel('Protect').click();
  await page.locator('.notice').filter({ hasText: 'Not changed: it is being written' }).waitFor();
  assert.equal(await page.locator('#recording-panel').getByLabel('Protect').isChecked(), false);
});

// Answers for marks, as the server does; `asked` has what the page wanted.
function markServer() {
  const asked = [];
  return { asked, before: (page) => page.route('**/api/marks**', (route) => {
    const request = route.request();
    const body = request.postDataJSON();
    asked.push({ method: request.method(), url: new URL(request.url()).pathname, body });
    if (request.method() !== 'POST') return route.fulfill({ json: {} });
    return route.fulfill({ json: { mark: { id: 'm1', label: body.label, at: body.at ?? new Date().toISOString() } } });
  }) };
}

test('M marks the frame that is shown, and now while the picture is live; it can be taken back', async (t) => {
  const marks = markServer();
  const page = await openPage(t, browser, server.url, { before: marks.before });
  await page.keyboard.press('m');
  await page.locator('.notice').filter({ hasText: 'Mark set at' }).waitFor();
  assert.deepEqual(marks.asked, [{ method: 'POST', url: '/api/marks', body: { label: '' } }]);
  await page.getByRole('button', { name: 'Undo' }).click();
  await eventually(() => marks.asked.length === 2, 'it is taken back');
  assert.deepEqual(marks.asked[1], { method: 'DELETE', url: '/api/marks/m1', body: null });
  await page.locator('#open-player').click();
  const { at } = await settled(page);
  await page.keyboard.press('m');
  await eventually(() => marks.asked.length === 3, 'another mark');
  assert.ok(Math.abs(Date.parse(marks.asked[2].body.at) - Math.floor(at)) < 1, `${marks.asked[2].body.at} ${at}`);
});

test('a mark gets a label in the panel, which lists those of the recording and goes to them', async (t) => {
  const marks = markServer();
  const listed = [{ id: 'a', at: new Date(startOf(first) + 1000).toISOString(), label: 'the <i>door</i>' }];
  const page = await open(t, { at: middle, before: async (p) => {
    await marks.before(p);
    await withRecordings(p, (one) => one.name === first.name && Object.assign(one, { marks: listed }));
  } });
  await panel(page, 'marks');
  const box = page.locator('#marks-panel');
  await box.locator('.mark').filter({ hasText: 'the <i>door</i>' }).waitFor();
  await screenshot(page, 'player-marks');
  await page.keyboard.press('Escape');
  // Its flag on the timeline says it, and leads there too.
  const { x, y } = await placeOf(page, startOf(first) + 1000);
  await page.mouse.move(x, y - 22);
  await page.locator('.timeline-hover').filter({ hasText: 'the <i>door</i>' }).waitFor();
  await page.mouse.down();
  await page.mouse.up();
  await shows(page, ({ at }) => Math.abs(at - startOf(first) - 1000) < 150, 'its moment');
  await page.keyboard.press('Home');
  await shows(page, ({ frame }) => frame === 0, 'elsewhere');
  await panel(page, 'marks');
  await box.locator('.mark').click();
  await shows(page, ({ at }) => Math.abs(at - startOf(first) - 1000) < 150, 'its moment');
  await panel(page, 'marks');
  await box.getByRole('button', { name: 'Remove this mark' }).click();
  await eventually(() => marks.asked.some(({ method, url }) => method === 'DELETE' && url === '/api/marks/a'), 'removed');
  await box.getByLabel('Label of a new mark').fill('here');
  await page.keyboard.press('Enter');
  await eventually(() => marks.asked.some(({ body }) => body?.label === 'here'), 'set');
});

// Answers for exports; `tell(message)` says something over the WebSocket.
function clipServer() {
  const asked = [];
  const clips = new Map();
  const self = { asked, clips, before: async (page) => {
    await page.route('**/api/clips**', (route) => {
      const request = route.request();
      const [, id] = /\/api\/clips\/(.+)$/.exec(request.url()) ?? [];
      asked.push({ method: request.method(), id, body: request.postDataJSON() });
      if (request.method() === 'POST') {
        clips.set('c1', { id: 'c1', name: 'door.mp4', state: 'running', progress: 0, format: 'copy', lossless: true, frames: 30, seconds: 2 });
        return route.fulfill({ status: 202, json: { id: 'c1' } });
      }
      if (request.method() === 'DELETE') clips.delete(id);
      if (request.method() !== 'GET') return route.fulfill({ json: {} });
      return route.fulfill({ json: id ? clips.get(id) : { clips: [...clips.values()] } });
    });
    await page.routeWebSocket('**/ws', (socket) => {
      socket.connectToServer();
      self.tell = (message) => socket.send(JSON.stringify({ status: 'clip', ...message }));
    });
  } };
  return self;
}

test('what lies between in and out is exported: progress, cancel, download', async (t) => {
  const clips = clipServer();
  const page = await open(t, { at: middle, before: clips.before });
  const box = page.locator('#export-panel');
  await panel(page, 'export');
  await box.getByText('Nothing is selected').waitFor();
  await page.keyboard.press('Escape');
  const from = (await settled(page)).at;
  await page.keyboard.press('i');
  await page.keyboard.press('Shift+ArrowRight');
  const { at: to } = await shows(page, ({ at }) => at > from + 800, 'a second on');
  await page.keyboard.press('o');
  await screenshot(page, 'player-selected');
  await panel(page, 'export');
  await box.getByLabel('Name').fill('door');
  await box.getByRole('button', { name: 'Export', exact: true }).click();
  await box.locator('progress').waitFor();
  const { body } = clips.asked.find(({ method }) => method === 'POST');
  assert.deepEqual({ ...body, from: Date.parse(body.from), to: Date.parse(body.to) },
    { from: Math.floor(from), to: Math.floor(to + 0.5), format: 'copy', every: 1, name: 'door' });
  clips.tell({ id: 'c1', progress: 0.4 });
  await eventually(() => box.locator('progress').evaluate((bar) => bar.value === 0.4), 'progress');
  await screenshot(page, 'player-export');
  clips.clips.get('c1').state = 'done';
  clips.clips.get('c1').bytes = 12345;
  clips.tell({ id: 'c1', progress: 1, state: 'done' });
  const link = box.getByRole('link', { name: 'Download' });
  await link.waitFor();
  assert.equal(await link.getAttribute('href'), '/clips/door.mp4?download=1');
  await box.getByRole('button', { name: 'Delete this export' }).click();
  await box.getByText('No exports yet.').waitFor();
  assert.ok(clips.asked.some(({ method, id }) => method === 'DELETE' && id === 'c1'));
});

test('what became of exports while the line was cut is told once it is back, and the focus stays in the panel', async (t) => {
  const clips = clipServer();
  const running = { state: 'running', progress: 0.4, format: 'copy', lossless: true, frames: 30, seconds: 2 };
  for (const id of ['c1', 'c2', 'c3']) clips.clips.set(id, { id, name: `${id}.mp4`, ...running });
  const link = await startLink(t, server);
  const page = await openPlayer(t, browser, link, { at: middle, before: clips.before });
  const row = (id) => page.locator('#export-panel .clip').filter({ hasText: `${id}.mp4` });
  const focused = (where) => where.evaluate((element) => element.contains(document.activeElement));
  await panel(page, 'export');
  await row('c1').getByRole('button').focus();
  clips.clips.delete('c3');
  link.cut();
  await row('c3').waitFor({ state: 'detached' });
  assert.ok(await focused(row('c1')), 'it has not changed');
  await row('c2').getByRole('button').focus();
  Object.assign(clips.clips.get('c2'), { state: 'done', progress: 1, bytes: 12345 });
  link.cut();
  await row('c2').getByRole('link', { name: 'Download' }).waitFor();
  assert.ok(await focused(row('c2')), 'it has ended');
  clips.clips.delete('c2');
  link.cut();
  await row('c2').waitFor({ state: 'detached' });
  assert.ok(await focused(page.locator('#export-panel')), 'it is gone');
});

test('who begins an export by the keyboard stays in the panel, and begins one', async (t) => {
  const clips = clipServer();
  let go;
  const planned = new Promise((resolve) => { go = resolve; });
  let posts = 0;
  const page = await open(t, { at: middle, before: async (p) => {
    await clips.before(p);
    await p.route('**/api/clips', async (route) => {
      if (route.request().method() === 'POST') {
        posts += 1;
        await planned;
      }
      await route.fallback();
    });
  } });
  await page.keyboard.press('i');
  await page.keyboard.press('o');
  await panel(page, 'export');
  const box = page.locator('#export-panel');
  const start = box.locator('.primary');
  const focused = () => start.evaluate((button) => button === document.activeElement);
  await start.focus();
  await page.keyboard.press('Enter');
  await eventually(async () => await start.innerText() === 'One moment', 'it is under way');
  await page.keyboard.press('Space');
  assert.ok(await focused());
  assert.equal((await playback(page)).rate, 0);
  go();
  await box.locator('progress').waitFor();
  await eventually(async () => await start.innerText() === 'Export', 'it is done');
  assert.ok(await focused());
  assert.equal(posts, 1);
});

test('an export as timelapse, for phones, and one that fails', async (t) => {
  const clips = clipServer();
  const page = await open(t, { at: middle, before: clips.before });
  const box = page.locator('#export-panel');
  await page.keyboard.press('i');
  await page.keyboard.press('.');
  await settled(page);
  await page.keyboard.press('o');
  await panel(page, 'export');
  await box.getByLabel('Timelapse').check();
  await box.getByLabel('Every how many frames').fill('7');
  await box.getByRole('button', { name: 'Export', exact: true }).click();
  await eventually(() => clips.asked.some(({ method }) => method === 'POST'), 'asked for');
  const posts = () => clips.asked.filter(({ method }) => method === 'POST').map(({ body: { format, every, fps } }) => ({ format, every, fps }));
  assert.deepEqual(posts()[0], { format: 'copy', every: 7, fps: 30 });
  await box.getByLabel('H.264').check();
  await box.getByRole('button', { name: 'Export', exact: true }).click();
  await eventually(() => posts().length === 2, 'asked for');
  assert.deepEqual(posts()[1], { format: 'h264', every: 1, fps: undefined });
  Object.assign(clips.clips.get('c1'), { state: 'failed', detail: 'the disk is full' });
  clips.tell({ id: 'c1', state: 'failed' });
  await box.getByText('Export failed: the disk is full').waitFor();
  await box.getByRole('button', { name: 'Clear selection' }).click();
  await box.getByText('Nothing is selected').waitFor();
});

test('an out point before the in point takes it back', async (t) => {
  const page = await open(t, { at: middle });
  await page.keyboard.press('i');
  await page.keyboard.press('Home');
  await shows(page, ({ frame }) => frame === 0, 'before it');
  await page.keyboard.press('o');
  const selected = await page.evaluate(async () => ({ ...(await import('/static/js/player/selection.js')).selection }));
  assert.ok(Number.isNaN(selected.from));
  assert.equal(selected.to, (await playback(page)).at);
});

test('the snapshot is the frame that is shown, byte for byte', async (t) => {
  const page = await open(t, { at: middle });
  const { recording, frame, at } = await settled(page);
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#snapshot').click()]);
  const file = Buffer.from(await (await fetch(`${server.url}/recordings/${recording}/frame?n=${frame}`)).arrayBuffer());
  assert.deepEqual(readFileSync(await download.path()), file);
  const time = clockOf(at).replaceAll(':', '').replace('.', '_');
  assert.match(download.suggestedFilename(), new RegExp(`^\\d{8}_${time}\\.jpg$`));
});

test('a snapshot that cannot be had says why', async (t) => {
  const page = await open(t, { at: middle });
  await settled(page);
  await page.evaluate(async () => {
    const { playback: now } = await import('/static/js/player/playback.js');
    now.recording = { ...now.recording, name: '20200101_000000.mp4' };
  });
  await page.locator('#snapshot').click();
  await page.locator('.notice').filter({ hasText: 'No snapshot: This recording was deleted.' }).waitFor();
});

test('what was recorded just now is one press away', async (t) => {
  const page = await openPage(t, browser, server.url);
  await page.locator('#record').click();
  await eventually(async () => (await server.status()).recorder.frames > 3, 'some frames');
  await page.locator('#record').click();
  await eventually(async () => {
    await page.locator('#confirm-stop').click({ timeout: 500 }).catch(() => {});
    return page.locator('.notice').count();
  }, 'it is saved');
  await page.getByRole('button', { name: 'Watch' }).click();
  const { recording, frame } = await settled(page);
  assert.equal(frame, 0);
  assert.ok(!recordings.some(({ name }) => name === recording), recording);
});

test('an archive with nothing in it says so, and shows the first recording when there is one', async (t) => {
  const empty = await startServer({ resolution: '640x480', fps: 10 });
  t.after(() => empty.stop());
  const page = await openPage(t, browser, empty.url);
  await page.locator('#open-player').click();
  await page.getByText('Nothing has been recorded yet.').waitFor();
  await screenshot(page, 'player-empty');
  assert.equal(await page.locator('#no-picture').isHidden(), true);
  await page.locator('.player-day').click();
  await page.getByText('Nothing is recorded of this day.').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('#record').click();
  await settled(page, 'the recording is shown by itself');
  await page.locator('.player-live').click();
  await live(page);
});

test('the recording that is written grows on the timeline, and the player follows it', async (t) => {
  await fetch(`${server.url}/api/recording`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"on":true}' });
  t.after(() => server.stopRecording());
  await eventually(async () => (await recordingsOf(server)).at(-1).state === 'recording', 'it is listed');
  const page = await open(t);
  const before = await settled(page);
  await page.keyboard.press('l');
  await page.locator('.player-word').filter({ hasText: 'At the live end' }).waitFor();
  await shows(page, ({ at }) => at > before.at + 1500, 'it follows');
  assert.ok(endOf(last) < (await playback(page)).at);
  assert.match(await text(page, '#recording-badge'), /Recording/);
});

test('it grows where no WebSocket comes through, too', async (t) => {
  await fetch(`${server.url}/api/recording`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"on":true}' });
  t.after(() => server.stopRecording());
  await eventually(async () => (await recordingsOf(server)).at(-1).state === 'recording', 'it is listed');
  const page = await open(t, { before: refuseWebSocket });
  const end = () => page.evaluate(async () => (await import('/static/js/player/archive.js')).archive.recordings.at(-1).end);
  const before = await end();
  await eventually(async () => await end() > before + 1500, 'it grows');
});

// ---- with the real thing, where the server has it

test('an export is made of exactly the frames that were selected, and can be had and deleted', { skip: !hasClips }, async (t) => {
  const page = await open(t, { at: endOf(first) - 600 });
  const box = page.locator('#export-panel');
  const begin = await settled(page);
  await page.keyboard.press('i');
  await page.keyboard.press('Shift+ArrowRight');
  const end = await shows(page, ({ recording, waiting }) => recording === recordings[1].name && !waiting, 'a second on, in the next file');
  await page.keyboard.press('o');
  await panel(page, 'export');
  await box.getByLabel('Name').fill('over the boundary');
  await box.getByRole('button', { name: 'Export', exact: true }).click();
  const row = box.locator('.clip').filter({ hasText: 'over the boundary' });
  const [download] = await Promise.all([page.waitForEvent('download'), row.getByRole('link', { name: 'Download' }).click()]);
  assert.equal(download.suggestedFilename(), 'over the boundary.mp4');
  assert.ok(readFileSync(await download.path()).includes('moov'));
  const { clips } = await (await fetch(`${server.url}/api/clips`)).json();
  assert.equal(clips[0].frames, first.frames - begin.frame + end.frame + 1);
  await row.getByRole('button', { name: 'Delete this export' }).click();
  await eventually(async () => (await (await fetch(`${server.url}/api/clips`)).json()).clips.length === 0, 'deleted');
  assert.deepEqual(page.wrongs, []);
});

test('a refused export says why', { skip: !hasClips }, async (t) => {
  const page = await open(t, { at: middle });
  await page.keyboard.press('i');
  await page.keyboard.press('o');
  await panel(page, 'export');
  await page.locator('#export-panel').getByLabel('Name').fill('../../etc');
  await page.locator('#export-panel').getByRole('button', { name: 'Export', exact: true }).click();
  await page.locator('.notice').filter({ hasText: 'No export: ' }).waitFor();
});

test('a selection that is too long for an export is told as that, also in Spanish', { skip: !hasClips }, async (t) => {
  for (const [language, words] of [['en', 'allowed are 24 hours'], ['es', 'No se exporta: es demasiado largo; elija un intervalo más corto']]) {
    const page = await open(t, { at: middle, language });
    await page.evaluate((at) => import('/static/js/player/selection.js').then(({ setIn, setOut }) => {
      setIn(at - 25 * 3600e3);
      setOut(at);
    }), middle);
    await panel(page, 'export');
    await page.locator('#export-panel .primary').click();
    await page.locator('.notice').filter({ hasText: words }).waitFor();
  }
});

test('a mark is on the timeline and in the panel at once, everywhere, and can be removed', { skip: !hasMarks }, async (t) => {
  const page = await open(t, { at: middle });
  const other = await open(t, { at: middle });
  await panel(page, 'marks');
  const box = page.locator('#marks-panel');
  await box.getByLabel('Label of a new mark').fill('a visitor');
  await page.keyboard.press('Enter');
  await panel(other, 'marks');
  await other.locator('.mark').filter({ hasText: 'a visitor' }).waitFor();
  assert.equal((await recordingsOf(server))[0].marks[0].label, 'a visitor');
  await other.getByRole('button', { name: 'Remove this mark' }).click();
  await other.getByText('This recording has no marks').waitFor();
  await eventually(async () => (await recordingsOf(server))[0].marks.length === 0, 'removed');
  assert.deepEqual([...page.wrongs, ...other.wrongs], []);
});

test('the calendar goes through the months, by keyboard too', async (t) => {
  const dateOf = (days) => new Date(startOf(first) - days * 86400e3).toLocaleDateString('sv');
  const days = [40, 1, 0].map((back) => ({ date: dateOf(back), recordings: 1, seconds: 43200, bytes: 1e9, marks: back, protected: 0 }));
  const page = await open(t, { before: (p) => p.route('**/api/recordings/days', (route) => route.fulfill({ json: { days, complete: true } })) });
  await page.locator('.player-day').focus();
  await page.keyboard.press('Enter');
  const day = (date) => page.locator(`.day[data-at="${date}"]`);
  await day(days[2].date).waitFor();
  const back = page.getByRole('button', { name: 'Month before' });
  while (!await day(days[0].date).count()) {
    await back.focus();
    await page.keyboard.press('Enter');
  }
  assert.match(await day(days[0].date).getAttribute('aria-label'), /1 recording, 12 h 0 min, 1\.0 GB, 40 marks$/);
  assert.ok(await back.isDisabled(), 'there is nothing before');
  await day(days[0].date).focus();
  await page.keyboard.press('Enter');
  await page.getByText('Nothing is recorded of this day.').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.dataset.at), days[0].date, 'the focus stays');
  await page.getByRole('button', { name: 'Next month' }).click();
  assert.deepEqual(page.wrongs, []);
});
