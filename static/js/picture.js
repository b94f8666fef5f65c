// The live picture: one <img> with the camera's MJPEG stream, the only such connection of the page. The minimap draws from it.
import { t } from './language.js';
import { announce } from './notices.js';
import { change, onChange, state } from './state.js';

const kFirstFrameLimit = 2000;   // ms; then the other way to the stream is tried
const kLook = 100;               // ms between looks for the first frame
const kFirstRetry = 300;         // ms; doubled up to
const kLongestRetry = 2000;      // ms
const kPauseHidden = 15000;      // ms that a hidden page keeps its stream

export const picture = () => document.getElementById('picture');

let ways = [];
let way = 0;             // index into ways; the one that worked is kept
let failures = 0;        // since the last picture
let connection = 0;      // makes every address new: a browser may otherwise share or keep the old picture
let timer = 0;
let looking = 0;

export function startPicture() {
  ways = waysToStream();
  const image = picture();
  image.addEventListener('load', look);
  image.addEventListener('error', () => image.hasAttribute('src') && tryOtherWay());
  open();
  onChange(restartWhenBack);
  pauseWhileHidden();
}

// Says why there is no live picture, over the place where it would be.
export const explainPicture = () => onChange(explain);

// Straight from the preview port when the page came straight from the server: that is the shortest way. Behind a reverse
// proxy or TLS only the page's own address is known to work, and the server relays the stream there.
function waysToStream() {
  const { appPort, streamPort } = document.documentElement.dataset;
  const straight = location.protocol === 'http:' && (!appPort || (location.port || '80') === appPort);
  return straight ? [`http://${location.hostname}:${streamPort}/stream`, '/stream'] : ['/stream'];
}

// Browsers differ in when they call a stream loaded: at the first frame, at every frame, or never. Its size tells in all.
function look() {
  clearTimeout(looking);
  if (state.stream !== 'connecting' || !picture().hasAttribute('src')) return;
  if (!picture().naturalWidth) {
    looking = setTimeout(look, kLook);
    return;
  }
  clearTimeout(timer);
  failures = 0;
  change({ stream: 'live' });
}

function open() {
  close();
  connection += 1;
  change({ stream: 'connecting' });
  picture().src = `${ways[way]}?page=${connection}`;
  timer = setTimeout(tryOtherWay, kFirstFrameLimit);
  look();
}

function close() {
  clearTimeout(timer);
  clearTimeout(looking);
  picture().removeAttribute('src');
}

function tryOtherWay() {
  close();
  failures += 1;
  way = (way + 1) % ways.length;
  change({ stream: 'connecting' });
  // Without the server there is no stream either; its return opens it again.
  if (state.link === 'lost') return;
  const tried = Math.floor(failures / ways.length);
  const wait = failures % ways.length ? 0 : Math.min(kFirstRetry * 2 ** (tried - 1), kLongestRetry);
  timer = setTimeout(open, wait);
}

// A browser does not tell when a stream that had begun ends: the <img> just stands still. The server does: whatever makes
// the stream start again on its side starts it again here.
let seen = { link: 'connecting', online: true, connections: undefined };

function restartWhenBack() {
  if (!state.server) {
    seen.link = state.link;
    return;
  }
  const { camera = {} } = state.server;
  const now = { link: state.link, online: camera.online !== false, connections: camera.connections };
  const back = (seen.link === 'lost' && now.link === 'open') ||
    (!seen.online && now.online) ||
    (seen.connections !== undefined && now.connections !== seen.connections);
  seen = now;
  if (!back || state.stream === 'paused') return;
  failures = 0;
  open();
}

const kProblems = {      // what the server says of a camera that does not deliver
  starting: ['none.connecting', 'none.connecting.detail'],
  not_connected: ['none.camera', 'none.camera.detail'],
  preview: ['none.preview', 'none.preview.detail'],
  silent: ['none.stalled', 'none.stalled.detail'],
};

// Why there is no live picture: [key of a title, key of a detail, values], or null when there is one. The server judges whether
// the camera delivers: it knows how slow the camera is meant to be.
export function whyNoPicture({ link, server, stream }) {
  const { camera = {} } = server ?? {};
  const device = camera.device?.startsWith('/') ? camera.device : t('camera.unnamed');
  if (link === 'lost') return ['none.server', 'none.server.detail'];
  if (camera.online === false) return [...kProblems[camera.problem] ?? kProblems.silent, { device }];
  if (stream === 'paused') return ['none.paused', 'none.paused.detail'];
  if (stream !== 'live' && failures >= ways.length) return ['none.stream', 'none.stream.detail'];
  if (stream !== 'live') return ['none.connecting', 'none.connecting.detail'];
  return null;
}

let told = '';           // the reason that was said aloud last

function explain() {
  const reason = whyNoPicture(state);
  if (reason?.[0] !== told && reason?.[0] !== 'none.connecting') {
    if (reason) announce(reason[0]);
    else if (told) announce('picture.back');
    told = reason?.[0] ?? '';
  }
  const box = document.getElementById('no-picture');
  box.hidden = !reason;
  picture().classList.toggle('stale', Boolean(reason));
  if (!reason) return;
  const [title, detail, values] = reason;
  box.querySelector('.no-picture-title').textContent = t(title, values);
  box.querySelector('.no-picture-detail').textContent = t(detail, values);
}

// A page in the background all day need not pull 3 MB/s.
function pauseWhileHidden() {
  let pause = 0;
  const follow = () => {
    clearTimeout(pause);
    if (document.hidden) {
      pause = setTimeout(() => {
        close();
        change({ stream: 'paused' });
      }, kPauseHidden);
    } else if (state.stream === 'paused') {
      open();
    }
  };
  document.addEventListener('visibilitychange', follow);
  follow();    // a page may be opened in the background
  addEventListener('pagehide', close);
  addEventListener('pageshow', (event) => event.persisted && open());
}
