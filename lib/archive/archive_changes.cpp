// What people, and retention, change of the archive: notes and deletion.

#include "archive/archive.hpp"
#include "archive/log_component.hpp"
#include "archive/recording_name.hpp"
#include "archive/sidecar.hpp"
#include "core/log.hpp"
#include "core/turn.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace minidvr::archive {
namespace {

std::int64_t nanoseconds_since_1970(WallTime time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

Error being_written(const std::string& name) {
  return make_error(Errc::wrong_state, name + " is being written", Reason::busy);
}

}  // namespace

Task<> Archive::wait_until_free() {
  while (busy_)
    co_await free_.wait();
}

// What is being written gets its notes before its file: whoever publishes it, also the next run
// after a power cut, finds them there. What is changed are the notes as they are on the disk:
// people and scripts write them, too.
Result<Archive::Edited> Archive::edit_on_disk(const ArchiveFolder& folder, const std::string& name,
                                              bool is_written, const NotesEdit& edit) {
  auto file = folder.read_notes(name);
  if (!file) return file.error();
  if (file->unreadable && file->stamp.is_not_read()) {
    return make_error(Errc::unavailable, file->problem);
  }
  if (file->unreadable) {
    return make_error(
        Errc::wrong_state,
        fmt::format("{} can not be understood; mend it or remove it first", sidecar_name(name)));
  }
  Edited edited{std::move(file->notes), {}};
  if (const auto done = edit(edited.notes); !done) return done.error();
  if (auto saved = folder.save_notes(name, edited.notes); !saved) return saved.error();
  auto there = folder.read({name});
  if (!there) return there.error();
  // Somebody removed it: notes without a recording would be found by another of that name.
  if (there->empty() && !is_written) folder.save_notes(name, {});
  edited.there = std::move(*there);
  return edited;
}

Task<Result<Recording>> Archive::edit(std::string name, NotesEdit edit) {
  co_await wait_until_free();
  const Recording* known = index_.find(name);
  if (known == nullptr && is_recording_name(name) && name == options_.current_file()) {
    co_return make_error(Errc::wrong_state, "nothing of " + name + " is on the disk yet",
                         Reason::busy);
  }
  if (known == nullptr) co_return no_such_recording(name);
  Recording recording = *known;
  const Turn turn(busy_, free_);
  auto work = [folder = folder_, name, is_written = recording.being_written,
               edit = std::move(edit)] { return edit_on_disk(folder, name, is_written, edit); };
  auto changed = co_await run_blocking(pool_, std::move(work));
  if (!changed) co_return changed.error();
  if (!changed->there.empty()) {
    recording = changed->there.front();
    touched_.insert(name);
    index_.put(std::move(changed->there));
  } else if (recording.being_written) {
    recording.set_notes(changed->notes);
    replace_notes(name, changed->notes);
  } else {
    co_return no_such_recording(name);
  }
  tell({{}, {name}, {}});
  co_return recording;
}

// Of those that have notes, of those that may be copied in still, and of those that the disk did
// not give, as somebody may have mended their rights: what is new, or gone, the folder tells, but
// not that a file grows.
Task<> Archive::look_at_files() {
  const auto now = Steady::now();
  if (files_looked_at_ && now - *files_looked_at_ < options_.between_file_looks) co_return;
  files_looked_at_ = now;
  const std::int64_t lately =
      nanoseconds_since_1970(std::chrono::system_clock::now() - 2 * options_.between_file_looks);
  std::vector<ArchiveFolder::Known> known = retries_.seen();
  for (const auto& one : index_.all()) {
    const FileStamp& stamp = one.facts.stamp;
    const FileStamp& notes = one.notes_file().stamp;
    const bool may_grow = one.facts.damaged || stamp.modified >= lately;
    const bool is_given = !stamp.is_not_read() && !notes.is_not_read();
    if (one.being_written || !is_given || (!may_grow && notes == FileStamp{})) continue;
    known.push_back({one.name, stamp, notes});
  }
  if (known.empty()) co_return;
  auto ask = [folder = folder_, known = std::move(known)] { return folder.have_changed(known); };
  const bool changed = co_await run_blocking(pool_, std::move(ask));
  if (changed) look_wanted_ = true;
}

// Of what is being written still: what was published meanwhile was read with them.
void Archive::replace_notes(const std::string& name, const Notes& notes) {
  const Recording* known = index_.find(name);
  if (known == nullptr || !known->being_written) return;
  std::vector<Recording> one{*known};
  one.front().set_notes(notes);
  index_.put(std::move(one));
}

Task<Result<Recording>> Archive::change(std::string name, NotesChange change) {
  if (change.note) {
    if (const auto checked = check_note(*change.note); !checked) co_return checked.error();
  }
  co_await follow_current();
  NotesEdit carry_out = [change = std::move(change)](Notes& notes) -> Result<> {
    notes.is_protected = change.is_protected.value_or(notes.is_protected);
    if (change.note) notes.note = *change.note;
    return {};
  };
  co_return co_await edit(std::move(name), std::move(carry_out));
}

Task<Result<seconds>> Archive::remove(std::string name) {
  co_await wait_until_free();
  const Recording* known = index_.find(name);
  if (is_being_written(name, known)) co_return being_written(name);
  if (known == nullptr) co_return no_such_recording(name);
  const Turn turn(busy_, free_);
  auto work = [folder = folder_, name] { return folder.move_to_trash(name); };
  const auto moved = co_await run_blocking(pool_, std::move(work));
  if (!moved) {
    // Its notes may have been changed by hand.
    if (moved.error().code == Errc::wrong_state) look_again();
    co_return moved.error();
  }
  touched_.insert(name);
  index_.remove(name);
  std::erase_if(deleted_, [&](const auto& one) { return one.name == name; });
  const bool is_for_good = *moved == ArchiveFolder::Deletion::for_good;
  if (!is_for_good) deleted_.push_back({name, Steady::now() + kTrashTime});
  log::info(kComponent, "{} was deleted{}", name,
            is_for_good ? " for good: the disk has no room to keep it" : "");
  tell({{}, {}, {name}});
  co_return is_for_good ? seconds(0) : kTrashTime;
}

Task<Result<Recording>> Archive::restore(std::string name) {
  if (!is_recording_name(name)) co_return no_such_recording(name);
  co_await wait_until_free();
  const Turn turn(busy_, free_);
  auto work = [folder = folder_, name]() -> Result<std::vector<Recording>> {
    if (auto restored = folder.restore(name); !restored) return restored.error();
    return folder.read({name});
  };
  auto restored = co_await run_blocking(pool_, std::move(work));
  if (!restored) co_return restored.error();
  if (restored->empty()) co_return no_such_recording(name);
  std::erase_if(deleted_, [&](const auto& one) { return one.name == name; });
  const Recording recording = restored->front();
  touched_.insert(name);
  index_.put(std::move(*restored));
  log::info(kComponent, "{} was restored", name);
  tell({{name}, {}, {}});
  co_return recording;
}

Task<> Archive::purge_deleted() {
  std::vector<std::string> due;
  for (const auto& one : deleted_) {
    if (one.purge_at <= Steady::now()) due.push_back(one.name);
  }
  co_await purge(std::move(due));
}

Task<> Archive::empty_trash() {
  std::vector<std::string> all;
  for (const auto& one : deleted_)
    all.push_back(one.name);
  if (!all.empty()) {
    log::info(kComponent, "{} deleted recordings can not be had back: their space is needed",
              all.size());
  }
  co_await purge(std::move(all));
}

Task<> Archive::purge(std::vector<std::string> names) {
  if (names.empty()) co_return;
  std::erase_if(deleted_, [&](const auto& one) {
    return std::find(names.begin(), names.end(), one.name) != names.end();
  });
  auto work = [folder = folder_, names = std::move(names)] {
    auto left = names;
    std::erase_if(left, [&](const auto& name) { return folder.purge(name); });
    return left;
  };
  auto left = co_await run_blocking(pool_, std::move(work));
  // Their disk was pulled: it may come back.
  for (auto& name : left)
    deleted_.push_back({std::move(name), Steady::now() + kTrashTime});
}

bool Archive::in_use(const std::string& name) const {
  return in_use_.contains(name, Steady::now());
}

bool Archive::is_being_written(const std::string& name) const {
  return is_being_written(name, index_.find(name));
}

// Where nothing is being written no name is that of it.
bool Archive::is_being_written(const std::string& name, const Recording* known) const {
  const bool is_current = is_recording_name(name) && name == options_.current_file();
  return is_current || (known != nullptr && known->being_written);
}

Task<Result<>> Archive::unlink(std::string name) {
  co_await wait_until_free();
  const Recording* known = index_.find(name);
  if (is_being_written(name, known)) co_return being_written(name);
  if (known != nullptr && known->notes().is_protected) {
    co_return make_error(Errc::wrong_state, name + " is protected", Reason::is_protected);
  }
  const Turn turn(busy_, free_);
  auto work = [folder = folder_, name] { return folder.unlink(name); };
  const auto unlinked = co_await run_blocking(pool_, std::move(work));
  if (!unlinked) {
    // Its notes were changed by hand.
    if (unlinked.error().code == Errc::wrong_state) look_again();
    co_return unlinked.error();
  }
  touched_.insert(name);
  co_return Result<>();
}

void Archive::forget_unlinked(const std::vector<std::string>& names) {
  const std::set<std::string_view> gone(names.begin(), names.end());
  Changes changes;
  index_.keep([&](const Recording& one) {
    if (!gone.contains(one.name)) return true;
    changes.removed.push_back(one.name);
    return false;
  });
  touched_.insert(names.begin(), names.end());
  tell(changes);
}

}  // namespace minidvr::archive
