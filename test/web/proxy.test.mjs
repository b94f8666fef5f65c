// What README.md says for proxies works, word for word: nginx, Apache and Caddy in front of the program, with a password and TLS.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually, live, moves, openPage, startBrowser } from './support/browser.mjs';
import { freePorts, startServer } from './support/server.mjs';

const kName = 'dvr.example.org';
const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');
// The whole of it, and what stands in it for a path.
const blocks = (language) => [...readme.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, text]) => text);

// Replaces what is of the reader's machine, and fails when the text does not have it.
const put = (text, ...pairs) => pairs.reduce((result, [from, to]) => {
  assert.ok(result.includes(from), `README.md says ${from}`);
  return result.replaceAll(from, to);
}, text);

const settings = Object.fromEntries([...readme.matchAll(/^ {4}(app_host|preview_host|allowed_hosts|trusted_proxies) = (\S+)$/gm)].map(([, key, value]) => [key, value]));
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

let places = 0;

// A folder for one proxy, which may give its rights away.
function newPlace(name) {
  chmodSync(folder, 0o755);
  const place = join(folder, `${name}-${places += 1}`);
  mkdirSync(place);
  return place;
}

// `conf` with a certificate and a user anna in place of those that it names, and where the program is.
function withFiles(place, conf, usersFile) {
  const [certificate, key, users] = ['dvr.pem', 'dvr.key', 'dvr.htpasswd'].map((name) => join(place, name));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1',
    '-subj', `/CN=${kName}`, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  writeFileSync(users, `anna:${execFileSync('openssl', ['passwd', '-apr1', 'secret'])}`, { mode: 0o644 });
  return put(conf, ['/etc/ssl/certs/dvr.pem', certificate], ['/etc/ssl/private/dvr.key', key], [usersFile, users],
    ['127.0.0.1:8080', `127.0.0.1:${server.port}`]);
}

async function runNginx(t, change = (text) => text) {
  const [port] = await freePorts(1);
  const place = newPlace('nginx');
  const conf = withFiles(place, put(change(blocks('nginx')[0]), ['listen 443 ssl', `listen 127.0.0.1:${port} ssl`]), '/etc/nginx/dvr.htpasswd');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${place}/${kind};`).join(' ');
  writeFileSync(join(place, 'nginx.conf'), `daemon off; ${process.getuid() ? '' : 'user root;'} worker_processes 1; pid ${place}/pid; error_log stderr;
    events {} http { access_log off; ${temporary} ${conf} }`);
  await runProxy(t, port, nginx, ['-e', 'stderr', '-p', place, '-c', join(place, 'nginx.conf')]);
  return `https://${kName}:${port}`;
}

const nginx = ['/usr/sbin/nginx', '/usr/bin/nginx'].find(existsSync);
const apache = ['/usr/sbin/apache2'].find(existsSync);
const caddy = ['/usr/bin/caddy', '/usr/local/bin/caddy'].find(existsSync);

// With the modules that Debian loads, as far as they matter here, and those that README.md has enabled; what these load with them.
const debianModules = ['mpm_event', 'authz_core', 'authz_host', 'authz_user', 'authn_core', 'authn_file', 'auth_basic', 'alias', 'setenvif', 'reqtimeout'];
const neededBy = { ssl: ['socache_shmcb'], proxy_http: ['proxy'] };

async function runApache(t, change = (text) => text) {
  const [port] = await freePorts(1);
  const place = newPlace('apache');
  const conf = withFiles(place, put(change(blocks('apache')[0]), ['*:443', `127.0.0.1:${port}`]), '/etc/apache2/dvr.htpasswd');
  const enabled = readme.match(/`a2enmod ([^`]+)`/)[1].split(' ').flatMap((name) => [...(neededBy[name] ?? []), name]);
  const load = [...debianModules, ...enabled].map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`);
  writeFileSync(join(place, 'apache2.conf'), `${load.join('\n')}\nServerName localhost\nListen 127.0.0.1:${port}\nPidFile ${place}/pid\n\
DefaultRuntimeDir ${place}\nErrorLog "|/bin/cat"\n${process.getuid() ? '' : 'User www-data\nGroup www-data\n'}GracefulShutdownTimeout 1\n${conf}`);
  await runProxy(t, port, apache, ['-d', place, '-f', join(place, 'apache2.conf'), '-DFOREGROUND']);
  return `https://${kName}:${port}`;
}

async function runCaddy(t, change = (text) => text) {
  const [port] = await freePorts(1);
  const password = String(execFileSync(caddy, ['hash-password', '--plaintext', 'secret'])).trim();
  const place = newPlace('caddy');
  const conf = put(change(blocks('caddy')[0]), [`${kName} {`, `https://${kName}:${port} {\ntls internal`], ['$2a$14$...', password], ['127.0.0.1:8080', `127.0.0.1:${server.port}`]);
  writeFileSync(join(place, 'Caddyfile'), `{\nadmin off\ngrace_period 1s\nskip_install_trust\nauto_https disable_redirects\n}\n${conf}`);
  await runProxy(t, port, caddy, ['run', '--config', join(place, 'Caddyfile'), '--adapter', 'caddyfile'], { HOME: place, XDG_DATA_HOME: place, XDG_CONFIG_HOME: place });
  return `https://${kName}:${port}`;
}

const behind = (t, url, options = {}) => openPage(t, browser, url, { ignoreHTTPSErrors: true, httpCredentials: { username: 'anna', password: 'secret' }, ...options });

// As README.md has it for a path, in place of the root.
const belowPath = {
  nginx: (conf) => put(conf, [conf.match(/ {4}location \/ \{.*?\n {4}\}\n/s)[0], blocks('nginx')[1]]),
  Apache: (conf) => put(conf, [conf.match(/ {4}ProxyPass .*\n/)[0], blocks('apache')[1]]),
  Caddy: (conf) => put(conf, ['    reverse_proxy 127.0.0.1:8080\n', blocks('caddy')[1]]),
};

async function assertRecords(page) {
  await eventually(() => moves(page), 'pictures come one after the other');
  await page.locator('#record').click();
  await eventually(async () => (await server.status()).recorder.state === 'recording', 'it records');
  await page.locator('#record-word').filter({ hasText: 'Stop' }).waitFor();
  const saved = await page.evaluate(() => fetch('api/presets/Proxy', { method: 'PUT' }).then(({ status }) => status));
  assert.ok([200, 201].includes(saved), `a request that changes something: ${saved}`);
  await server.stopRecording();
}

const proxies = [['nginx', runNginx, nginx], ['Apache', runApache, apache], ['Caddy', runCaddy, caddy]];
for (const [name, run, there] of proxies) {
  const skip = !there && `there is no ${name}`;
  test(`behind ${name}, as README.md has it, the page is live and records`, { skip }, async (t) => {
    const page = await behind(t, await run(t));
    await assertRecords(page);
    assert.deepEqual(page.wrongs, []);
  });

  test(`behind ${name} below a path, too, with recordings and the plain page of them`, { skip }, async (t) => {
    const url = await run(t, belowPath[name]);
    const page = await behind(t, `${url}/cam/`);
    await assertRecords(page);
    await page.locator('#open-player').click();
    await page.locator('.player-time').filter({ hasText: /\d:/ }).waitFor();
    await page.goto(`${url}/cam/recordings/`);
    await page.locator('a[href*="play="]').first().click();
    await eventually(() => page.evaluate(() => document.querySelector('img')?.naturalWidth > 0), 'it plays');
    await page.locator('a').first().click();
    await live(page);
    assert.equal(new URL(page.url()).pathname, '/cam/');
    assert.deepEqual(page.wrongs, []);
  });

  test(`behind ${name} what a client says of itself is not believed, and a login by https is for https alone`, { skip }, async (t) => {
    const { port } = new URL(await run(t));
    const ask = (path, ...options) => String(execFileSync('curl', ['-sik', '-u', 'anna:secret', '--resolve', `${kName}:${port}:127.0.0.1`, ...options, `https://${kName}:${port}${path}`]));
    const lies = ['X-Forwarded-For: 203.0.113.9', 'X-Forwarded-Host: evil.example'].flatMap((line) => ['-H', line]);
    assert.match(ask('/status', ...lies), /^HTTP\/\S+ 200 /);
    assert.match(ask('/api/logout', '-X', 'POST'), new RegExp(`^Set-Cookie: __Secure-mini-dvr-${port}=;.*; Secure\\r$`, 'mi'));
  });
}

test('a proxy that puts its own Host header there may say what the client asked for', { skip: !nginx && 'there is no nginx' }, async (t) => {
  const page = await behind(t, await runNginx(t, (conf) => put(conf, ['proxy_set_header Host $http_host;', ''])));
  await assertRecords(page);
});

test('one that does not say it is told so', { skip: !nginx && 'there is no nginx' }, async (t) => {
  const silent = (conf) => put(conf, ['proxy_set_header Host $http_host;', ''], ['proxy_set_header X-Forwarded-Host $http_host;', '']);
  const page = await behind(t, await runNginx(t, silent), { wait: false });
  await page.waitForFunction(() => document.readyState !== 'loading');
  const answer = await page.evaluate(() => fetch('/api/presets/Proxy', { method: 'PUT' }).then(async (response) => [response.status, await response.json()]));
  assert.deepEqual([answer[0], answer[1].code], [403, 'forbidden']);
  assert.match(answer[1].detail, /a proxy must pass the Host header on as it came, with its port/);
});

test('one that lets no WebSocket pass is told on the page, in words', { skip: !nginx && 'there is no nginx' }, async (t) => {
  const plain = (conf) => put(conf, ['proxy_set_header Upgrade $http_upgrade;', ''], ['proxy_set_header Connection $connection_upgrade;', '']);
  const page = await behind(t, await runNginx(t, plain));
  await page.locator('.problem').getByText('its WebSocket does not come through').waitFor();
  await eventually(() => moves(page), 'the picture is live all the same');
});

// As it is for Safari, which does not send the password there.
for (const [language, words] of [['en', /a password of its own, which Safari does not send/], ['es', /una contraseña propia, que Safari no envía/]]) {
  test(`one that asks for a password which the browser does not send is told, too: ${language}`, { skip: !nginx && 'there is no nginx' }, async (t) => {
    const refusing = (conf) => put(conf, ['    location / {', '    location = /ws {\n        return 401;\n    }\n    location / {']);
    const page = await behind(t, await runNginx(t, refusing), { language });
    await page.locator('.problem').getByText(words).waitFor();
  });
}

test('a name that is not allowed is refused through a proxy, too', { skip: !nginx && 'there is no nginx' }, async (t) => {
  const url = await runNginx(t, (conf) => put(conf, [`server_name ${kName}`, 'server_name other.example.org']));
  const { port } = new URL(url);
  const answer = JSON.parse(execFileSync('curl', ['-sk', '-u', 'anna:secret', '--resolve', `other.example.org:${port}:127.0.0.1`, `https://other.example.org:${port}/status`]));
  assert.equal(answer.code, 'unknown_host');
});
