// The panel in which a day is found: the calendar, and the recordings of the day that was chosen in it.
import { bytes, t } from '../language.js';
import { onChange, state } from '../state.js';
import { archive, onArchive, timeNow } from './archive.js';
import { makeCalendar } from './calendar.js';
import { makeGallery } from './gallery.js';
import { dateOf, dayWords } from './moment.js';
import { part } from './parts.js';

export function fillArchive(body, panel, player) {
  const at = player.at();
  let date = player.shown()?.date ?? dateOf(Number.isFinite(at) ? at : timeNow());
  const gallery = makeGallery((recording) => {
    panel.hidePopover();
    player.goTo(recording.start);
  }, () => player.shown()?.name);
  const calendar = makeCalendar((chosen) => {
    date = chosen;
    gallery.show(date);
  }, () => date);
  const reach = part('p', 'reach quiet');
  const tellReach = () => { reach.textContent = reachWords(state.server?.archive); };
  panel.tabIndex = -1;       // takes the focus of what is drawn anew, see replaceIn
  body.classList.add('finder');
  body.append(part('div', 'calendar-side', calendar.element, reach), gallery.element);
  gallery.show(date);
  const ends = [onChange(tellReach), onArchive(tellReach)];
  return () => {
    ends.forEach((end) => end());
    calendar.end();
    gallery.end();
  };
}

// How far back the archive reaches, and what it takes; empty where the server does not tell.
function reachWords({ recordings, oldest, bytes: size, protected_bytes: kept } = {}) {
  const reading = archive.complete ? '' : t('player.reach.reading');
  if (!oldest) return reading;
  return [reading, t('player.reach', { count: recordings, since: dayWords(Date.parse(oldest)) }),
    t('player.reach.bytes', { bytes: bytes(size), protected: bytes(kept ?? 0) })].filter(Boolean).join(' · ');
}
