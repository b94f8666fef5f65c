// Which moment the player opens at: pure. Recordings are as archive.js has them, oldest first; times are ms since 1970.

export const kFuture = 24 * 3600e3;   // ms that clocks and time zones may be ahead of ours; what lies behind was dated by a wrong clock

export const canBePlayed = ({ state }) => state !== 'damaged';

// The date (2026-11-24) of the newest recordings that are not of the future, or undefined; `timeOf` says when a day begins.
export function newestDate(dates, now, timeOf) {
  const sorted = [...dates].sort();
  return sorted.findLast((date) => timeOf(date) <= now + kFuture) ?? sorted.at(-1);
}

// The recording that is nearest to a moment, without one to now: {recording, end}, `end`: its last frame is meant. undefined: there is
// none that can be played.
export function nearestRecording(recordings, at, now) {
  const moment = at ?? now + kFuture;
  const before = recordings.findLast((one) => canBePlayed(one) && one.end <= moment);
  const after = recordings.find((one) => canBePlayed(one) && one.start > moment);
  if (before && (!after || at === undefined || moment - before.end <= after.start - moment)) return { recording: before, end: true };
  return after && { recording: after, end: false };
}
