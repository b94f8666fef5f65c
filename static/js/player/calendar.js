// The days on which something was recorded, a month at a time.
import { bytes, language, span, t } from '../language.js';
import { archive, loadDays, onArchive, timeNow } from './archive.js';
import { dateOf, longDayWords, monthWords, weekdayWords } from './moment.js';
import { part, tool } from './parts.js';

const kMonday = 1;
const kSomeMonday = new Date(2024, 0, 1).getTime();
const kDay = 24 * 3600e3;
const kWeek = 7;

// The calendar: `choose(date)` is called with the day that was pressed; `chosen()` tells the one that is shown.
export function makeCalendar(choose, chosen) {
  const element = part('div', 'calendar');
  let month = monthOf(chosen());
  let drawn = '';
  const draw = () => {
    const now = JSON.stringify([month, archive.days, chosen(), language()]);
    if (now === drawn) return;
    drawn = now;
    const focused = element.contains(document.activeElement) ? document.activeElement.dataset.at : undefined;
    element.replaceChildren(head(), grid());
    if (focused) (element.querySelector(`[data-at="${focused}"]:not(:disabled)`) ?? element.querySelector('button:not(:disabled)'))?.focus();
  };
  const turn = (by) => {
    const [year, index] = month.split('-').map(Number);
    month = monthOf(dateOf(new Date(year, index - 1 + by, 1).getTime()));
    draw();
  };

  function head() {
    const title = part('h3', 'month');
    title.textContent = monthWords(timeOf(`${month}-01`));
    title.setAttribute('aria-live', 'polite');
    const dates = archive.days.map(({ date }) => date).sort();
    const back = tool('left', 'player.month.back', () => turn(-1));
    const on = tool('right', 'player.month.on', () => turn(1));
    back.disabled = !dates.length || monthOf(dates[0]) >= month;
    on.disabled = !dates.length || monthOf(dates.at(-1)) <= month && monthOf(dateOf(timeNow())) <= month;
    back.dataset.at = 'back';
    on.dataset.at = 'on';
    return part('div', 'month-row', back, title, on);
  }

  function grid() {
    const days = part('div', 'days');
    for (let i = 0; i < kWeek; i += 1) {
      const name = part('span', 'weekday');
      name.textContent = weekdayWords(kSomeMonday + i * kDay + kDay / 2, 'narrow');
      name.setAttribute('aria-hidden', 'true');
      days.append(name);
    }
    const first = new Date(timeOf(`${month}-01`));
    const before = (first.getDay() - kMonday + kWeek) % kWeek;
    for (let i = 0; i < before; i += 1) days.append(part('span', ''));
    for (const day = first; monthOf(dateOf(day.getTime())) === month; day.setDate(day.getDate() + 1)) days.append(dayPart(dateOf(day.getTime())));
    return days;
  }

  function dayPart(date) {
    const known = archive.days.find((one) => one.date === date);
    const day = part(known ? 'button' : 'span', 'day');
    day.textContent = String(Number(date.slice(8)));
    if (!known) return day;
    Object.assign(day, { type: 'button' });
    day.dataset.at = date;
    day.setAttribute('aria-label', [longDayWords(timeOf(date)), ...factsOf(known)].join(', '));
    day.title = factsOf(known).join(', ');
    day.setAttribute('aria-pressed', String(date === chosen()));
    day.style.setProperty('--share', Math.min(1, known.seconds / 86400).toFixed(3));
    if (known.marks || known.protected) day.classList.add('kept');
    day.addEventListener('click', () => {
      choose(date);
      draw();
    });
    return day;
  }

  draw();
  loadDays().catch(() => {});     // what is known is shown; the next look asks again
  return { element, end: onArchive(draw), show: (date) => {
    month = monthOf(date);
    draw();
  } };
}

export function factsOf({ recordings, seconds, bytes: size, marks, protected: kept }) {
  return [t('player.day.recordings', { count: recordings }), span(seconds), bytes(size),
    marks && t('player.day.marks', { count: marks }), kept && t('player.day.protected', { count: kept })].filter(Boolean);
}

// The first moment (ms) of a day by the local clock.
export const timeOf = (date) => {
  const [year, month, day] = date.split('-').map(Number);
  return new Date(year, month - 1, day).getTime();
};

const monthOf = (date) => date.slice(0, 7);
