// The WebSocket to the server: keeps state.server true, carries commands, comes back by itself.
import { change, state } from './state.js';

const kFirstRetry = 250;       // ms; doubled up to
const kLongestRetry = 2000;    // ms, so that a restarted server is found within 3 s
const kAnswerLimit = 15000;    // ms
const kUnlimited = ['start', 'stop'];   // commands that last as long as a disk may take; the status tells how it goes meanwhile
const kSilence = 5000;         // ms without a message after which we ask whether anybody is there
const kSilenceLimit = 10000;   // ms without a message after which the connection counts as lost
const kSleep = 10000;         // ms that a timer of a visible page can only be late by when the machine slept
const kConnectLimit = 4000;    // ms; a host that vanished does not refuse, it says nothing
const kRefusals = 2;           // in a row: a server that just starts may refuse one connection and answer the next
const kEvents = ['recording', 'waiting', 'idle'];    // of the recording
const kReloadRetry = 1000;     // ms between looks whether the page can be loaded anew

// A proxy may show all of the server below a path of its own (https://example.org/cam/), of which the server does not know:
// the address of this file tells.
const root = new URL('../../', import.meta.url).pathname;

let socket = null;
let retry = kFirstRetry;
let refusals = 0;               // WebSockets in a row that were refused while the server answered
let retryTimer = 0;
let served = '';                // the version that the server told last
let reloading = false;
let reloadedFor = '';           // the version for which the page was loaded anew
let lastHeard = moment();
let nextRequest = 1;
let doubting = null;            // Promise while the server is asked whether we are logged in
const pending = new Map();      // request_id -> {resolve, reject, timer}
const listeners = new Map();    // kind of message -> Set of functions

// `path` as the server knows it: '/api/controls' is '/cam/api/controls' there. For workers, too.
export const addressOf = (path) => `${root}${path.slice(1)}`;

export class CommandError extends Error {
  // kind: refused (the server said why), lost (no connection), silent (no answer in time)
  // `detail` is what the server said, in English; `code` is the same as a word of its API.
  constructor(kind, { detail = '', code = '' } = {}) {
    super(detail || kind);
    this.kind = kind;
    this.detail = detail;
    this.code = code;
  }
}

export function connect() {
  clearTimeout(retryTimer);
  socket?.close();
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  const mine = new WebSocket(`${scheme}://${location.host}${addressOf('/ws')}`);
  let opened = false;
  socket = mine;
  lastHeard = moment();
  const limit = setTimeout(() => abandon(mine), kConnectLimit);
  mine.onopen = () => {
    opened = true;
    clearTimeout(limit);
  };
  mine.onmessage = (event) => {
    if (socket !== mine) return;
    lastHeard = moment();
    receive(JSON.parse(event.data));
  };
  mine.onclose = () => {
    clearTimeout(limit);
    if (!opened) findOutWhy(socket === mine);
    abandon(mine);
  };
}

// A server that refuses us is not lost: the login has ended, or something in between lets no WebSocket pass. `isRefused`: nobody
// here closed the WebSocket, for one that takes too long is refused by nobody.
async function findOutWhy(isRefused) {
  try {
    await leaveIfLoggedOut();
    if (isRefused && state.link !== 'open') refusals += 1;     // another one may have opened meanwhile
  } catch {
    refusals = 0;     // it does not answer at all
  }
  change({ refused: refusals >= kRefusals });
}

// Where a login has ended nobody but its owner can help, on a page of its own. Fails when the server does not tell.
async function leaveIfLoggedOut() {
  const response = await fetch(addressOf('/api/access'), { signal: AbortSignal.timeout(kConnectLimit) });
  if (!response.ok) throw new Error(`${response.status}`);     // it refuses us everything, by its networks, say
  const { password, role } = await response.json();
  if (password && !role) location.replace(addressOf(`/login${location.hash}`));
}

// For whoever is refused beside the WebSocket, which outlives the cookie that opened it. A proxy may have refused it as well.
export function doubtLogin() {
  doubting ??= leaveIfLoggedOut().catch(() => {}).finally(() => { doubting = null; });
}

// fetch of what the server has at `path`.
export async function fetchPath(path, options) {
  const response = await fetch(addressOf(path), options);
  if (response.status === 401) doubtLogin();
  return response;
}

// Sends a command and resolves with the server's answer to it.
export function command(name, fields = {}) {
  return new Promise((resolve, reject) => {
    if (socket?.readyState !== WebSocket.OPEN) {
      reject(new CommandError('lost'));
      return;
    }
    const id = `page-${nextRequest++}`;
    const giveUp = () => settle(id, (request) => request.reject(new CommandError('silent')));
    const timer = kUnlimited.includes(name) ? 0 : setTimeout(giveUp, kAnswerLimit);
    pending.set(id, { resolve, reject, timer });
    socket.send(JSON.stringify({ command: name, ...fields, request_id: id }));
  });
}

// A JSON request beside the socket; fails with a CommandError. `limit`: ms until it is given up.
export async function request(method, path, body, limit = kAnswerLimit) {
  let response;
  let text;
  try {
    response = await fetchPath(path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
      signal: AbortSignal.timeout(limit),
    });
    text = await response.text();    // which may break off
  } catch (error) {
    throw new CommandError(error.name === 'TimeoutError' ? 'silent' : 'lost');
  }
  const answer = parsed(text);
  if (response.ok && answer) return answer;
  if (response.ok) throw new CommandError('lost');
  const failure = refused(response, answer ?? {});
  failure.status = response.status;
  throw failure;
}

// null: it breaks off, or they are words of a proxy in between.
function parsed(text) {
  if (!text) return {};
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

// What the answer of a request that failed says; a proxy in between may have put its own words there.
export const refused = ({ status, statusText }, { code, detail } = {}) => (
  new CommandError('refused', { code, detail: detail ?? `${status} ${statusText}` }));

// Calls `listener` with every message of that status, e.g. 'controls'. Returns what ends it.
export function onMessage(status, listener) {
  if (!listeners.has(status)) listeners.set(status, new Set());
  listeners.get(status).add(listener);
  return () => listeners.get(status).delete(listener);
}

function receive(message) {
  const { status, request_id: id, ...fields } = message;
  if (status === 'snapshot') {
    retry = kFirstRetry;
    refusals = 0;
    reloadIfOutdated(fields.version);
    change({ link: 'open', refused: false, server: merged({}, withMoment(fields)) });
  } else if (status === 'update') {
    change({ server: merged(state.server ?? {}, withMoment(fields)) });
  } else if (status === 'recording') {
    const recorder = { ...state.server?.recorder, state: 'recording', detail: undefined };
    change({ server: { ...state.server, recording: 'running', current_file: fields.file, recorder } });
  } else if (status === 'waiting') {
    change({ server: { ...state.server, recording: 'running' } });
  } else if (status === 'idle') {
    const { current_file, recording_started_at, ...rest } = state.server ?? {};
    const recorder = { ...rest.recorder, state: 'idle', detail: undefined };
    change({ lastFile: fields.file ?? state.lastFile, server: { ...rest, recording: 'stopped', recorder } });
  }
  if (kEvents.includes(status)) askForStatus();
  if (id !== undefined) {
    settle(id, ({ resolve, reject }) => {
      if (status === 'error') reject(new CommandError('refused', fields));
      else resolve(message);
    });
  }
  for (const listener of listeners.get(status) ?? []) listener(message);
}

// An event tells at once what has happened, and the page shows it; what is, only the server knows. Its updates hold what is
// different from what it told last, which is not what the page made of the event.
export function askForStatus() {
  if (socket?.readyState === WebSocket.OPEN) socket.send('{"command":"status"}');
}

function settle(id, how) {
  const waiting = pending.get(id);
  if (!waiting) return;
  pending.delete(id);
  clearTimeout(waiting.timer);
  how(waiting);
}

// Time goes on after it was told: `timeTold` is when (ms, here) the recorder's was, `secondsTold` when its seconds of recording were.
function withMoment(fields) {
  const { recorder, time } = fields;
  const now = performance.now();
  return { ...fields, ...(time === undefined ? {} : { timeTold: now }),
    ...(recorder?.seconds === undefined ? {} : { recorder: { ...recorder, secondsTold: now } }) };
}

// An update holds what changed. What is not known, or is gone, comes as null; `detail` belongs to the state it came with.
function merged(old, update) {
  const result = { ...old };
  for (const [name, value] of Object.entries(update)) {
    if (value === null) delete result[name];
    else if (typeof value === 'object' && !Array.isArray(value)) result[name] = merged(result[name] ?? {}, value);
    else result[name] = value;
  }
  if (update.state !== undefined && update.detail === undefined) {
    delete result.detail;
    delete result.code;
  }
  if (result.recording === 'stopped') {
    delete result.current_file;
    delete result.recording_started_at;
  }
  return result;
}

function abandon(lost) {
  if (socket !== lost) return;
  socket = null;
  lost.close();
  for (const id of [...pending.keys()]) settle(id, ({ reject }) => reject(new CommandError('lost')));
  change({ link: 'lost' });
  retryTimer = setTimeout(connect, retry);
  retry = Math.min(retry * 2, kLongestRetry);
}

// A server that was replaced serves other files than this page was made of. Every file is revalidated at each load, so one
// load gets the files of one version; files of a later version can only come after a reconnection, and whatever connects
// learns the server's version first and starts over when it is not its own. Once: a proxy may serve us an old page for ever. The
// state of an entry of the history outlives a reload, and can not be forbidden as storage can.
async function reloadIfOutdated(version) {
  served = version;
  if (reloading) return;
  reloading = true;
  while (isOutdated()) {
    const isThere = !isTyping() && await isPageThere();
    if (isThere && !isTyping() && isOutdated()) {
      reloadedFor = served;
      markReload();
      location.reload();
    }
    await new Promise((resolve) => { setTimeout(resolve, kReloadRetry); });
  }
  reloading = false;
}

function isOutdated() {
  const own = document.documentElement.dataset.version;
  return served && own && served !== own && reloadedFor !== served;
}

const markReload = () => history.replaceState({ ...history.state, reloadedFor }, '');

// A reload that meets no page, as of a server that is still reading its files, leaves nothing behind that would try again.
const isPageThere = () => fetch(addressOf('/'), { cache: 'no-store', signal: AbortSignal.timeout(kConnectLimit) }).then(({ ok }) => ok, () => false);

// Whether a field is seen that holds what was typed and not sent, see drafts.js. The text would outlive the field, but the keys that
// come next would be the page's shortcuts.
const isTyping = () => [...document.querySelectorAll('[data-draft]')].some(
  (field) => field.getClientRects().length && field.value !== field.defaultValue);

function reconnectNow() {
  retry = kFirstRetry;
  if (socket) abandon(socket);
  connect();
}

// A laptop that slept, or a network that changed, leaves a connection that looks open and is dead. Timers of a hidden page
// are slowed down, so their lateness means sleep only while the page is visible.
export function keepConnected() {
  reloadedFor = history.state?.reloadedFor;
  // An entry that a hash begins has no state yet, and is the one that is loaded from then on.
  addEventListener('hashchange', () => reloadedFor && markReload());
  connect();
  let lastTick = Date.now();
  setInterval(() => {
    const slept = !document.hidden && Date.now() - lastTick > kSleep;
    lastTick = Date.now();
    if (slept) reconnectNow();
    else checkConnection();
  }, 1000);
  document.addEventListener('visibilitychange', () => {
    lastTick = Date.now();
    if (!document.hidden) checkConnection();
  });
  addEventListener('online', reconnectNow);
  addEventListener('pageshow', (event) => event.persisted && reconnectNow());
}

// Most systems stop the steady clock while they sleep; the other one may be set back. So both count.
function moment() {
  return { steady: performance.now(), wall: Date.now() };
}

const since = ({ steady, wall }) => Math.max(performance.now() - steady, Date.now() - wall);

function checkConnection() {
  if (socket?.readyState !== WebSocket.OPEN) return;
  const silence = since(lastHeard);
  if (silence > kSilenceLimit) reconnectNow();
  else if (silence > kSilence) askForStatus();
}
