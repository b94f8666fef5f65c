// The recordings of a day, which is one of the recorder's, by their first pictures. Each is one frame of the file itself, asked for
// when it comes into view, a few at a time, so that what plays is not kept waiting; what left the view gives its memory back.
import { clock, t } from '../language.js';
import { icon, reason } from '../notices.js';
import { addressOf, doubtLogin } from '../server.js';
import { archive, isLoaded, loadRange, onArchive } from './archive.js';
import { secondWords } from './moment.js';
import { part, replaceIn, textButton, words } from './parts.js';
import { spanOfDate, within } from './timeline_scale.js';

const kAtOnce = 3;             // pictures on their way
const kAhead = '200px';        // before it comes into view

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

function update(item, { start, end, state, protected: kept, note, marks = [] }) {
  const told = JSON.stringify([start, end, state, kept, note, marks.length]);
  if (item.dataset.told === told) return;
  item.dataset.told = told;
  item.querySelector('.gallery-time').textContent = `${secondWords(start)} – ${secondWords(end)}`;
  const facts = item.querySelector('.gallery-facts');
  const text = part('span', '');
  text.textContent = [clock((end - start) / 1000), marks.length && t('player.day.marks', { count: marks.length }),
    state !== 'complete' && t(`player.state.${state}`), note].filter(Boolean).join(' · ');
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
  #under = new Set();
  #observer = new IntersectionObserver((entries) => entries.forEach((entry) => this.#look(entry)), { rootMargin: kAhead });

  watch(image) {
    this.#observer.observe(image.parentElement);
    image.addEventListener('load', () => {
      image.hidden = false;
      this.#arrived(image);
    });
    image.addEventListener('error', () => {
      doubtLogin();          // an image does not tell why it did not come
      this.#arrived(image);
    });
  }

  forget(image) {
    this.#observer.unobserve(image.parentElement);
    this.#drop(image);
  }

  end() {
    this.#observer.disconnect();
    for (const image of [...this.#under]) this.#drop(image);
    this.#waiting.clear();
  }

  #look({ isIntersecting, target }) {
    const image = target.firstElementChild;
    if (isIntersecting && !image.hasAttribute('src')) this.#waiting.add(image);
    else if (!isIntersecting) this.#drop(image);
    this.#next();
  }

  #drop(image) {
    this.#waiting.delete(image);
    this.#under.delete(image);
    image.hidden = true;
    image.removeAttribute('src');
  }

  #arrived(image) {
    this.#under.delete(image);
    this.#next();
  }

  #next() {
    for (const image of this.#waiting) {
      if (this.#under.size >= kAtOnce) return;
      this.#waiting.delete(image);
      this.#under.add(image);
      image.src = image.dataset.source;
    }
  }
}
