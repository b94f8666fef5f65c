#include "power_cut/footage.hpp"

#include "integration/support/samples.hpp"
#include "power_cut/mp4_samples.hpp"

#include <algorithm>
#include <filesystem>
#include <stdexcept>

namespace minidvr::power_cut {
namespace fs = std::filesystem;
namespace {

bool is_recording(const std::string& path) {
  return path.find('/') == std::string::npos && path.ends_with(".mp4");
}

// A journal is of a media file when it is called like it, or names it.
bool is_journal_of(const DiskModel::File& journal, const DiskModel::File& media) {
  const fs::path of(media.first_name);
  if (journal.folder || &journal == &media) return false;
  if (fs::path(journal.first_name).stem() == of.stem()) return true;
  return std::any_of(journal.changes.begin(), journal.changes.end(), [&](const auto& change) {
    return change.data.find(of.filename().string()) != std::string_view::npos;
  });
}

// Which calls wrote the size of each frame into the journal, as 32 bits: a frame that was on its
// way to the media file when the program looked how far it is, is synced with it and yet not
// promised. As many as are there, in order.
std::vector<std::size_t> mentions(const DiskModel::File& journal,
                                  const std::vector<Frame*>& frames) {
  std::vector<std::size_t> positions;
  auto change = journal.changes.begin();
  std::size_t from = 0;
  for (const Frame* frame : frames) {
    std::string size(4, '\0');
    for (std::size_t i = 0; i < size.size(); ++i)
      size[i] = static_cast<char>(frame->size >> (8 * i));
    std::size_t at = std::string_view::npos;
    for (; change != journal.changes.end(); ++change, from = 0) {
      at = change->data.find(size, from);
      if (at != std::string_view::npos) break;
    }
    if (change == journal.changes.end()) break;
    positions.push_back(change->position);
    from = at + size.size();
  }
  return positions;
}

// When a sync of the journal ended that holds something which was written after `since`.
struct JournalSync {
  std::size_t began;
  std::size_t ended;
};

// The first sync of the journal that holds something which was written after `since`.
std::optional<JournalSync> next_sync(const DiskModel::File& journal, std::size_t since) {
  const auto mark = std::find_if(journal.changes.begin(), journal.changes.end(),
                                 [&](const auto& c) { return c.position > since; });
  if (mark == journal.changes.end()) return std::nullopt;
  const auto sync = std::find_if(journal.syncs.begin(), journal.syncs.end(),
                                 [&](const auto& s) { return s.began > mark->position; });
  if (sync == journal.syncs.end()) return std::nullopt;
  return JournalSync{sync->began, sync->ended};
}

}  // namespace

std::vector<FoundFrame> frames_in(const std::string& file) {
  std::vector<FoundFrame> frames;
  for (const auto& sample : mp4_samples(file)) {
    const std::string jpeg = file.substr(sample.offset, sample.size);
    frames.push_back({test::camera_frame(jpeg).number, std::hash<std::string>{}(jpeg)});
  }
  return frames;
}

Footage::Footage(const WriteLog& log, const DiskModel& model) : log_(log) {
  find_frames(model);
  measure_syncs(model);
  promise(model);
  promise_when_published(model);
}

void Footage::find_frames(const DiskModel& model) {
  const Disk end = model.at_end();
  for (const auto& [path, bytes] : end.files) {
    if (!is_recording(path)) continue;
    const auto file = model.find(path).value();
    const auto samples = mp4_samples(bytes);
    const auto found = frames_in(bytes);
    for (std::size_t i = 0; i < samples.size(); ++i) {
      Frame frame{file, samples[i].offset, samples[i].size, found[i].hash, 0, {}, {}};
      for (const auto& change : model.files()[file].changes) {
        const bool covers = change.offset < frame.offset + frame.size &&
                            change.offset + change.length > frame.offset;
        if (change.call == Call::write && covers) frame.written = change.position;
      }
      frame.given = log_.events()[frame.written].begun;
      if (!frames_.emplace(found[i].number, frame).second) {
        throw std::runtime_error("a frame is twice in the recording");
      }
    }
  }
}

void Footage::measure_syncs(const DiskModel& model) {
  std::chrono::nanoseconds media{0};
  std::chrono::nanoseconds other{0};
  for (const auto& file : model.files()) {
    for (const auto& sync : file.syncs) {
      const auto took = log_.events()[sync.ended].begun - log_.events()[sync.began].begun;
      auto& longest = file.first_name.ends_with(".mp4") ? media : other;
      longest = std::max(longest, took);
    }
  }
  time_of_syncs_ = media + other;
}

std::vector<Frame*> Footage::frames_of(DiskModel::FileNumber file) {
  std::vector<Frame*> frames;
  for (auto& [number, frame] : frames_) {
    if (frame.file == file) frames.push_back(&frame);
  }
  std::sort(frames.begin(), frames.end(),
            [](const Frame* a, const Frame* b) { return a->offset < b->offset; });
  return frames;
}

// The data of a frame was synced, and after that the journal that tells of it.
void Footage::promise(const DiskModel& model) {
  const auto& files = model.files();
  for (std::size_t media = 0; media < files.size(); ++media) {
    const auto frames = frames_of(media);
    for (const auto& journal : files) {
      if (frames.empty() || !is_journal_of(journal, files[media])) continue;
      const auto mentioned = mentions(journal, frames);
      for (const auto& sync : files[media].syncs) {
        const auto told = next_sync(journal, sync.ended);
        for (std::size_t i = 0; told && i < mentioned.size(); ++i) {
          if (mentioned[i] < told->began) promise_from(*frames[i], sync, told->ended);
        }
      }
    }
  }
}

void Footage::promise_from(Frame& frame, const DiskModel::Sync& sync, std::size_t since) {
  if (frame.written < sync.began) frame.promised = std::min(frame.promised.value_or(since), since);
}

// Or the whole file was synced, and after that its name.
void Footage::promise_when_published(const DiskModel& model) {
  for (const auto& change : model.name_changes()) {
    const auto durable = model.durable(change);
    if (!durable) continue;
    for (const auto& entry : change.entries) {
      if (entry.folder != DiskModel::kTop || !entry.file || !is_recording(entry.name)) continue;
      for (const auto& sync : model.files()[*entry.file].syncs) {
        for (Frame* frame : frames_of(*entry.file))
          promise_from(*frame, sync, std::max(sync.ended, *durable));
      }
    }
  }
}

std::vector<std::uint64_t> Footage::required(std::size_t cut,
                                             std::chrono::nanoseconds bound) const {
  const auto now = cut == 0 ? std::chrono::nanoseconds{0} : log_.events()[cut - 1].begun;
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, frame] : frames_) {
    const bool synced = frame.promised && *frame.promised < cut;
    const bool old = frame.written < cut && now - frame.given > bound;
    if (synced || old) numbers.push_back(number);
  }
  return numbers;
}

std::chrono::nanoseconds Footage::worst_delay() const {
  std::chrono::nanoseconds worst{0};
  for (const auto& [number, frame] : frames_) {
    if (!frame.promised) return std::chrono::nanoseconds::max();
    worst = std::max(worst, log_.events()[*frame.promised].begun - frame.given);
  }
  return worst;
}

}  // namespace minidvr::power_cut
