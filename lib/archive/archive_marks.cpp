// Marks: moments that somebody wants to find again. Each lies with the recording that shows it.

#include "archive/archive.hpp"
#include "archive/sidecar.hpp"

#include <algorithm>
#include <random>
#include <utility>

#include <fmt/format.h>

namespace minidvr::archive {
namespace {

constexpr milliseconds kBetweenTries{100};  // at what has only just begun
// What was captured so long ago is on the disk, and listed.
constexpr seconds kRecent{10};

std::string new_mark_id() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

Error nothing_recorded(WallTime time) {
  return make_error(Errc::wrong_state,
                    "nothing was recorded at " + iso8601(time) +
                        "; allowed is a time that a recording holds, or none for now while it "
                        "records");
}

// Of what is being written: now, unless the clock was set since it began, which its times do not
// follow.
WallTime newest_time(const Recording& written, WallTime now) {
  const bool clock_is_same = written.facts.start <= now && now <= written.facts.end() + kRecent;
  return clock_is_same ? now : written.facts.end();
}

bool marked_earlier(const Mark& a, const Mark& b) {
  return a.at < b.at;
}

}  // namespace

// What the camera delivers now is on the disk, and known, a moment later. Until then it is asked
// again.
Task<Result<Archive::Moment>> Archive::moment_at(std::optional<WallTime> at) {
  const WallTime now = std::chrono::system_clock::now();
  const WallTime time = at.value_or(now);
  const SteadyTime deadline = Steady::now() + kLongestStart;
  if (time > now) co_return nothing_recorded(time);
  for (;;) {
    co_await follow_current();
    const std::string current = options_.current_file();
    const Recording* written = current.empty() ? nullptr : index_.find(current);
    if (written != nullptr && !written->being_written) written = nullptr;
    if (written != nullptr && !at) co_return Moment{current, newest_time(*written, now)};
    if (const Recording* found = index_.holding(time)) co_return Moment{found->name, time};
    if (written != nullptr && written->facts.start <= time) co_return Moment{current, time};
    // What was published just now is about to be listed.
    const bool may_come = time > now - kRecent && (!current.empty() || look_wanted_ || looking_);
    if (!may_come || Steady::now() >= deadline) co_return nothing_recorded(time);
    co_await sleep_for(kBetweenTries);
  }
}

Task<Result<PlacedMark>> Archive::add_mark(std::string label, std::optional<WallTime> at) {
  if (const auto checked = check_label(label); !checked) co_return checked.error();
  const auto moment = co_await moment_at(at);
  if (!moment) co_return moment.error();
  PlacedMark placed;
  placed.mark = {new_mark_id(), std::chrono::floor<microseconds>(moment->time), std::move(label)};
  placed.recording = moment->recording;
  NotesEdit add = [mark = placed.mark,
                   protects = options_.mark_protects](Notes& notes) -> Result<> {
    if (notes.marks.size() >= kMostMarks) {
      return make_error(Errc::wrong_state,
                        fmt::format("a recording has {} marks at most; allowed "
                                    "is to delete some first",
                                    kMostMarks),
                        Reason::limit_reached);
    }
    const auto place =
        std::upper_bound(notes.marks.begin(), notes.marks.end(), mark, marked_earlier);
    notes.marks.insert(place, mark);
    notes.is_protected = notes.is_protected || protects;
    return {};
  };
  const auto changed = co_await edit(placed.recording, std::move(add));
  if (!changed) co_return changed.error();
  co_return placed;
}

Task<Result<PlacedMark>> Archive::remove_mark(std::string id) {
  PlacedMark placed;
  const auto is_it = [id](const Mark& mark) { return mark.id == id; };
  for (const auto& recording : index_.all()) {
    const auto& marks = recording.notes().marks;
    const auto found = std::find_if(marks.begin(), marks.end(), is_it);
    if (found == marks.end()) continue;
    placed = {*found, recording.name};
    break;
  }
  if (placed.recording.empty()) {
    co_return make_error(Errc::not_found, "there is no mark of that id");
  }
  NotesEdit remove = [is_it](Notes& notes) -> Result<> {
    std::erase_if(notes.marks, is_it);
    return {};
  };
  const auto changed = co_await edit(placed.recording, std::move(remove));
  if (!changed) co_return changed.error();
  co_return placed;
}

std::vector<PlacedMark> Archive::marks(std::optional<WallTime> from, std::optional<WallTime> to,
                                       std::size_t limit) const {
  std::vector<PlacedMark> found;
  for (const auto& recording : index_.all()) {
    for (const auto& mark : recording.notes().marks) {
      if ((from && mark.at < *from) || (to && mark.at >= *to)) continue;
      if (found.size() == limit) return found;
      found.push_back({mark, recording.name});
    }
  }
  return found;
}

}  // namespace minidvr::archive
