// A server with a password: the page that asks for it, what an account may, and the end of a login.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { assertUsable, looks } from './support/access.mjs';
import { connected, eventually, live, openCamera, openPage, startBrowser, startFirefox, text } from './support/browser.mjs';
import { picturesOnly, startLink } from './support/link.mjs';
import { settled } from './support/player_controls.mjs';
import { binary, environment, startServer } from './support/server.mjs';

const folder = mkdtempSync(join(tmpdir(), 'mini-dvr-login-'));
const accounts = join(folder, 'accounts.json');
const passwords = { ana: 'correct horse', ben: 'hunter two', luis: 'battery staple' };
makeAccount('ana', 'control');
makeAccount('ben', 'control');
makeAccount('luis', 'view');

const authorization = `Basic ${btoa(`ana:${passwords.ana}`)}`;
const kName = 'dvr.example.org';    // to browsers no machine of their own, as most recorders
const server = await startServer({ resolution: '640x480', accounts_file: accounts, allowed_hosts: kName }, { authorization });
const browser = await startBrowser();
after(async () => {
  await browser.close();
  await server.stop();
  rmSync(folder, { recursive: true });
});

function makeAccount(user, role) {
  const made = spawnSync(binary, ['passwd', '--user', user, '--role', role, '--accounts_file', accounts], { input: `${passwords[user]}\n`, env: environment });
  assert.equal(made.status, 0, String(made.stderr));
}

const open = (t, options = {}) => openPage(t, options.with ?? browser, `${server.url}/${options.hash ?? ''}`, { wait: false, ...options });

async function logIn(page, user, password = passwords[user]) {
  await page.locator('[name=user]').fill(user);
  await page.locator('[name=password]').fill(password);
  await page.locator('#enter').click();
}

// One that waits, and what ends it.
function promise() {
  let resolve;
  return [new Promise((done) => { resolve = done; }), () => resolve()];
}

// What a browser says of an answer that refuses is no wrong of the page.
const wrongsOf = (page) => page.wrongs.filter((wrong) => !/ 401| 429/.test(wrong));

for (const [theme, language, among] of looks(['desktop', 'phone'], ['phone'])) {
  test(`whoever opens the page is asked who it is: ${language}, ${theme}`, async (t) => {
    const page = await open(t, { language, theme });
    await page.locator('#enter').waitFor();
    await page.waitForURL('**/login');
    await page.locator('#enter', { hasText: language === 'es' ? 'Entrar' : 'Log in' }).waitFor();
    await logIn(page, 'ana', 'wrong');
    await page.locator('#failure:not([hidden])').waitFor();
    assert.match(await text(page, '#failure'), language === 'es' ? /no son correctos/ : /is wrong/);
    await assertUsable(page, among, (size) => `login-${theme}-${size}`);
    await logIn(page, 'ana');
    await live(page);
    assert.deepEqual(wrongsOf(page), []);
  });
}

for (const [language, status, code, words] of [
  ['es', 403, 'forbidden', /^La grabadora cree que esta página es de otro sitio: un proxy [^(]* con su puerto\.$/],
  ['en', 403, 'forbidden', /^The recorder takes this page for another site’s: .* with its port\. \(a detail in English\)$/],
  ['es', 503, 'busy', /^Hay demasiados intentos de entrar a la vez\./],
  ['es', 503, 'unavailable', /^Ahora mismo no puede entrar nadie/],
]) {
  test(`why nobody gets in is told in the language of the page: ${language}, ${code}`, async (t) => {
    const page = await open(t, { language, before: (opened) => opened.route('**/api/login', (route) => (
      route.fulfill({ status, json: { code, detail: 'a detail in English' } }))) });
    await logIn(page, 'ana');
    await page.locator('#failure:not([hidden])').waitFor();
    assert.match(await text(page, '#failure'), words);
  });
}

// By a script: Chromium shows the page when its words are there, and not every browser waits.
test('who is quicker than the page puts no password into the address', async (t) => {
  const [asked, tellAsked] = promise();
  const [held, answer] = promise();
  const page = await open(t, { before: (opened) => opened.route('**/strings/login.*', async (route) => {
    tellAsked();
    await held;
    await route.continue();
  }) });
  await asked;
  await page.evaluate(([user, password]) => {
    const form = document.getElementById('login');
    form.user.value = user;
    form.password.value = password;
    document.getElementById('enter').click();
  }, ['ana', passwords.ana]);
  answer();
  await page.locator('#enter').click();
  await live(page);
  assert.deepEqual(wrongsOf(page), []);
});

test('who types already when the words come is left in the field where he is', async (t) => {
  const [held, answer] = promise();
  // Hidden until its words are there: a slow link shows it in other browsers.
  const page = await open(t, { before: async (opened) => {
    await opened.route('**/strings/login.*', async (route) => {
      await held;
      await route.continue();
    });
  } });
  await page.evaluate((user) => {
    const form = document.getElementById('login');
    form.user.value = user;
    form.password.focus();
  }, 'ana');
  answer();
  await page.locator('#enter:enabled').waitFor();
  await page.keyboard.type(passwords.ana);
  await page.keyboard.press('Enter');
  await live(page);
});

test('where the words of a language do not come the page speaks English', async (t) => {
  const page = await open(t, { language: 'es', before: (opened) => opened.route('**/strings/login.es.js', (route) => route.abort()) });
  await page.locator('#enter', { hasText: 'Log in' }).waitFor();
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  await logIn(page, 'ana');
  await live(page);
});

for (const [language, told] of [['en', /words of this page did not come/], ['es', /palabras de esta página no han llegado/]]) {
  test(`where no words come at all the page says so, and one can log in: ${language}`, async (t) => {
    const page = await open(t, { language, before: (opened) => opened.route('**/strings/*', (route) => route.abort()) });
    await page.locator('#failure', { hasText: told }).waitFor();
    await page.unroute('**/strings/*');
    await page.locator('[name=user]').fill('ana');
    await page.locator('[name=password]').fill(passwords.ana);
    await page.locator('[name=password]').press('Enter');
    await live(page);
  });
}

test('in Firefox, too, and on to the moment that the address names', async (t) => {
  const firefox = await startFirefox();
  t.after(() => firefox.close());
  const page = await open(t, { with: firefox, hash: '#t=2026-01-02T03:04:05.678' });
  await page.locator('#enter').waitFor();
  await logIn(page, 'ana');
  await page.waitForURL('**/#t=*');
});

test('who may watch sees the picture, and is told why nothing else goes', async (t) => {
  const page = await open(t);
  await page.locator('#enter').waitFor();
  await logIn(page, 'luis');
  await live(page);
  await eventually(async () => await page.locator('#record').getAttribute('aria-disabled') === 'true', 'the button is for others');
  await page.locator('#record').click({ force: true });   // for others, and says so
  await page.locator('.notice', { hasText: 'Your account may watch, and not record.' }).waitFor();
  assert.equal((await server.status()).recording, 'stopped');
  assert.deepEqual(wrongsOf(page), []);
});

test('by plain http of another machine, too, no window of the browser asks for the password', async (t) => {
  const far = await startBrowser([`--host-resolver-rules=MAP ${kName} 127.0.0.1`]);
  t.after(() => far.close());
  const page = await openPage(t, far, `${server.url.replace('127.0.0.1', kName)}/login`, { wait: false });
  await page.locator('#enter').waitFor();
  const asked = page.waitForRequest('**/stream');
  const told = await page.evaluate(() => fetch('/stream').then(({ status, headers }) => [status, headers.get('WWW-Authenticate')]));
  assert.deepEqual(told, [401, null]);
  assert.equal((await (await asked).allHeaders())['sec-fetch-mode'], undefined);
});

test('a link of another site leads on to the picture, or to where one logs in', async (t) => {
  const site = createServer((request, response) => {
    response.setHeader('Content-Type', 'text/html');
    response.end(`<link rel="icon" href="data:,"><a href="${server.url}/">camera</a>`);
  });
  await new Promise((resolve) => { site.listen(0, '127.0.0.1', resolve); });
  t.after(() => site.close());
  const elsewhere = `http://localhost:${site.address().port}/`;
  const page = await openPage(t, browser, elsewhere, { wait: false });
  await page.locator('a').click();
  await logIn(page, 'luis');
  await live(page);
  await page.goto(elsewhere);
  await page.locator('a').click();
  await live(page);
  assert.equal(new URL(page.url()).pathname, '/');
  assert.deepEqual(wrongsOf(page), []);
});

test('who logs out is asked again, and so is every other page of that browser', async (t) => {
  const page = await open(t);
  await page.locator('#enter').waitFor();
  await logIn(page, 'ana');
  await live(page);
  const other = await page.context().newPage();
  await other.goto(server.url, { waitUntil: 'commit' });
  await live(other);
  await page.locator('#open-menu').click();
  await page.locator('#menu', { hasText: 'Logged in as ana (may control)' }).waitFor();
  await page.locator('#menu button', { hasText: 'Log out' }).click();
  await page.waitForURL('**/login');
  await other.waitForURL('**/login');
});

async function record() {
  const say = async (on) => (await fetch(`${server.url}/api/recording`, {
    method: 'POST', headers: { authorization, 'Content-Type': 'application/json' }, body: JSON.stringify({ on }),
  })).status;
  await say(true);
  await eventually(async () => (await server.status()).recorder.frames > 10, 'some frames');
  await eventually(async () => await say(false) === 200, 'all is written');
}

async function openRecordings(page) {
  await record();
  await page.locator('#open-player').click();
  await settled(page);      // what has no answer yet would meet the end of the cookie, too
}

// The WebSocket was admitted by the cookie, and outlives it.
for (const [what, use, prepare = () => {}] of [
  ['the picture, when it is opened again', (page, link) => link.cut(picturesOnly)],
  ['a snapshot', (page) => page.locator('#snapshot').click()],
  ['the settings of the camera', (page) => page.locator('#open-camera').click()],
  ['a recorded frame', (page) => page.keyboard.press(','), openRecordings],
]) {
  test(`an open page whose cookie has expired leads to where one logs in: ${what}`, async (t) => {
    const link = await startLink(t, server);
    const page = await openPage(t, browser, link.url, { wait: false });
    await logIn(page, 'ana');
    await live(page);
    await connected(page);
    await prepare(page);
    let sockets = 0;
    page.on('websocket', () => { sockets += 1; });
    await page.context().clearCookies();
    await use(page, link);
    await page.waitForURL('**/login*');
    assert.equal(sockets, 0, 'the WebSocket stayed');
  });
}

test('what is half typed is there again for who typed it, and for nobody else who logs in there', async (t) => {
  const page = await open(t);
  const name = page.getByRole('textbox', { name: 'Name of a new preset' });
  const enter = async (user, kept) => {
    await page.waitForURL('**/login');
    await logIn(page, user);
    await live(page);
    await openCamera(page);
    await page.getByRole('tab', { name: 'Presets' }).click();
    await name.waitFor();
    assert.equal(await name.inputValue(), kept, user);
  };
  const loginEnds = () => page.evaluate(() => fetch('/api/logout', { method: 'POST' }));
  await enter('ana', '');
  await name.fill('as Ana likes it');
  await loginEnds();
  await enter('ana', 'as Ana likes it');
  await loginEnds();
  await enter('ben', '');
  await name.fill('as Ben likes it');
  await page.locator('#open-menu').click();
  await page.locator('#menu button', { hasText: 'Log out' }).click();
  await page.waitForURL('**/login');
  assert.equal(await page.evaluate(() => sessionStorage.getItem('mini-dvr-drafts')), null);
});

test('a server without a password says so in the menu, and asks nobody', async (t) => {
  const open = await startServer({ resolution: '640x480', accounts_file: join(folder, 'none.json') });
  t.after(() => open.stop());
  const page = await openPage(t, browser, open.url);
  await page.locator('#open-menu').click();
  await page.locator('#menu', { hasText: 'anybody in this network may watch and control' }).waitFor();
  assert.deepEqual(page.wrongs, []);
});
