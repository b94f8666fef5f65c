// What is known of one recording.
#pragma once

#include "core/clock.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace minidvr::archive {

// A moment that somebody wanted to find again.
struct Mark {
  std::string id;     // unique in all recordings: 16 hexadecimal digits
  WallTime at;        // to the microsecond
  std::string label;  // UTF-8, may be empty
  bool operator==(const Mark&) const = default;
};

// What nothing but people know; kept beside the file in NAME.json, see sidecar.hpp.
struct Notes {
  bool is_protected = false;  // never deleted before somebody takes that back
  std::string note;           // UTF-8, may be empty
  std::vector<Mark> marks;    // by time
  bool operator==(const Notes&) const = default;
};

// What a file is known by: while neither changes, what was read of it holds.
struct FileStamp {
  std::uint64_t bytes = 0;
  std::int64_t modified = 0;  // nanoseconds since 1970, as stat tells
  bool operator==(const FileStamp&) const = default;

  // The time of change that stands for: the disk did not give it, and it is read again.
  static constexpr std::int64_t kNotRead = -1;
  bool is_not_read() const { return modified == kNotRead; }
};

// What the file itself tells.
struct FileFacts {
  FileStamp stamp;
  WallTime start;          // of capture of the first frame, to the microsecond
  microseconds length{0};  // until the last frame has been shown
  std::uint32_t frames = 0;
  std::uint16_t width = 0;   // pixels
  std::uint16_t height = 0;  // pixels
  bool damaged = false;      // it can not be played: frames, length and size are 0
  // Not known to be a recording, whatever its name: a phone names its films so, too. It is listed,
  // and only people delete it.
  bool foreign = false;
  bool operator==(const FileFacts&) const = default;

  WallTime end() const { return start + std::chrono::duration_cast<WallTime::duration>(length); }
};

// What was read from NAME.json.
struct NotesFile {
  Notes notes;
  FileStamp stamp{};  // FileStamp{}: there is no such file
  // It can not be understood. It stays as it is, and protects: it may have said so.
  bool unreadable = false;
  std::string problem{};  // why; for a person
  bool operator==(const NotesFile&) const = default;
};

// There may be tens of thousands of them in memory, and few have notes: those of the others take a
// pointer.
class Recording {
 public:
  std::string name;  // of the file: 20261124_101000.mp4
  FileFacts facts;
  bool being_written = false;  // its facts are those of a moment ago

  const Notes& notes() const { return notes_file().notes; }
  const NotesFile& notes_file() const {
    static const NotesFile none;
    return notes_file_ ? *notes_file_ : none;
  }
  void set_notes_file(NotesFile file) {
    notes_file_ =
        file == NotesFile{} ? nullptr : std::make_shared<const NotesFile>(std::move(file));
  }
  // Those that are not, or not yet, read from a file.
  void set_notes(Notes notes) {
    NotesFile file = notes_file();
    file.notes = std::move(notes);
    set_notes_file(std::move(file));
  }

  bool operator==(const Recording& other) const {
    return name == other.name && facts == other.facts && being_written == other.being_written &&
           notes_file() == other.notes_file();
  }

 private:
  std::shared_ptr<const NotesFile> notes_file_;  // nullptr: there is nothing in it
};

}  // namespace minidvr::archive
