#include "archive/growing_recording.hpp"

#include "archive/recording_name.hpp"
#include "recording/journal.hpp"
#include "recording/media_file.hpp"
#include "recording/segment_names.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace minidvr::archive {
namespace {

Error nothing_yet(const std::string& name) {
  return make_error(Errc::not_found, "nothing of " + name + " is on the disk yet");
}

mp4::FrameTable table_of(const recording::Journal& journal, std::uint64_t payload) {
  mp4::FrameTable table;
  table.first_offset = payload;
  table.start = journal.header.start();
  table.frames.reserve(journal.samples.size());
  for (const auto& sample : journal.samples)
    table.frames.push_back({sample.size, sample.time});
  return table;
}

}  // namespace

Result<GrowingRecording> open_growing(const std::filesystem::path& recordings_dir,
                                      const std::string& name) {
  if (!is_recording_name(name)) return nothing_yet(name);
  const FileDescriptor folder(
      ::open(recording::partial_dir(recordings_dir).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return nothing_yet(name);
  const auto journal = recording::read_journal(folder.get(), stem_of(name) + ".journal");
  if (!journal || journal->samples.empty()) return nothing_yet(name);
  GrowingRecording growing;
  growing.file = open_regular(folder.get(), journal->header.media, O_RDONLY);
  if (!growing.file) return nothing_yet(name);
  const auto payload =
      recording::media::payload_offset(growing.file.get(), journal->header.reserve);
  if (!payload) return nothing_yet(name);

  growing.table = table_of(*journal, *payload);
  growing.bytes = growing.table.offset_of(growing.table.frames.size());
  FileFacts& facts = growing.facts;
  facts.stamp.bytes = growing.bytes;
  facts.start = journal->header.start();
  facts.length = journal->samples.back().time + microseconds(journal->header.frame_interval);
  facts.frames = static_cast<std::uint32_t>(journal->samples.size());
  facts.width = journal->header.width;
  facts.height = journal->header.height;
  return growing;
}

bool is_growing(const std::filesystem::path& recordings_dir, const std::string& name) {
  struct stat info {};
  const auto journal =
      recording::partial_dir(recordings_dir) / recording::journal_name(stem_of(name));
  return is_recording_name(name) && ::stat(journal.c_str(), &info) == 0;
}

}  // namespace minidvr::archive
