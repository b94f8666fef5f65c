// The page that asks who one is, and goes on to where one wanted to go.
import { keepDraftsOf } from './drafts.js';
import { addStrings, has, preferredLanguage, t, useLanguage } from './language.js';
import { inBrackets, inWords } from './notices.js';
import { addressOf } from './server.js';
import { state } from './state.js';

const kPatience = 20000;    // ms; on a small board that is busy a password takes seconds to be checked

// No table can be meant for when none comes.
const kWithoutWords = {
  en: 'The words of this page did not come. Name, password and Enter log in all the same.',
  es: 'Las palabras de esta página no han llegado. Con nombre, contraseña e Intro se entra igualmente.',
};

const form = document.getElementById('login');
const failure = document.getElementById('failure');
const enter = document.getElementById('enter');

const { theme } = state.preferences;
const light = theme === 'light' || (theme === 'system' && matchMedia('(prefers-color-scheme: light)').matches);
document.documentElement.dataset.theme = light ? 'light' : 'dark';
const wanted = preferredLanguage();
await speak(wanted).catch(() => speak('en')).catch(() => {
  document.documentElement.lang = wanted;
  say(kWithoutWords[wanted]);
});
if (!form.contains(document.activeElement)) form.user.focus();     // who types already is left where he is
leaveIfKnown();

// The button waits for it: a browser on its own would put the password into the address.
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  if (enter.disabled) return;
  enter.disabled = true;
  failure.hidden = true;
  try {
    await logIn(form.user.value, form.password.value);
  } catch (error) {
    say(error.message);
    enter.disabled = false;
    if (document.activeElement !== form.user) form.password.select();
  }
});
enter.disabled = false;

async function speak(code) {
  document.documentElement.lang = code;
  await addStrings('login');    // before the language, which puts all words in their places
  await useLanguage(code);
}

function say(words) {
  failure.textContent = words;
  failure.hidden = false;
}

const lost = () => (has('login.lost') ? t('login.lost') : kWithoutWords[wanted]);

// With a link of another site a browser sends no login along, so that one who has one is asked all the same.
async function leaveIfKnown() {
  const { user, role } = await fetch(addressOf('/api/access')).then((response) => response.json()).catch(() => ({}));
  if (role) goOn(user);
}

// An address that names a moment goes on to it. Where the page learns from nobody who has it, this one has told.
function goOn(user) {
  keepDraftsOf(user);
  location.replace(addressOf(`/${location.hash}`));
}

async function logIn(user, password) {
  const response = await fetch(addressOf('/api/login'), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ user, password }),
    signal: AbortSignal.timeout(kPatience),
  }).catch(() => {
    throw new Error(lost());
  });
  if (!response.ok) throw new Error(await reasonOf(response));
  const { user: known } = await response.json().catch(() => ({}));
  goOn(known ?? user);
}

async function reasonOf(response) {
  const answer = await response.json().catch(() => ({}));
  const key = [`login.${answer.code}`, `login.${response.status}`].find(has);
  if (key) return t(key, { seconds: Number(response.headers.get('Retry-After')), detail: inBrackets(answer.detail) }).trim();
  return inWords(answer) || lost();
}
