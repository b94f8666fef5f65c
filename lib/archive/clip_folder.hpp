// The disk side of the clips: RECORDINGS/clips, and RECORDINGS/clips/.partial for what is being
// made. Every call blocks: use it on a pool. No symbolic link is followed below the recordings
// folder.
#pragma once

#include "archive/archive_folder.hpp"
#include "archive/recording.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "mp4/movie.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace minidvr::archive {

class ClipFolder {
 public:
  explicit ClipFolder(std::filesystem::path recordings_dir, FolderGate gate = {})
      : root_(std::move(recordings_dir)), gate_(std::move(gate)) {}

  // Where ffmpeg writes the clip of that id.
  std::filesystem::path partial_file(const std::string& id) const;
  // Makes the folders where they are missing. unavailable.
  Result<> prepare() const;

  struct Found {
    std::string name;
    FileStamp stamp;
    // nullopt: its frames are no JPEGs, or it was not read.
    std::optional<mp4::Summary> summary;
  };
  // By name; nullopt: it need not be read, however it is.
  using KnownClips = std::map<std::string, std::optional<FileStamp>>;
  // All clips, by name; those that are not as they are `known` are read. Nothing when there is no
  // folder.
  std::vector<Found> scan(const KnownClips& known) const;
  bool is_taken(const std::string& name) const;

  struct OpenFile {
    FileDescriptor file;  // for reading
    FileStamp stamp;
  };
  // not_found; unavailable. Any name may be asked for.
  Result<OpenFile> open(const std::string& name) const;
  // not_found; unavailable.
  Result<> remove(const std::string& name) const;

  struct Expected {
    std::uint64_t frames = 0;
    std::optional<std::uint64_t> payload;  // bytes of the frames; nullopt: not known
    std::optional<WallTime> start;         // noted in the file where that has room for it
  };
  struct Published {
    std::string name;  // another one than wanted when that was taken meanwhile
    std::uint64_t bytes = 0;
  };
  // Looks whether all is in it, makes it durable, and gives it its name, never over another.
  // wrong_state: it is not whole; unavailable.
  Result<Published> publish(const std::string& id, const std::string& name,
                            const Expected& expected) const;
  // Removes what there is of a clip that came to nothing.
  void discard(const std::string& id) const;
  // Of clips that an earlier run of the program did not end. False: the folder is not there, or can
  // not be looked at.
  bool discard_all() const;

  const std::filesystem::path& recordings_dir() const { return root_; }

 private:
  // not_found: nothing was made there yet.
  Result<FileDescriptor> open_clips() const;
  Result<FileDescriptor> open_partial() const;

  std::filesystem::path root_;
  FolderGate gate_;
};

}  // namespace minidvr::archive
