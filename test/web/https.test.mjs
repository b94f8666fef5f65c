// https by a certificate that mini-dvr makes: the page, its picture, its WebSocket and logins, in a real browser that trusts this one
// certificate and no other.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { eventually, live, moves, openPage, startBrowser } from './support/browser.mjs';
import { binary, environment, startServer } from './support/server.mjs';

// The fetch of Node can be told of no certificate once it runs; the browser below is what is tested.
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
process.removeAllListeners('warning');

const folder = mkdtempSync(join(tmpdir(), 'mini-dvr-https-'));
const pair = { tls_certificate: join(folder, 'certificate.pem'), tls_key: join(folder, 'key.pem') };

function run(args, input = '') {
  const said = spawnSync(binary, args, { input, env: environment });
  assert.equal(said.status, 0, String(said.stderr));
}

run(['tls', '--self-signed', '--tls_certificate', pair.tls_certificate, '--tls_key', pair.tls_key]);
const certificate = new X509Certificate(readFileSync(pair.tls_certificate));
const pin = createHash('sha256').update(certificate.publicKey.export({ type: 'spki', format: 'der' })).digest('base64');

const accounts = join(folder, 'accounts.json');
run(['passwd', '--user', 'ana', '--accounts_file', accounts], 'correct horse\n');
const server = await startServer(pair);
const authorization = `Basic ${btoa('ana:correct horse')}`;
const guarded = await startServer({ ...pair, resolution: '640x480', accounts_file: accounts }, { authorization });
// A name, since browsers take secure cookies by http, too, from the loopback that an address shows.
const kName = 'dvr.example.org';
const browser = await startBrowser([`--ignore-certificate-errors-spki-list=${pin}`, `--host-resolver-rules=MAP ${kName} 127.0.0.1`]);
after(async () => {
  await browser.close();
  await server.stop();
  await guarded.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('the page is live over https, switches recording over wss, and plays what was recorded', async (t) => {
  const sockets = [];
  const page = await openPage(t, browser, server.url, { before: (opened) => opened.on('websocket', (socket) => sockets.push(socket.url())) });
  assert.equal(await page.evaluate(() => isSecureContext && location.protocol), 'https:');
  await eventually(() => moves(page), 'pictures come one after the other');
  assert.deepEqual([...new Set(sockets)], [`wss://127.0.0.1:${server.port}/ws`]);
  await page.locator('#record').click();
  await eventually(async () => (await server.status()).recorder.frames > 20, 'it records');
  await page.locator('#record').click();
  await page.waitForTimeout(450);    // a confirmation is not what a second click of a double click presses
  await page.locator('#confirm-stop').click();
  await eventually(async () => (await server.status()).recorder.state === 'idle', 'it has ended');
  await page.locator('#open-player').click();
  await page.locator('.player-time').filter({ hasText: ':' }).waitFor();
  assert.deepEqual(page.wrongs, []);
});

test('a browser that does not know the certificate warns', async (t) => {
  const strict = await startBrowser();
  t.after(() => strict.close());
  const page = await strict.newPage();
  await assert.rejects(page.goto(server.url), /ERR_CERT_AUTHORITY_INVALID/);
});

test('a browser that was given it trusts it, as a phone that has it installed', async (t) => {
  const home = join(folder, 'home');
  const trusted = join(home, '.pki/nssdb');
  mkdirSync(trusted, { recursive: true });
  for (const args of [['-N', '--empty-password'], ['-A', '-t', 'C,,', '-n', 'dvr', '-i', pair.tls_certificate]]) execFileSync('certutil', ['-d', `sql:${trusted}`, ...args]);
  const trusting = await startBrowser([], { HOME: home });
  t.after(() => trusting.close());
  const page = await openPage(t, trusting, server.url);
  assert.deepEqual(page.wrongs, []);
});

test('who opens it by http is led to https', async (t) => {
  const page = await openPage(t, browser, server.url.replace('https', 'http'));
  assert.equal(await page.evaluate(() => location.href), `${server.url}/`);
});

async function logIn(page) {
  await page.locator('[name=user]').fill('ana');
  await page.locator('[name=password]').fill('correct horse');
  await page.locator('#enter').click();
  await live(page);
}

test('a login is for https alone', async (t) => {
  const page = await openPage(t, browser, guarded.url, { wait: false });
  await logIn(page);
  const [cookie] = (await page.context().cookies()).filter(({ name }) => name === `__Secure-mini-dvr-${new URL(guarded.url).port}`);
  assert.equal(cookie.secure, true);
  assert.equal(cookie.httpOnly, true);
});

test('whoever gives up https logs in by http, although the browser keeps the login by https', async (t) => {
  const changing = await startServer({ ...pair, resolution: '640x480', accounts_file: accounts, allowed_hosts: kName }, { authorization });
  t.after(() => changing.stop());
  const byName = () => changing.url.replace('127.0.0.1', kName);
  const page = await openPage(t, browser, byName(), { wait: false });
  await logIn(page);
  await changing.startWith({ tls_certificate: '', tls_key: '' });
  await page.goto(byName(), { waitUntil: 'commit' });
  assert.equal(new URL(page.url()).protocol, 'http:');
  await logIn(page);
});

test('no answer has browsers insist on https for all ports of the name', async () => {
  const headers = await new Promise((resolve, reject) => {
    request(`${server.url}/status`, (answer) => {
      answer.resume();
      resolve(answer.headers);
    }).on('error', reject).end();
  });
  assert.equal(headers['strict-transport-security'], undefined);
});
