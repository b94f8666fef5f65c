// Every command of README.md, which are those of README.es.md, does what is said of it, as it is written: on the usual ports, in a
// network of its own. What differs for each reader, such as the name of a recording, is put in. A command that is new there has to come
// here, too.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { eventually } from './support/browser.mjs';
import { ownNetwork, whyNoOwnNetwork } from './support/own_network.mjs';
import { binary } from './support/server.mjs';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const read = (name) => readFileSync(join(checkout, name), 'utf8');
const kFrames = 400;     // README.md asks for the 370th

// Lines of code, without what is said of them. What is fenced are files of other programs; lines such as `key = value` are settings.
const commandsOf = (text) => [...text.replace(/^```.*?^```/gms, '').matchAll(/^ {4}(.*)$/gm)]
  .map(([, line]) => line.replace(/ +#.*$/, '')).filter((line) => !/^[a-z_]+ = /.test(line));
const inlineOf = (text) => [...new Set([...text.replace(/^```.*?^```/gms, '').replace(/^ {4}.*$/gm, '').matchAll(/`((?:sudo )?(?:mini-dvr|scripts\/[^\s`]+|curl|v4l2-ctl) [^`]+)`/g)]
  .map(([, words]) => words))].sort();

const folder = mkdtempSync(join(tmpdir(), 'mini-dvr-readme-'));
const place = (name) => join(folder, name);
const why = whyNoOwnNetwork();
const network = why ? null : await ownNetwork();
after(() => {
  network?.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

// Programs by name, as where Mini-DVR is installed. sudo has nothing to do here; systemctl is told of, and done below.
mkdirSync(place('bin'));
mkdirSync(place('man/man1'), { recursive: true });
symlinkSync(binary, place('bin/mini-dvr'));
symlinkSync(join(checkout, 'build/release/mini-dvr.1'), place('man/man1/mini-dvr.1'));
const programs = { sudo: 'exec "$@"', systemctl: `echo "$*" >> ${place('systemctl.log')}`,
  websocat: `exec ${process.execPath} ${join(checkout, 'test/web/support/websocat.mjs')} "$@"` };
for (const [name, body] of Object.entries(programs)) {
  writeFileSync(place(`bin/${name}`), `#!/bin/sh\n${body}\n`);
  chmodSync(place(`bin/${name}`), 0o755);
}

const environment = {
  PATH: `${place('bin')}:${process.env.PATH}`, MANPATH: place('man'), SDL_VIDEODRIVER: 'dummy', SDL_AUDIODRIVER: 'dummy',
  MINIDVR_VIRTUAL_CAMERA: place('camera'), MINIDVR_RECORDINGS_DIR: place('recordings'), MINIDVR_ACCOUNTS_FILE: place('accounts.json'),
  MINIDVR_RESOLUTION: '320x240', MINIDVR_FPS: '60', MINIDVR_MIN_FREE: '0',
};
const withCamera = { ...environment, MINIDVR_DEVICE: 'virtual' };

// What the commands found out: the names and times that stand in README.md for those of the reader.
const found = { DIR: place('old'), RECORDER: 'localhost' };
const asOfReader = (command) => [
  ['20261124_101000.mp4', found.recording], ['20261124_100712_clip.mp4', found.clip], ['2026-11-24T10:07:12', found.begin],
  ['2026-11-24T10:09:00', found.end], ['2026-11-24', found.begin?.slice(0, 10)], ['/ID', `/${found.id}`], ['RECORDER', found.RECORDER],
  ['TOKEN', found.token], [' DIR', ` ${found.DIR}`],
].reduce((text, [from, to]) => text.replaceAll(from, () => {
  assert.ok(to && !to.includes('undefined'), `${from} is known by then`);
  return to;
}), command);

let functions = '';      // of the shell, that README.md defines
const shell = (command, options = {}) => network.run(`${functions}${asOfReader(command)}`, { env: withCamera, cwd: folder, ...options });
const ask = async (path) => JSON.parse((await network.run(`curl -s 'localhost:8080${path}'`)).out);
const recorder = async () => (await ask('/status')).recorder;

let service;
async function startService() {
  service = network.start('exec mini-dvr', { env: withCamera, cwd: folder });
  const answered = eventually(async () => (await network.run('curl -s localhost:8080/')).status === 0, 'it answers');
  await Promise.race([answered, service.ended.then(({ err }) => assert.fail(`it ended: ${err}`))]);
}
async function stopService() {
  service.kill('SIGTERM');
  assert.equal((await service.ended).status, 0);
}

// Kinds of commands. Each is a function that runs `command`.

// `check` looks at what it said.
const does = (check, { input, cwd, before, statuses = [0] } = {}) => async (command) => {
  await before?.();
  const said = await shell(command, { input, ...(cwd && { cwd }) });
  assert.ok(statuses.includes(said.status), `status ${said.status}: ${said.out}${said.err}`);
  await check?.(said);
};
const answers = (check, options) => does(async ({ out }) => {
  const body = JSON.parse(out);
  assert.equal(body.code, undefined, body.detail);
  await check(body);
}, options);
const says = (pattern, options) => does(({ out, err }) => assert.match(out + err, pattern), options);
// It goes on for ever, and has said `pattern` by then.
const goesOn = (pattern, check) => async (command) => {
  const one = network.start(`${functions}${asOfReader(command)}`, { env: withCamera, cwd: folder });
  try {
    await eventually(() => {
      const { out, err } = one.said();
      return pattern.test(out + err);
    }, `it says ${pattern}`);
    await check?.();
  } finally {
    one.kill('SIGKILL');
  }
};
const defines = async (command) => {
  functions += `${command}\n`;
};
const jpeg = (name) => () => {
  const bytes = readFileSync(place(name));
  assert.deepEqual([...bytes.subarray(0, 2), ...bytes.subarray(-2)], [0xff, 0xd8, 0xff, 0xd9], 'a whole JPEG');
};
// It needs a system of its own, which this check makes: it runs what matches.
const elsewhere = (check, pattern) => async () => assert.match(read(check), pattern);
// It takes an hour, or is what runs this: what it may be given is what it knows.
const knows = (words) => async (command) => {
  const given = command.match(/[[ ]([a-z][\w -]*(?: ?\| ?[a-z][\w-]*)+)/)[1].split(/ ?\| ?/);
  assert.deepEqual(given.sort(), (await words()).sort());
};
const alternatives = (script, pattern) => knows(() => read(script).match(pattern).slice(1).flatMap((part) => part.split(' | ')));

async function turn(on, state) {
  await shell(`curl -s -H "Content-Type: application/json" -d '{"on": ${on}}' localhost:8080/api/recording`);
  await eventually(async () => (await recorder()).state === state, state);
}
async function recordsEnough() {
  await turn(true, 'recording');
  await eventually(async () => (await recorder()).frames >= kFrames, 'enough is recorded');
  await turn(false, 'idle');
}
const unprotect = () => shell('curl -sf -X PATCH -H "Content-Type: application/json" -d \'{"protected": false}\' localhost:8080/api/recordings/20261124_101000.mp4');
const oldFile = () => {
  mkdirSync(found.DIR);
  writeFileSync(join(found.DIR, '20200101_000000.mp4'), '');
  utimesSync(join(found.DIR, '20200101_000000.mp4'), 0, 0);
};

async function runsFromTheCheckout(command) {
  const one = network.start(`exec ${command}`, { env: environment, cwd: checkout });
  await eventually(async () => (await network.run('curl -s localhost:8080/')).status === 0, 'the page is there');
  assert.match(one.said().out, /http:\/\/localhost:8080/);
  one.kill('SIGINT');
  assert.equal((await one.ended).status, 0);
  await startService();
  await eventually(async () => (await ask('/status')).camera.online, 'the camera delivers');
  await recordsEnough();
}

const installs = (pattern) => elsewhere('scripts/checks/install.sh', pattern);
const kinds = {
  'scripts/run.sh': runsFromTheCheckout,
  'scripts/test.sh': async () => assert.match(read('scripts/test.sh'), /readonly default_stages=\(.*\bweb\b.*\)/),      // which runs this
  'mini-dvr status': says(/^health +ok$/m),
  'mini-dvr doctor': says(/ffmpeg/, { statuses: [0, 1] }),      // this machine may have problems
  'curl localhost:8080/status': answers((body) => assert.equal(body.camera.online, true)),
  'curl -f localhost:8080/health': answers((body) => assert.equal(body.status, 'ok')),
  'curl localhost:8080/metrics': says(/^mini_dvr_frames/m),
  'curl -o now.jpg localhost:8080/snapshot': does(jpeg('now.jpg')),
  'curl localhost:8080/stream | ffplay -f mpjpeg -': goesOn(/Video: mjpeg/),
  'curl localhost:8080/api/controls': answers((body) => assert.ok(body.controls.length > 5)),
  'post() { curl -H \'Content-Type: application/json\' -d "$2" "localhost:8080$1"; }': defines,
  'post /api/controls/brightness \'{"value": 10}\'': answers((body) => assert.equal(body.control.value, 10)),
  'post /api/controls/brightness \'{"action": "default"}\'': answers((body) => assert.equal(body.control.value, body.control.default)),
  'post /api/controls \'{"values": {"auto_exposure": 1, "exposure_time_absolute": 300}}\'': answers(async () => {
    const { controls } = await ask('/api/controls?refresh=1');
    assert.equal(controls.find(({ id }) => id === 'exposure_time_absolute').value, 300);
  }),
  'post /api/controls/reset \'{}\'': answers(async () => {
    const { controls } = await ask('/api/controls?refresh=1');
    const { value, default: initial } = controls.find(({ id }) => id === 'auto_exposure');
    assert.equal(value, initial);
  }),
  'curl -X PUT localhost:8080/api/presets/Night': does(async () => assert.match(JSON.stringify(await ask('/api/presets')), /Night/)),
  'curl -X POST localhost:8080/api/presets/Night/apply': answers(() => {}),
  'post /api/recording \'{"on": true}\'': does(async ({ out }) => {
    assert.equal(JSON.parse(out).recording, 'running');
    await turn(false, 'idle');
  }),
  'curl \'localhost:8080/api/recordings?limit=10\'': answers(({ recordings }) => {
    const { name, start, seconds, bytes } = recordings.find(({ frames }) => frames >= kFrames);
    const local = (time) => new Date(time - new Date(time).getTimezoneOffset() * 60000).toISOString().slice(0, 19);
    Object.assign(found, { recording: name, bytes, begin: local(Date.parse(start)), end: local(Date.parse(start) + (seconds + 1) * 1000) });
  }),
  'curl localhost:8080/api/recordings/days': answers(({ days }) => assert.equal(days[0].date, found.begin.slice(0, 10))),
  'curl -OJ \'localhost:8080/recordings/20261124_101000.mp4?download=1\'': does(() => assert.equal(statSync(place(found.recording)).size, found.bytes)),
  'curl -o 370.jpg \'localhost:8080/recordings/20261124_101000.mp4/frame?n=370\'': does(jpeg('370.jpg')),
  'patch() { curl -X PATCH -H \'Content-Type: application/json\' -d "$2" "localhost:8080$1"; }': defines,
  'patch /api/recordings/20261124_101000.mp4 \'{"protected": true, "note": "the moment"}\'': answers((body) => assert.deepEqual([body.protected, body.note], [true, 'the moment'])),
  'curl -X DELETE localhost:8080/api/recordings/20261124_101000.mp4': does(async () => {
    assert.ok(!(await ask('/api/recordings')).recordings.some(({ name }) => name === found.recording));
  }, { before: unprotect }),
  'curl -X POST localhost:8080/api/recordings/20261124_101000.mp4/restore': does(async () => {
    assert.ok((await ask('/api/recordings')).recordings.some(({ name }) => name === found.recording));
  }),
  'post /api/marks \'{"label": "the moment"}\'': answers(async ({ mark }) => {
    assert.equal(mark.label, 'the moment');
    await turn(false, 'idle');
  }, { before: () => turn(true, 'recording') }),
  'curl \'localhost:8080/api/marks?from=2026-11-24\'': answers(({ marks }) => assert.equal(marks[0].label, 'the moment')),
  'curl \'localhost:8080/api/frames?from=2026-11-24T10:07:12&to=2026-11-24T10:09:00&every=30\'': does(({ bytes }) => {
    const pictures = bytes.toString('latin1').match(/X-Timestamp: /g).length;
    assert.ok(pictures >= Math.floor(kFrames / 30), `${pictures} pictures`);
  }),
  'post /api/clips \'{"from": "2026-11-24T10:07:12", "to": "2026-11-24T10:09:00"}\'': answers((body) => Object.assign(found, { id: body.id })),
  'curl localhost:8080/api/clips/ID': async (command) => {
    const state = await eventually(async () => {
      const body = JSON.parse((await shell(command)).out);
      return !['waiting', 'running'].includes(body.state) && body;
    }, 'it comes to an end');
    assert.equal(state.state, 'done');
    found.clip = state.name;
  },
  'curl -OJ \'localhost:8080/clips/20261124_100712_clip.mp4?download=1\'': does(() => assert.ok(statSync(place(found.clip)).size > found.bytes / 2)),
  'echo \'{"command": "start"}\' | websocat -n ws://localhost:8080/ws': goesOn(/"status":"recording"/, async () => assert.equal((await recorder()).state, 'recording')),
  'echo \'{"command": "stop"}\'  | websocat -n ws://localhost:8080/ws': goesOn(/"status":"idle"/, async () => assert.equal((await recorder()).state, 'idle')),
  'build/release/mini-dvr cleanup --dry-run --config config/mini-dvr.conf': does(() => {}, { cwd: checkout }),
  'scripts/cleanup_recordings.sh DIR': does(() => assert.ok(!existsSync(join(found.DIR, '20200101_000000.mp4'))), { cwd: checkout, before: oldFile }),
  'sudo scripts/install.sh': installs(/^check_dry_run "\$\{arguments\[@\]\}"\n(?:.*\n){1,9}?check_folders "\$\{arguments\[@\]\}"$/m),
  'sudo scripts/install.sh --package FILE': installs(/arguments=\(--package \/package\.deb\)/),
  'sudo scripts/install.sh --password': installs(/install_sh --password/),
  'scripts/install.sh --dry-run': says(/would /, { cwd: checkout }),
  'journalctl -u mini-dvr -f; man mini-dvr': async (command) => {
    const [journal, manual] = command.split('; ');
    const follows = network.start(journal, { env: withCamera });
    await sleep(1000);
    follows.kill('SIGKILL');
    assert.doesNotMatch(follows.said().err, /invalid option|unrecognized|Failed to/i);
    await says(/mini-dvr\s+shows\s+a\s+UVC\s+camera/)(manual);
  },
  'sudo mini-dvr passwd': says(/./, { input: 'a password of some length\n' }),
  'sudo mini-dvr passwd --user ana --role view': says(/./, { input: 'another one of some length\n' }),
  'sudo mini-dvr token --user home-assistant --role view': does(({ out }) => {
    found.token = out.trim().split(/\s+/).at(-1);
  }),
  'sudo systemctl restart mini-dvr': does(async () => {
    assert.equal(readFileSync(place('systemctl.log'), 'utf8').trim().split('\n').at(-1), 'restart mini-dvr');
    await stopService();
    await startService();
    await eventually(async () => (await network.run('curl -s -u ana:"another one of some length" localhost:8080/status')).out.includes('"online":true'), 'the camera delivers');
  }),
  'curl -u admin http://RECORDER:8080/status': answers((body) => assert.equal(body.preview, 'running'), { input: 'a password of some length\n' }),
  'curl -H "Authorization: Bearer TOKEN" http://RECORDER:8080/snapshot': does(({ bytes }) => assert.deepEqual([...bytes.subarray(0, 2)], [0xff, 0xd8])),
  'sudo mini-dvr tls --self-signed --config /etc/mini-dvr.conf': elsewhere('test/web/https.test.mjs', /'tls', '--self-signed'/),
  'curl --cacert /var/lib/mini-dvr/tls-certificate.pem https://localhost:8080/status': elsewhere('test/integration/tls_test.cpp', /--cacert/),
  'sudo systemctl reload mini-dvr': does(() => {
    assert.equal(readFileSync(place('systemctl.log'), 'utf8').trim().split('\n').at(-1), 'reload mini-dvr');
    assert.match(read('systemd/mini-dvr.service'), /^ExecReload=.*HUP/m);
  }),
  'scripts/build.sh [release|debug|test|asan|tsan|coverage|clang|fuzz]': knows(() => JSON.parse(read('CMakePresets.json')).configurePresets.filter(({ hidden }) => !hidden).map(({ name }) => name)),
  'scripts/test.sh lint | unit | integration | web | release | clang | tsan | tidy | coverage | all': knows(async () => {
    const { err } = await shell('scripts/test.sh nonsense', { cwd: checkout });
    return err.match(/known are: (.*)/)[1].split(' ');
  }),
  'scripts/bench.sh [archive|full-disk|relay|crowd]': alternatives('scripts/bench.sh', /^ {2}(archive \| full-disk \| relay \| crowd)\)/m),
  'scripts/fuzz.sh [SECONDS]': elsewhere('scripts/fuzz.sh', /seconds=\$\{1:-600\}/),
  'scripts/fresh_root_check.sh [bookworm|trixie]': alternatives('scripts/fresh_root_check.sh', /^ {4}(bookworm \| trixie)\)/m),
  'scripts/checks/package.sh FILE': elsewhere('scripts/checks/package.sh', /usage: scripts\/checks\/package\.sh PACKAGE/),
  'scripts/checks/install.sh [FILE]': elsewhere('scripts/checks/install.sh', /package=\$\{1:-\}/),
  'scripts/checks/other_architecture.sh arm64|armhf': alternatives('scripts/checks/other_architecture.sh', /^ {4}(arm64 \| armhf)\)/m),
};

// In the middle of a sentence, or of a table.
const inlineKinds = {
  'curl localhost:8080/health': kinds['curl -f localhost:8080/health'],
  'mini-dvr --check-config': says(/^device = virtual {2}# environment variable MINIDVR_DEVICE$/m),
  'mini-dvr --config /etc/mini-dvr.conf --check-config': elsewhere('scripts/checks/package.sh', /mini-dvr --config "\$settings" --check-config/),
  'mini-dvr cleanup --dry-run': does(() => {}),
  'mini-dvr doctor': kinds['mini-dvr doctor'],
  'mini-dvr status': kinds['mini-dvr status'],
  'sudo mini-dvr doctor': kinds['mini-dvr doctor'],
  'sudo scripts/package.sh [amd64|arm64] [bookworm|trixie]': async () => assert.match(read('scripts/package.sh'), /usage: scripts\/package\.sh \[amd64\|arm64\] \[bookworm\|trixie\]/),
  'v4l2-ctl --list-devices': does(() => {}, { statuses: [0, 1] }),       // this machine may have no camera
  'v4l2-ctl --list-formats-ext': does(() => {}, { statuses: [0, 1] }),
};

test('both languages have the same commands, and each is known here', () => {
  for (const [of, known] of [[commandsOf, kinds], [inlineOf, inlineKinds]]) {
    const english = of(read('README.md'));
    assert.deepEqual(of(read('README.es.md')), english);
    assert.deepEqual([...new Set(english)].sort(), Object.keys(known).sort());
  }
});

test('each command does as it is written what is said of it', { skip: why || false }, async (t) => {
  t.after(async () => {
    if (service) await stopService();
  });
  for (const command of commandsOf(read('README.md'))) {
    if (command === 'journalctl -u mini-dvr -f; man mini-dvr') {
      // Before a password is asked for.
      for (const [inline, run] of Object.entries(inlineKinds)) await t.test(inline, () => run(inline));
    }
    await t.test(command, () => kinds[command](command));
  }
});
