// The disk side of one segment. Every call blocks: use it on the blocking pool, one call at a time.
//
// Words, in their order: a frame is *written* when its bytes are in the media file as the kernel
// sees it and the journal knows it, *synced* when it survives a power cut. A segment is *closed*
// when it is whole (ffmpeg's trailer, or a header of our own), synced, and *published* under its
// name.
#pragma once

#include "core/error.hpp"
#include "core/file.hpp"
#include "recording/journal.hpp"
#include "recording/segment_names.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace minidvr::recording {

class SegmentFile {
 public:
  // Picks a free name and makes the journal. `folders`: where to; whether `recordings_dir` still
  // leads there is looked at all the time. `header.media` is the file that ffmpeg is going to
  // write; the boot id is filled in.
  static Result<std::shared_ptr<SegmentFile>> create(const std::filesystem::path& recordings_dir,
                                                     Folders folders, WallTime first_frame,
                                                     JournalHeader header, NamesInUse& names);
  SegmentFile(const SegmentFile&) = delete;
  SegmentFile& operator=(const SegmentFile&) = delete;
  ~SegmentFile();

  // Without ".mp4".
  const std::string& name() const { return name_; }
  // .partial, open: where ffmpeg is to write.
  int folder() const { return folders_.partial.get(); }
  // What its file system takes, bytes, as far as that is known.
  std::uint64_t largest_file() const { return largest_file_; }

  struct Progress {
    std::uint64_t file_bytes = 0;
    std::size_t written = 0;  // how many more of the samples are written
    bool synced = false;      // all that is written is synced, too
    // Frames that are written and not synced are not to be relied on any more; why. Empty: all is
    // well.
    std::string failure;
    bool folder_is_gone = false;  // that is why: it may come back
  };

  // Looks how far ffmpeg has come and notes it in the journal. `waiting`: the samples given to
  // ffmpeg and not written yet. `sync`: also makes sure that a power cut does not take them back.
  Progress follow(std::span<const Sample> waiting, bool sync);

  enum class Ending {
    trailer,      // ffmpeg says that it has written its trailer; it may still run
    no_trailer,   // ffmpeg is gone
    synced_only,  // ffmpeg is gone, and what was not synced goes elsewhere
    nothing,      // ffmpeg is gone, and all frames go elsewhere
  };
  struct Given {
    std::span<const Sample> waiting;  // as in follow()
    std::size_t samples = 0;          // all that were given
    std::uint64_t bytes = 0;          // of their frames
  };
  struct Closed {
    std::size_t frames = 0;  // in the file, and synced; the others go elsewhere
    std::string file;        // as it is published; empty when it is not
    std::string problem;     // why not, or that there was a fault; empty: nothing
    // Ending::trailer only: the file is not what it should be, and was left as it is.
    bool not_whole = false;
    bool folder_is_gone = false;  // that is the problem
    // What of it could not be removed from .partial, and why; a recovery removes it.
    std::string left_behind = {};
  };
  // A segment that holds no frame is removed. One that cannot be closed now stays in .partial with
  // its journal, which names just the frames that are told here. Unless it is not_whole, nothing of
  // it is open any more, and this is the last call.
  Closed close(Ending ending, const Given& given);

 private:
  SegmentFile(std::filesystem::path recordings_dir, Folders folders, std::string name,
              JournalHeader header, JournalWriter journal, NamesInUse& names);
  // False: why it can not be read is in media_problem_.
  bool open_media();
  // Sets Progress::failure and what it means.
  bool is_gone(Progress& progress) const;
  std::string sync_all();
  Result<> note_synced();
  Closed end(Ending ending, const Given& given);
  Closed close_with_own_header(bool synced_only, std::span<const Sample> waiting);
  Closed publish_and_clear(std::size_t frames);
  std::string note_whole(std::span<const Sample> waiting);
  Closed keep_synced(std::string problem);
  Closed remove(std::string problem);
  std::string remove_file(const std::string& file) const;

  std::filesystem::path recordings_dir_;
  Folders folders_;
  std::string name_;
  JournalHeader header_;
  JournalWriter journal_;
  NamesInUse& names_;
  const std::uint64_t largest_file_;
  FileDescriptor media_;
  std::optional<std::uint64_t> payload_;  // where the first frame lies
  std::string media_problem_;
  bool disk_does_not_give_it_ = false;  // that is why
  std::size_t written_ = 0;
  std::uint64_t written_bytes_ = 0;
  std::size_t synced_ = 0;
  bool names_are_durable_ = false;
};

}  // namespace minidvr::recording
