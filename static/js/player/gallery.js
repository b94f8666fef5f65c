// The recordings of a day, which is one of the recorder's, by their first pictures. Each is one frame of the file itself, asked for
// when it comes into view, a few at a time, so that what plays is not kept waiting; what left the view gives its memory back.
import { clock, t } from '../language.js';
import { icon, reason } from '../notices.js';
import { addressOf, doubtLogin } from '../server.js';
import { isServerAway, onReturn, state } from '../state.js';
import { archive, isLoaded, isRefused, loadRange, onArchive } from './archive.js';
import { secondWords } from './moment.js';
import { part, replaceIn, textButton, words } from './parts.js';
import { patientFetch, readAll } from './read_error.js';
import { spanOfDate, within } from './timeline_scale.js';

const kAtOnce = 3;             // pictures on their way
const kAhead = '200px';        // before it comes into view
const kRetry = 5000;           // ms after which one that did not come is asked for again; doubled each time
const kMostTries = 5;          // a disk that dies may take long for each, and what else is asked of it waits behind them

// `choose(recording)` is called with the one that was pressed, `current()` tells the name of the one that is shown. `show(date)` fills
// it.
export function makeGallery(choose, current) {
  const element = part('div', 'gallery');
  const pictures = new Pictures();
  const items = new Map();       // name -> its element
  let date = '';
  let loading = false;
  const draw = () => {
    if (!date) return;
    // Pictures are asked for where the view comes to rest, which is known when all are listed.
    const shown = loading ? [] : within(archive.recordings, spanOfDate(date)).filter((one) => one.date === date);
    for (const [name, item] of items) {
      if (shown.some((one) => one.name === name)) continue;
      pictures.forget(item.querySelector('img'));
      item.remove();
      items.delete(name);
    }
    if (!shown.length) {
      const { from, to } = spanOfDate(date);
      const nothing = loading ? words('p', 'player.loading', 'quiet') : nothingPart(from, to, () => show(date));
      if (element.childElementCount !== 1 || !element.firstElementChild.isEqualNode(nothing)) {
        replaceIn(element, [nothing], element.closest('[popover]'));
      }
      return;
    }
    element.querySelector(':scope > p')?.remove();
    shown.forEach((recording, i) => {
      if (!items.has(recording.name)) items.set(recording.name, makeItem(recording, pictures, choose));
      const item = items.get(recording.name);
      if (element.children[i] !== item) element.insertBefore(item, element.children[i] ?? null);
      update(item, recording);
      if (recording.name === current()) item.setAttribute('aria-current', 'true');
      else item.removeAttribute('aria-current');
    });
  };
  const show = async (next) => {
    date = next;
    loading = true;
    const { from, to } = spanOfDate(next);
    draw();
    element.scrollTop = 0;
    await loadRange(from, to).catch(() => {});
    if (date !== next) return;
    loading = false;
    draw();
    const shown = element.querySelector('[aria-current]');
    if (shown) element.scrollTop = shown.offsetTop - element.offsetTop;
  };
  const end = onArchive(draw);
  return { element, show, end: () => {
    end();
    pictures.end();
  } };
}

// Why no recording of [from, to] is listed; `again` asks for them once more.
function nothingPart(from, to, again) {
  if (isLoaded(from, to)) return words('p', 'player.day.none', 'quiet');
  if (!archive.failure) return words('p', archive.complete ? 'player.loading' : 'player.reach.reading', 'quiet');
  const why = part('span', '');
  why.textContent = t('failure', { what: t('player.day.failed'), why: reason(archive.failure) });
  return part('p', 'quiet', why, ' ', textButton('camera.again', again));
}

function makeItem(recording, pictures, choose) {
  const { name, width, height } = recording;
  const image = part('img', '');
  image.alt = '';
  image.dataset.source = addressOf(`/recordings/${encodeURIComponent(name)}/frame?n=0`);
  image.hidden = true;       // until there is something to see
  const frame = part('span', 'gallery-picture', image);
  frame.style.aspectRatio = `${width || 16} / ${height || 9}`;
  const item = part('button', 'gallery-item', frame, part('span', 'gallery-time'), part('span', 'gallery-facts quiet'));
  item.type = 'button';
  item.addEventListener('click', () => choose(archive.recordings.find((one) => one.name === name) ?? recording));
  pictures.watch(image);
  return item;
}

function update(item, { start, end, state: kind, protected: kept, note, marks = [] }) {
  const told = JSON.stringify([start, end, kind, kept, note, marks.length]);
  if (item.dataset.told === told) return;
  item.dataset.told = told;
  item.querySelector('.gallery-time').textContent = `${secondWords(start)} – ${secondWords(end)}`;
  const facts = item.querySelector('.gallery-facts');
  const text = part('span', '');
  text.textContent = [clock((end - start) / 1000), marks.length && t('player.day.marks', { count: marks.length }),
    kind !== 'complete' && t(`player.state.${kind}`), note].filter(Boolean).join(' · ');
  facts.replaceChildren(text);
  if (kept) {
    const lock = icon('lock');
    lock.setAttribute('aria-hidden', 'false');
    lock.setAttribute('role', 'img');
    lock.setAttribute('aria-label', t('player.protected'));
    facts.prepend(lock);
  }
}

class Pictures {
  #waiting = new Set();
  #under = new Map();            // picture -> what ends its request
  #missed = new Map();           // picture which did not come, and may the next time -> {tries, timer}
  #observer = new IntersectionObserver((entries) => entries.forEach((entry) => this.#look(entry)), { rootMargin: kAhead });
  #endReturn = onReturn(() => this.#again(), isServerAway);

  watch(image) {
    this.#observer.observe(image.parentElement);
    image.addEventListener('load', () => {
      image.hidden = false;
      URL.revokeObjectURL(image.src);
    });
    image.addEventListener('error', () => URL.revokeObjectURL(image.src));
  }

  forget(image) {
    this.#observer.unobserve(image.parentElement);
    this.#drop(image);
  }

  end() {
    this.#observer.disconnect();
    this.#endReturn();
    for (const image of [...this.#under.keys()]) this.#drop(image);
    this.#waiting.clear();
    for (const image of [...this.#missed.keys()]) this.#forgive(image);
  }

  #look({ isIntersecting, target }) {
    const image = target.firstElementChild;
    if (!isIntersecting) this.#drop(image);
    else if (!image.hasAttribute('src') && !this.#under.has(image)) this.#waiting.add(image);
    this.#next();
  }

  #drop(image) {
    this.#waiting.delete(image);
    this.#forgive(image);
    this.#under.get(image)?.abort();
    this.#under.delete(image);
    image.hidden = true;
    URL.revokeObjectURL(image.src);
    image.removeAttribute('src');
  }

  #next() {
    for (const image of this.#waiting) {
      if (this.#under.size >= kAtOnce) return;
      this.#waiting.delete(image);
      this.#load(image);
    }
  }

  // Not by the image itself, which would wait for a connection that is dead for as long as that lives.
  async #load(image) {
    const mine = new AbortController();
    this.#under.set(image, mine);
    try {
      const bytes = await patientFetch(image.dataset.source, { signal: mine.signal }, readAll);
      if (mine.signal.aborted) return;
      this.#forgive(image);
      image.src = URL.createObjectURL(new Blob([bytes], { type: 'image/jpeg' }));
    } catch (error) {
      if (mine.signal.aborted) return;     // it is not wanted any more, or asked for anew
      if (error.kind === 'login') doubtLogin();
      if (isRefused(error)) this.#forgive(image);
      else this.#miss(image);
    }
    this.#under.delete(image);
    this.#next();
  }

  // Asked for again ever more seldom, and some times only; while the server is away, as soon as it is back.
  #miss(image) {
    const tries = (this.#missed.get(image)?.tries ?? 0) + 1;
    const isOver = tries >= kMostTries || isServerAway(state);
    const timer = isOver ? 0 : setTimeout(() => this.#wait([image]), kRetry * 2 ** (tries - 1));
    this.#missed.set(image, { tries, timer });
  }

  #forgive(image) {
    clearTimeout(this.#missed.get(image)?.timer);
    this.#missed.delete(image);
  }

  // What is under way, too: its connection may be dead.
  #again() {
    const images = [...this.#under.keys(), ...this.#missed.keys()];
    for (const mine of this.#under.values()) mine.abort();
    this.#under.clear();
    images.forEach((image) => this.#forgive(image));
    this.#wait(images);
  }

  #wait(images) {
    for (const image of images) this.#waiting.add(image);
    this.#next();
  }
}
