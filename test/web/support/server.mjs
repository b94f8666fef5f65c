// Starts a mini-dvr of its own for a test file: free ports, folders that go away, the virtual camera, and no process left over.
import { execFile, spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const kStartLimit = 60000;   // ms until the page must be served, on whatever machine
const kStopLimit = 12000;    // ms; the contract gives SIGTERM 10 s

const checkout = fileURLToPath(new URL('../../..', import.meta.url));
export const binary = process.env.MINIDVR_TEST_BINARY ?? join(checkout, 'build/release/mini-dvr');

// The virtual camera: the library that makes it, and the program that works its switches.
const built = (name) => ['.', 'test/virtual_camera'].map((folder) => join(dirname(binary), folder, name)).find(existsSync);
const cameraLibrary = process.env.MINIDVR_TEST_CAMERA ?? built('libvirtual_camera.so');
const cameraSwitches = built('virtual-camera');

// The settings of whoever runs the tests are not those of the server.
export const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('MINIDVR_')));

const running = new Set();
process.on('exit', () => {
  for (const server of running) server.discard();
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

// Ports that nobody listens on now.
export async function freePorts(count) {
  const listeners = [];
  for (let i = 0; i < count; i += 1) {
    const listener = createServer();
    await new Promise((resolve) => { listener.listen(0, '127.0.0.1', resolve); });
    listeners.push(listener);
  }
  const ports = listeners.map((listener) => listener.address().port);
  await Promise.all(listeners.map((listener) => new Promise((resolve) => { listener.close(resolve); })));
  return ports;
}

// `authorization`: what it is asked with, where it asks for a password.
export async function startServer(options = {}, { authorization } = {}) {
  const server = new Server(await freePorts(2), options, authorization ? { authorization } : {});
  await server.start();
  return server;
}

class Server {
  #child = null;
  #folder = mkdtempSync(join(tmpdir(), 'mini-dvr-web-'));
  #options;
  #headers;

  constructor([port, previewPort], options, headers) {
    this.#headers = headers;
    this.port = port;
    this.previewPort = previewPort;
    this.#options = { resolution: '1280x720', fps: 10, segment_seconds: 600, segment_align: 'off', log_level: 'info', min_free: 0, ...options };
    this.cameraPath = join(this.#folder, 'camera');
    this.recordings = join(this.#folder, 'recordings');
    this.log = join(this.#folder, 'log');
  }

  get url() {
    return `${this.#options.tls_certificate ? 'https' : 'http'}://127.0.0.1:${this.port}`;
  }

  // Ends it and starts it anew, with other options.
  async startWith(options) {
    await this.crash();
    this.#options = { ...this.#options, ...options };
    await this.start();
  }

  // Returns when the page is served; not when the camera has started.
  async spawn() {
    const options = { ...this.#options, device: 'virtual', app_host: '127.0.0.1', app_port: this.port, preview_host: '127.0.0.1',
      preview_port: this.previewPort, recordings_dir: this.recordings,
      accounts_file: this.#options.accounts_file ?? join(this.#folder, 'accounts.json') };
    const args = Object.entries(options).flatMap(([key, value]) => [`--${key}`, String(value)]);
    this.#child = spawn(binary, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...environment, MINIDVR_VIRTUAL_CAMERA: this.cameraPath },
    });
    running.add(this);
    const log = createWriteStream(this.log, { flags: 'a' });
    this.#child.stdout.pipe(log, { end: false });
    this.#child.stderr.pipe(log, { end: false });
    this.ended = new Promise((resolve) => { this.#child.on('exit', resolve); });
    this.#child.on('error', () => {});
    const limit = Date.now() + kStartLimit;
    while (!(await this.status())) {
      if (Date.now() > limit || this.#child.exitCode !== null || !this.#child.pid) {
        throw new Error(`${binary} does not serve the page:\n${this.logged()}`);
      }
      await sleep(30);
    }
  }

  // Returns when the camera delivers.
  async start() {
    await this.spawn();
    const limit = Date.now() + kStartLimit;
    while (!((await this.status())?.camera.fps > 0)) {
      if (Date.now() > limit) throw new Error(`no picture from the virtual camera:\n${this.logged()}`);
      await sleep(50);
    }
  }

  // Past the dashboard. Returns when all is written.
  async stopRecording() {
    let answer;
    do {
      answer = await fetch(`${this.url}/api/recording`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"on":false}' });
    } while (answer.status === 202);
    if (!answer.ok) throw new Error(`recording does not stop: ${await answer.text()}`);
  }

  logged() {
    return existsSync(this.log) ? readFileSync(this.log, 'utf8').split('\n').slice(-30).join('\n') : '';
  }

  async status() {
    try {
      return await (await fetch(`${this.url}/status`, { headers: this.#headers })).json();
    } catch {
      return null;
    }
  }

  kill() {
    running.delete(this);
    if (this.#child?.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL');
  }

  // As a power cut: at once.
  async crash() {
    this.kill();
    await this.ended;
  }

  async stop() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGTERM');
      await Promise.race([this.ended, sleep(kStopLimit, null, { ref: false })]);
      this.kill();
    }
    this.discard();
  }

  discard() {
    this.kill();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  // The process of that name that this server started.
  child(name) {
    for (const pid of readFileSync(`/proc/${this.#child.pid}/task/${this.#child.pid}/children`, 'utf8').trim().split(' ')) {
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0].endsWith(name)) return Number(pid);
    }
    throw new Error(`mini-dvr has no child called ${name}`);
  }

  // unplug, plug, stall, resume, show; see test/virtual_camera.
  async camera(...words) {
    return (await promisify(execFile)(cameraSwitches, [this.cameraPath, ...words])).stdout;
  }

  // What the device itself has, past the server.
  async deviceValue(control) {
    const { stdout } = await promisify(execFile)('v4l2-ctl', ['-d', this.cameraPath, '--get-ctrl', control], {
      env: { ...environment, MINIDVR_VIRTUAL_CAMERA: this.cameraPath, LD_PRELOAD: cameraLibrary },
    });
    return Number.parseInt(stdout.split(':')[1], 10);    // a menu's value is followed by its label
  }

  async hasControls() {
    return (await fetch(`${this.url}/api/controls`)).status !== 404;
  }

  async hasPresets() {
    return (await fetch(`${this.url}/api/presets`)).status !== 404;
  }
}
