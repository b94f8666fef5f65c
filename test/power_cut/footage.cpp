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

// The first sync of the journal that holds something which was written after `since`.
std::optional<std::size_t> next_promise(const DiskModel::File& journal, std::size_t since) {
  const auto mark = std::find_if(journal.changes.begin(), journal.changes.end(),
                                 [&](const auto& c) { return c.position > since; });
  if (mark == journal.changes.end()) return std::nullopt;
  const auto sync = std::find_if(journal.syncs.begin(), journal.syncs.end(),
                                 [&](const auto& s) { return s.began > mark->position; });
  if (sync == journal.syncs.end()) return std::nullopt;
  return sync->ended;
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

void Footage::promise_frames(DiskModel::FileNumber file, std::size_t written_before,
                             std::size_t since) {
  for (auto& [number, frame] : frames_) {
    if (frame.file == file && frame.written < written_before) {
      frame.promised = std::min(frame.promised.value_or(since), since);
    }
  }
}

// The data of a frame was synced, and after that the journal that tells of it.
void Footage::promise(const DiskModel& model) {
  const auto& files = model.files();
  for (std::size_t media = 0; media < files.size(); ++media) {
    for (const auto& journal : files) {
      if (!is_journal_of(journal, files[media])) continue;
      for (const auto& sync : files[media].syncs) {
        const auto since = next_promise(journal, sync.ended);
        if (since) promise_frames(media, sync.began, *since);
      }
    }
  }
}

// Or the whole file was synced, and after that its name.
void Footage::promise_when_published(const DiskModel& model) {
  for (const auto& change : model.name_changes()) {
    const auto durable = model.durable(change);
    if (!durable) continue;
    for (const auto& entry : change.entries) {
      if (entry.folder != DiskModel::kTop || !entry.file || !is_recording(entry.name)) continue;
      for (const auto& sync : model.files()[*entry.file].syncs)
        promise_frames(*entry.file, sync.began, std::max(sync.ended, *durable));
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
