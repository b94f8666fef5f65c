// What README.md says for proxies works, word for word: nginx and Caddy in front of the program, with a password and TLS.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually, moves, openPage, startBrowser } from './support/browser.mjs';
import { freePorts, startServer } from './support/server.mjs';

const kName = 'dvr.example.org';
const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');
const block = (language) => readme.match(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's'))[1];

// Replaces what is of the reader's machine, and fails when the text does not have it.
const put = (text, ...pairs) => pairs.reduce((result, [from, to]) => {
  assert.ok(result.includes(from), `README.md says ${from}`);
  return result.replaceAll(from, to);
}, text);

const settings = Object.fromEntries([...readme.matchAll(/^ {4}(app_host|preview_host|allowed_hosts) = (\S+)$/gm)].map(([, key, value]) => [key, value]));
const server = await startServer(settings);
const browser = await startBrowser([`--host-resolver-rules=MAP ${kName} 127.0.0.1`]);
const folder = mkdtempSync(join(tmpdir(), 'mini-dvr-proxy-'));
after(async () => {
  await browser.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

// Ends with the test.
async function runProxy(t, port, command, args, environment = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { log += text; });
  const ended = new Promise((resolve) => { child.on('exit', resolve); });
  t.after(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  const answers = () => {
    try {
      const status = execFileSync('curl', ['-sk', '-o', '/dev/null', '-w', '%{http_code}', '--resolve', `${kName}:${port}:127.0.0.1`, `https://${kName}:${port}/status`]);
      return String(status) === '401';
    } catch {
      assert.equal(child.exitCode, null, log);
      return false;
    }
  };
  await eventually(answers, `the proxy asks for a password:\n${log}`);
}

let certificates = 0;

async function runNginx(t, change = (text) => text) {
  const [port] = await freePorts(1);
  const place = join(folder, `nginx-${certificates += 1}`);
  mkdirSync(place);
  const [certificate, key, users] = ['dvr.pem', 'dvr.key', 'dvr.htpasswd'].map((name) => join(place, name));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1',
    '-subj', `/CN=${kName}`, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  writeFileSync(users, `anna:${execFileSync('openssl', ['passwd', '-apr1', 'secret'])}`, { mode: 0o644 });
  const conf = put(block('nginx'), ['listen 443 ssl', `listen 127.0.0.1:${port} ssl`], ['/etc/ssl/certs/dvr.pem', certificate],
    ['/etc/ssl/private/dvr.key', key], ['/etc/nginx/dvr.htpasswd', users], ['127.0.0.1:8080', `127.0.0.1:${server.port}`]);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${place}/${kind};`).join(' ');
  writeFileSync(join(place, 'nginx.conf'), `daemon off; ${process.getuid() ? '' : 'user root;'} worker_processes 1; pid ${place}/pid; error_log stderr;
    events {} http { access_log off; ${temporary} ${change(conf)} }`);
  await runProxy(t, port, nginx, ['-e', 'stderr', '-p', place, '-c', join(place, 'nginx.conf')]);
  return `https://${kName}:${port}`;
}

const nginx = ['/usr/sbin/nginx', '/usr/bin/nginx'].find(existsSync);
const caddy = ['/usr/bin/caddy', '/usr/local/bin/caddy'].find(existsSync);

async function runCaddy(t) {
  const [port] = await freePorts(1);
  const password = String(execFileSync(caddy, ['hash-password', '--plaintext', 'secret'])).trim();
  const place = join(folder, 'caddy');
  mkdirSync(place);
  const conf = put(block('caddy'), [`${kName} {`, `https://${kName}:${port} {\ntls internal`], ['$2a$14$...', password], ['127.0.0.1:8080', `127.0.0.1:${server.port}`]);
  writeFileSync(join(place, 'Caddyfile'), `{\nadmin off\ngrace_period 1s\nskip_install_trust\nauto_https disable_redirects\n}\n${conf}`);
  await runProxy(t, port, caddy, ['run', '--config', join(place, 'Caddyfile'), '--adapter', 'caddyfile'], { HOME: place, XDG_DATA_HOME: place, XDG_CONFIG_HOME: place });
  return `https://${kName}:${port}`;
}

const behind = (t, url, options = {}) => openPage(t, browser, url, { ignoreHTTPSErrors: true, httpCredentials: { username: 'anna', password: 'secret' }, ...options });

for (const [name, run, there] of [['nginx', runNginx, nginx], ['Caddy', runCaddy, caddy]]) {
  test(`behind ${name}, as README.md has it, the page is live and records`, { skip: !there && `there is no ${name}` }, async (t) => {
    const page = await behind(t, await run(t));
    await eventually(() => moves(page), 'pictures come one after the other');
    await page.locator('#record').click();
    await eventually(async () => (await server.status()).recorder.state === 'recording', 'it records');
    await page.locator('#record-word').filter({ hasText: 'Stop' }).waitFor();
    const saved = await page.evaluate(() => fetch('/api/presets/Proxy', { method: 'PUT' }).then(({ status }) => status));
    assert.ok([200, 201].includes(saved), `a request that changes something: ${saved}`);
    await server.stopRecording();
    assert.deepEqual(page.wrongs, []);
  });
}

test('a proxy that puts its own Host header there is told so', { skip: !nginx && 'there is no nginx' }, async (t) => {
  const page = await behind(t, await runNginx(t, (conf) => put(conf, ['proxy_set_header Host $http_host;', ''])), { wait: false });
  await page.waitForFunction(() => document.readyState !== 'loading');
  const answer = await page.evaluate(() => fetch('/api/presets/Proxy', { method: 'PUT' }).then(async (response) => [response.status, await response.json()]));
  assert.deepEqual([answer[0], answer[1].code], [403, 'forbidden']);
  assert.match(answer[1].detail, /a proxy must pass the Host header on as it came, with its port/);
});

test('a name that is not allowed is refused through a proxy, too', { skip: !nginx && 'there is no nginx' }, async (t) => {
  const url = await runNginx(t, (conf) => put(conf, [`server_name ${kName}`, 'server_name other.example.org']));
  const { port } = new URL(url);
  const answer = JSON.parse(execFileSync('curl', ['-sk', '-u', 'anna:secret', '--resolve', `other.example.org:${port}:127.0.0.1`, `https://other.example.org:${port}/status`]));
  assert.equal(answer.code, 'unknown_host');
});
