// The panel in which a day is found: the calendar, and the recordings of the day that was chosen in it.
import { makeCalendar } from './calendar.js';
import { makeGallery } from './gallery.js';
import { dateOf } from './moment.js';

export function fillArchive(body, panel, player) {
  const at = player.at();
  let date = dateOf(Number.isFinite(at) ? at : Date.now());
  const gallery = makeGallery((recording) => {
    panel.hidePopover();
    player.goTo(recording.start);
  });
  const calendar = makeCalendar((chosen) => {
    date = chosen;
    gallery.show(date);
  }, () => date);
  body.classList.add('finder');
  body.append(calendar.element, gallery.element);
  gallery.show(date);
  return () => {
    calendar.end();
    gallery.end();
  };
}
