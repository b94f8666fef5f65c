// A network with nothing but a loopback, in which every port is free: what is written for localhost:8080 is run there as it stands.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { environment } from './server.mjs';

const isRoot = process.getuid() === 0;
const apart = [...(isRoot ? [] : ['--user', '--map-root-user']), '--net', '--kill-child'];
const kLoopback = 'ip link set lo up && echo ready && exec sleep infinity';

// Why there can be none on this machine; empty: there can.
export function whyNoOwnNetwork() {
  const tried = spawnSync('unshare', [...apart, 'sh', '-c', 'ip link set lo up'], { encoding: 'utf8' });
  return tried.status === 0 ? '' : `no network of its own can be made here: ${(tried.stderr || String(tried.error ?? '')).trim()}`;
}

// It ends with close(), and with whoever made it.
export async function ownNetwork() {
  const holder = spawn('unshare', [...apart, 'sh', '-c', kLoopback], { stdio: ['ignore', 'pipe', 'inherit'] });
  const end = () => holder.kill('SIGKILL');
  process.on('exit', end);
  await once(holder.stdout, 'data');
  const inside = ['--target', String(holder.pid), '--net', ...(isRoot ? [] : ['--user', '--preserve-credentials'])];
  const running = new Set();
  // A process group of its own, without a terminal. Ends with the network at the latest.
  const start = (command, { env = {}, cwd } = {}) => {
    const child = spawn('nsenter', [...inside, 'bash', '-c', command], { cwd, detached: true, env: { ...environment, ...env } });
    const said = { out: [], err: '' };
    child.stdout.on('data', (bytes) => said.out.push(bytes));
    child.stderr.on('data', (text) => { said.err += text; });
    child.stdin.on('error', () => {});
    const ended = once(child, 'close').then(([status]) => {
      running.delete(one);
      return { status, ...one.said() };
    });
    const one = {
      input: child.stdin,
      ended,
      said: () => ({ bytes: Buffer.concat(said.out), out: Buffer.concat(said.out).toString(), err: said.err }),
      kill(signal) {
        try {
          process.kill(-child.pid, signal);
        } catch {
          // It has ended.
        }
      },
    };
    running.add(one);
    return one;
  };
  // All of what `command` says, with `input` given to it.
  const run = (command, { input = '', ...options } = {}) => {
    const one = start(command, options);
    one.input.end(input);
    return one.ended;
  };
  const close = () => {
    for (const one of running) one.kill('SIGKILL');
    end();
  };
  process.on('exit', close);
  return { start, run, close };
}
