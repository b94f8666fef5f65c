// The settings of this page: language, colours, and how the picture behaves. They belong to this browser, not to the server.
import { forgetDrafts } from '../drafts.js';
import { chooseLanguage, language, languages, t } from '../language.js';
import { notifyFailure } from '../notices.js';
import { addressOf, request } from '../server.js';
import { prefer, state } from '../state.js';
import { panelHead } from './head.js';
import { stylesheet } from './stylesheet.js';

const kThemes = ['dark', 'light', 'system'];

export async function fill(panel) {
  await stylesheet('panels.css');
  draw(panel);
}

function draw(panel) {
  const { theme, enlarge, shortcuts } = state.preferences;
  panel.replaceChildren(
    panelHead(panel, 'menu'),
    choice('menu.language', 'language', Object.entries(languages), language(), async (code) => {
      try {
        await chooseLanguage(code);
      } catch (error) {
        notifyFailure('refused.language', error);
      }
      draw(panel);
      panel.querySelector('[name=language]:checked').focus();
    }),
    choice('menu.theme', 'theme', kThemes.map((name) => [name, t(`menu.theme.${name}`)]), theme, (name) => prefer({ theme: name })),
    toggle('menu.enlarge', enlarge, (on) => prefer({ enlarge: on })),
    toggle('menu.shortcuts', shortcuts, (on) => prefer({ shortcuts: on })),
    ...(document.fullscreenEnabled ? [toggle('menu.full', Boolean(document.fullscreenElement), fullScreen)] : []),
    ...access(),
    line('quiet', t('menu.version', { version: state.server?.version ?? document.documentElement.dataset.version })),
  );
}

// Who one is here, and how to be nobody; or that anybody may be here.
function access() {
  const { password, user, role } = state.server?.access ?? {};
  if (password === false) return [line('quiet', t('menu.anybody'))];
  if (!user) return [];
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = t('menu.log_out');
  button.addEventListener('click', async () => {
    try {
      await request('POST', '/api/logout');
      forgetDrafts();
      location.replace(addressOf('/login'));
    } catch (error) {
      notifyFailure('refused.log_out', error);
    }
  });
  return [line('quiet', t('menu.user', { user, role: t(`role.${role}`) })), button];
}

function fullScreen(on) {
  const done = on ? document.documentElement.requestFullscreen() : document.exitFullscreen();
  done.catch((error) => notifyFailure('menu.full', error));
}

function line(kind, words) {
  const paragraph = document.createElement('p');
  paragraph.className = kind;
  paragraph.textContent = words;
  return paragraph;
}

function choice(key, name, options, chosen, choose) {
  const group = document.createElement('fieldset');
  const legend = document.createElement('legend');
  legend.textContent = t(key);
  const row = document.createElement('div');
  row.className = 'choices';
  for (const [value, words] of options) row.append(option('radio', name, words, value === chosen, () => choose(value)));
  group.append(legend, row);
  return group;
}

const toggle = (key, on, set) => option('checkbox', key, t(key), on, (event) => set(event.target.checked));

function option(type, name, words, checked, onchange) {
  const label = document.createElement('label');
  label.className = type === 'radio' ? 'choice' : 'option';
  const input = document.createElement('input');
  Object.assign(input, { type, name, checked, onchange });
  label.append(input, words);
  return label;
}
