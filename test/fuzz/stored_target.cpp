#include "stored_target.hpp"

#include "access/accounts.hpp"
#include "archive/index_cache.hpp"
#include "archive/sidecar.hpp"
#include "controls/stored_values.hpp"
#include "core/file.hpp"
#include "demand.hpp"
#include "mp4/movie.hpp"
#include "recording/media_file.hpp"
#include "support/temporary_folder.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace minidvr::fuzz {
namespace {

FileDescriptor file_of(std::string_view bytes) {
  FileDescriptor file(::memfd_create("movie", MFD_CLOEXEC));
  demand(file.get() >= 0, "there is a file in memory");
  const auto written = ::write(file.get(), bytes.data(), bytes.size());
  demand(written == static_cast<ssize_t>(bytes.size()), "all of it is written");
  return file;
}

void check_movie(std::string_view bytes) {
  const auto file = file_of(bytes);
  const auto table = mp4::read_frames(file.get());
  const auto summary = mp4::read_summary(file.get());
  if (summary) {
    demand(summary->frames <= mp4::kMostFrames, "there are no more frames than there may be");
    demand(summary->length >= microseconds(0), "a film is not shorter than nothing");
  }
  if (table) {
    demand(!summary || table->frames.size() == summary->frames, "both count the same frames");
    demand(table->offset_of(table->frames.size()) <= bytes.size(), "frames lie in the file");
    for (std::size_t i = 1; i < table->frames.size(); ++i)
      demand(table->frames[i - 1].time <= table->frames[i].time, "times do not run back");
    if (!table->frames.empty()) {
      demand(table->shown_at(table->frames.back().time) < table->frames.size(), "one is shown");
    }
  }
  (void)recording::media::verify(file.get());
  (void)recording::media::samples_in_header(file.get());
}

// One folder for as long as the program runs: each file replaces the one before.
int journal_folder() {
  static const test::TemporaryFolder folder;
  static const FileDescriptor opened(::open(folder.path().c_str(), O_DIRECTORY | O_CLOEXEC));
  return opened.get();
}

void check_journal(std::string_view bytes) {
  constexpr const char* kName = "segment.journal";
  {
    const FileDescriptor file(
        ::openat(journal_folder(), kName, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600));
    const auto written = ::write(file.get(), bytes.data(), bytes.size());
    demand(written == static_cast<ssize_t>(bytes.size()), "all of it is written");
  }
  const auto journal = recording::read_journal(journal_folder(), kName);
  if (!journal) return;
  demand(journal->synced <= journal->samples.size(), "no more is synced than was written");
  demand(journal->header.media.find('/') == std::string::npos, "the media file is in the folder");
  demand(std::none_of(journal->samples.begin(), journal->samples.end(),
                      [](const recording::Sample& sample) { return sample.size == 0; }),
         "a frame has bytes");
  // What recovery does with it, on a file that is something else.
  const auto media = file_of(bytes);
  (void)recording::media::payload_offset(media.get(), journal->header.reserve);
  const auto kept = recording::media::keep_whole_frames(media.get(), journal->header.reserve,
                                                        journal->samples, journal->synced);
  if (!kept) return;
  demand(kept->size() <= journal->samples.size(), "no frame is made up");
  if (recording::media::write_header(media.get(), journal->header, *kept)) {
    demand(recording::media::verify(media.get(), kept->size()).has_value(),
           "a file that was made whole is whole");
  }
}

// What was understood is understood again when it was written.
template <class Parse, class Serialize>
void check_round_trip(std::string_view text, Parse parse, Serialize serialize) {
  const auto once = parse(text);
  if (!once) return;
  const auto again = parse(serialize(*once));
  demand(again.has_value(), "what we write can be read");
  demand(*again == *once, "what we write says the same");
}

}  // namespace

void check_stored(std::string_view input) {
  if (input.empty()) return;
  const auto rest = input.substr(1);
  switch (static_cast<Stored>(input.front())) {
    case Stored::movie:
      return check_movie(rest);
    case Stored::journal:
      return check_journal(rest);
    case Stored::notes:
      return check_round_trip(rest, archive::parse_notes, archive::serialize_notes);
    case Stored::index_cache:
      return check_round_trip(rest, archive::parse_cache, archive::serialize_cache);
    case Stored::accounts:
      return check_round_trip(rest, access::parse_accounts, access::accounts_text);
    case Stored::remembered: {
      const auto parsed = controls::parse_remembered(rest);
      const auto again = controls::parse_remembered(controls::serialize(parsed.content));
      demand(again.problems.empty() && again.content == parsed.content, "remembered as it was");
      return;
    }
    case Stored::presets: {
      const auto parsed = controls::parse_presets(rest);
      const auto again = controls::parse_presets(controls::serialize(parsed.content));
      demand(again.problems.empty() && again.content == parsed.content, "presets as they were");
      return;
    }
  }
}

}  // namespace minidvr::fuzz
