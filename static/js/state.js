// The one state of the page. Everything that is shown is drawn from it; whoever learns something calls change().
const kPreferencesKey = 'mini-dvr';

export const state = {
  link: 'connecting',    // to the server: connecting | open | lost
  refused: false,        // while it is lost: the server answers, and no WebSocket to it opens
  server: null,          // the newest /status, null before the first
  lastFile: '',          // the file that the last recording ended with
  stream: 'connecting',  // the picture's connection: connecting | live | paused | recorded (a recording is shown)
  progress: 0,           // per cent of a first picture that takes its time
  size: null,            // {width, height} of the picture, null before the first
  player: null,          // the player of recordings while it has the picture: {shownFrame}
  preferences: {
    language: '',        // empty: what the browser asks for
    theme: 'dark',       // dark | light | system
    enlarge: true,       // show a picture smaller than the window larger than it is
    shortcuts: true,     // single keys act (they can be in the way of speech input)
    ...storedPreferences(),
  },
};

const listeners = new Set();
let announced = true;

// Listeners are told once for all changes made in the same task.
export function change(patch) {
  Object.assign(state, patch);
  if (!announced) return;
  announced = false;
  queueMicrotask(() => {
    announced = true;
    for (const listener of [...listeners]) listener();
  });
}

// Calls `listener` now and after every change. Returns what ends it.
export function onChange(listener) {
  listeners.add(listener);
  listener();
  return () => listeners.delete(listener);
}

export const isLinkLost = ({ link }) => link === 'lost';

// Whether the server does not answer at all: without its WebSocket there are pictures and recordings nevertheless.
export const isServerAway = ({ link, refused }) => link === 'lost' && !refused;

// Calls `listener` each time that what was gone is back. Returns what ends it.
export function onReturn(listener, isGone = isLinkLost) {
  let gone = isGone(state);
  return onChange(() => {
    const isBack = gone && !isGone(state);
    gone = isGone(state);
    if (isBack) listener();
  });
}

export function prefer(patch) {
  const preferences = { ...state.preferences, ...patch };
  try {
    localStorage.setItem(kPreferencesKey, JSON.stringify(preferences));
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
  change({ preferences });
}

function storedPreferences() {
  try {
    return JSON.parse(localStorage.getItem(kPreferencesKey)) ?? {};
  } catch {
    return {};
  }
}
