// Puts the page together.
import { preferredLanguage, useLanguage } from './language.js';
import { notify, notifyFailure, showProblems } from './notices.js';
import { explainPicture, startPicture } from './picture.js';
import { setUpRecording } from './recording.js';
import { keepConnected } from './server.js';
import { onChange, state } from './state.js';
import { showStatus } from './statusbar.js';
import { onMove, setUpZoom, zoomed } from './zoom.js';

// The picture is asked for first: it is what people wait for.
startPicture();
keepConnected();
showTheme();
try {
  await useLanguage(preferredLanguage());
} catch {
  await useLanguage('en').then(() => queueMicrotask(() => notify('refused.language')));   // a page in English beats none
}
explainPicture();
setUpZoom();
setUpRecording();
showStatus();
showProblems();

function showTheme() {
  const light = matchMedia('(prefers-color-scheme: light)');
  const show = () => {
    const { theme } = state.preferences;
    document.documentElement.dataset.theme = theme === 'system' ? (light.matches ? 'light' : 'dark') : theme;
  };
  onChange(show);
  light.addEventListener('change', show);
}

// What most visits do not need is loaded when it is first asked for.
const panels = {
  history: () => import('./panels/history.js'),
  menu: () => import('./panels/menu.js'),
};
for (const [id, load] of Object.entries(panels)) {
  const panel = document.getElementById(id);
  panel.addEventListener('beforetoggle', async (event) => {
    if (event.newState !== 'open') return;
    try {
      const { fill } = await load();
      await fill(panel);
    } catch (error) {
      panel.hidePopover();
      notifyFailure('refused.panel', error);
    }
  });
}

const openCamera = document.getElementById('open-camera');
openCamera.addEventListener('click', async () => {
  try {
    const { toggle } = await import('./camera/drawer.js');
    await toggle(openCamera);
  } catch (error) {
    notifyFailure('refused.panel', error);
  }
});

// The player of recordings: the button, the key M, and addresses that name a moment.
const withPlayer = async (use) => {
  try {
    await use(await import('./player/view.js'));
  } catch (error) {
    notifyFailure('refused.panel', error);
  }
};
document.getElementById('open-player').addEventListener('click', () => withPlayer((player) => (player.isOpen() ? player.close() : player.open())));

document.addEventListener('keydown', async (event) => {
  if (event.key.toLowerCase() !== 'm' || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target.closest('input, select, textarea, [role=tablist], [popover]')) return;
  if (!state.preferences.shortcuts && event.target.id !== 'stage') return;
  event.preventDefault();
  try {
    const { setMark } = await import('./player/marks.js');
    await setMark();
  } catch (error) {
    notifyFailure('refused.panel', error);
  }
});

function openMoment() {
  if (!location.hash.startsWith('#t=')) return;
  withPlayer(async ({ open }) => {
    const { momentIn } = await import('./player/moment.js');
    const at = momentIn(location.hash);
    if (Number.isNaN(at)) notify('refused.moment');
    else if (at !== undefined) await open(at);
  });
}
addEventListener('hashchange', openMoment);
openMoment();

let minimapWanted = false;
onMove(() => {
  if (!zoomed() || minimapWanted) return;
  minimapWanted = true;
  import('./minimap.js').then(({ showMinimap }) => showMinimap()).catch(() => {
    minimapWanted = false;   // the next zoom asks again
  });
});
