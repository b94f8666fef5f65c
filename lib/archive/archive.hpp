// What has been recorded, kept true beside everything else.
//
// Files are the truth: the index is made of what lies in the folder, and looked at again when the
// folder says that something came or went. What was read of headers is kept in
// STATE_DIR/index.cache, and believed for a file only while its size and time of change are the
// same.
#pragma once

#include "archive/archive_folder.hpp"
#include "archive/changes.hpp"
#include "archive/index.hpp"
#include "archive/read_retries.hpp"
#include "archive/recordings_in_use.hpp"
#include "archive/untold_changes.hpp"
#include "core/asio.hpp"
#include "core/blocking.hpp"
#include "core/event.hpp"
#include "core/state_gate.hpp"
#include "mp4/movie.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace minidvr::archive {

// It can be read to its end, also when it is deleted meanwhile.
struct OpenRecording {
  std::shared_ptr<const FileDescriptor> file;
  FileStamp stamp;  // of one that is being written: what can be read of it now, and no time
  // Of one that is being written, as it is now; nullptr for others.
  std::shared_ptr<const mp4::FrameTable> growing;
};

// What somebody wants to change; what is not given stays.
struct NotesChange {
  std::optional<bool> is_protected;
  std::optional<std::string> note;
};

// A mark and the recording that it is in.
struct PlacedMark {
  Mark mark;
  std::string recording;
};

// not_found. `name` may be anything that a client sent.
Error no_such_recording(std::string_view name);

class Archive {
 public:
  struct Options {
    std::filesystem::path recordings_dir;
    std::filesystem::path state_dir;
    // The name that the segment being written is going to have; empty: none is.
    std::function<std::string()> current_file = [] { return std::string(); };
    bool mark_protects = false;  // a recording that is given a mark is protected by that
    FolderGate folder_gate = {};
    StateGate state_gate = {};
    // At notes that somebody may have written into, and files that somebody may be copying there.
    milliseconds between_file_looks = std::chrono::minutes(1);
    // For so long a disk may not say whether the folder is there; then it counts as away.
    milliseconds longest_silence = seconds(15);
  };

  // `pool`: for this alone, so that the recorder's syncs never wait behind what clients ask for.
  // It must outlive the archive, and that must outlive its tasks.
  Archive(net::any_io_executor executor, BlockingPool& pool, Options options);
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;

  // Looks, newest first, and again when something changes, until it is cancelled.
  Task<> run();
  // Something was published: it is listed at once, and not within two seconds.
  void look_again();
  // Told of changes, once the first look is complete. One observer. What is more than kToldAtOnce
  // comes in parts, and the next one when `keeps_up` says that the one before was taken, or after
  // some seconds: whoever never takes it holds up nobody for ever.
  void observe(
      std::function<void(const Changes&)> observer,
      std::function<bool()> keeps_up = [] { return true; }) {
    observer_ = std::move(observer);
    keeps_up_ = std::move(keeps_up);
  }
  static constexpr std::size_t kToldAtOnce = 100;  // 30 KB of text

  // Whether all files have been looked at, or there are none to be had: more may come at any time,
  // but not for who waits a moment. So it is where the disk has not said for longest_silence
  // whether the folder is there.
  bool complete() const;
  // Whether all files of the folder that is there now are listed: it may come late, or come back,
  // and of thousands the newest are listed first. No file is the oldest before.
  bool is_whole() const { return whole_; }
  // Why the disk did not list its files when it was asked last; empty: it did, or there is no such
  // folder.
  const std::string& problem() const { return problem_; }
  const Index& index() const { return index_; }

  // Brings what is being written up to date in the index: call it before that is asked.
  Task<> follow_current();

  // Also of what is being written: its notes wait for it under the name that it is going to have.
  // not_found; wrong_state when its notes can not be read; refused: a note that can not be one;
  // unavailable.
  Task<Result<Recording>> change(std::string name, NotesChange change);

  // In the recording that holds `at`; now when it is not given. refused: the label. wrong_state:
  // nothing was recorded then, or that has marks enough, or notes that can not be read.
  // unavailable. Takes kLongestStart when that recording has only just begun.
  Task<Result<PlacedMark>> add_mark(std::string label, std::optional<WallTime> at);
  // not_found; wrong_state and unavailable as above.
  Task<Result<PlacedMark>> remove_mark(std::string id);
  // From `from` on, before `to`, by recording and time; `limit` at the most.
  std::vector<PlacedMark> marks(std::optional<WallTime> from, std::optional<WallTime> to,
                                std::size_t limit) const;
  // Deletes it, and returns for how long it can be had back: kTrashTime, or not at all where the
  // disk has no room for that. wrong_state: it is written, or protected.
  Task<Result<seconds>> remove(std::string name);
  // not_found: it was not deleted, or too long ago. wrong_state: its name is taken.
  Task<Result<Recording>> restore(std::string name);
  static constexpr seconds kTrashTime{30};
  // From its last frame to its name, as a rule. What takes longer can not be moved, for hours
  // maybe, and is looked at as seldom as all else.
  static constexpr seconds kLongestFinish{10};
  // From a recording's begin to the first frame that is known to be on the disk.
  static constexpr seconds kLongestStart{3};

  // For retention. Deletes it for good. Success also when it was gone. wrong_state: it is being
  // written or protected. unavailable. It is listed until forget_unlinked(), because an
  // index of 20,000 takes as long to lose one as to lose a hundred.
  Task<Result<>> unlink(std::string name);
  // Lists those no longer, and tells.
  void forget_unlinked(const std::vector<std::string>& names);
  // What was deleted and can be had back goes now: its space is needed.
  Task<> empty_trash();
  // Whether it is being read; who reads it in parts may be between two of them.
  bool in_use(const std::string& name) const;
  bool is_being_written(const std::string& name) const;
  std::string current_file() const { return options_.current_file(); }

  // Also what is being written, and what was published a moment ago and is not yet listed.
  // It is not in use by that: whoever only asks about it changes nothing. not_found; unavailable.
  Task<Result<OpenRecording>> open(std::string name);
  // For who reads it: its file, which is in use as long as anybody has what is returned, and for
  // RecordingsInUse::kBetweenParts.
  std::shared_ptr<const FileDescriptor> use(const std::string& name, const OpenRecording& open);
  using Frames = std::shared_ptr<const mp4::FrameTable>;
  // Where its frames lie. malformed: it is damaged. unavailable: the disk does not say.
  Task<Result<Frames>> frames(const std::string& name, const OpenRecording& open);

  // For those who have listed all recordings: what that took goes back to the system at once.
  Task<> give_memory_back();

  // For the blocking work of whoever reads the recordings.
  BlockingPool& pool() { return pool_; }
  const net::any_io_executor& executor() const { return executor_; }

 private:
  struct Deleted {
    std::string name;
    SteadyTime purge_at;
  };
  struct KnownFrames {
    std::string name;
    FileStamp stamp;
    Frames frames;
  };

  Task<> keep_list();
  Task<> keep_telling();
  Task<> keep_list_and_tell();
  Task<> keep_cache();
  Task<> look();
  bool may_answer_soon(SteadyTime asked_at);
  bool is_long_ago(SteadyTime time) const;
  void forget_all(Changes& changes);
  std::vector<ArchiveFolder::Known> all_known() const;
  // Both: whether the folder was there to the end.
  Task<bool> apply(ArchiveFolder::Differences differences, Changes& changes);
  Task<bool> read(std::vector<std::string> names, Changes& changes);
  // False: the disk does not give the names.
  Task<bool> compare(Changes& changes);
  Task<> purge_of_earlier_runs();
  Task<> purge_deleted();
  Task<> load_cache();
  Task<> save_cache();
  // Before a Turn of one change. A cancelled caller still waits for what it writes.
  Task<> wait_until_free();
  Task<Result<OpenRecording>> open_current(std::string name);
  Task<> follow(std::string name);
  Task<> forget_written();
  bool finishes_soon() const;
  // `known`: what is listed of that name, or nullptr.
  bool is_being_written(const std::string& name, const Recording* known) const;
  using NotesEdit = std::function<Result<>(Notes&)>;
  struct Edited {
    Notes notes;
    std::vector<Recording> there;  // none: it has no file yet, or any more
  };
  static Result<Edited> edit_on_disk(const ArchiveFolder& folder, const std::string& name,
                                     bool is_written, const NotesEdit& edit);
  // On a thread of the pool, so `edit` must own what it takes.
  Task<Result<Recording>> edit(std::string name, NotesEdit edit);
  Task<> look_at_files();
  void replace_notes(const std::string& name, const Notes& notes);
  // A recording and a time in it.
  struct Moment {
    std::string recording;
    WallTime time;
  };
  // wrong_state: nothing was recorded then.
  Task<Result<Moment>> moment_at(std::optional<WallTime> at);
  Task<> purge(std::vector<std::string> names);
  void tell(const Changes& changes) const;
  // As many as there may be.
  void tell_of_look(Changes changes);
  void note_problem(const Error& why);

  net::any_io_executor executor_;
  BlockingPool& pool_;
  Options options_;
  ArchiveFolder folder_;
  Index index_;
  std::function<void(const Changes&)> observer_ = [](const Changes&) {};
  std::function<bool()> keeps_up_ = [] { return true; };
  UntoldChanges untold_;
  Event untold_changed_;
  Event wake_;
  bool look_wanted_ = true;
  RetryPause look_pause_;                   // the disk did not give all names, or sizes
  ReadRetries retries_;                     // or not what is in files
  std::optional<SteadyTime> silent_since_;  // no look has come to its end for the disk's sake
  std::optional<SteadyTime> asked_since_;   // whether the folder is there, and no answer yet
  std::optional<SteadyTime> files_looked_at_;
  bool looking_ = false;
  bool changes_while_looking_ = false;
  bool complete_ = false;
  bool whole_ = false;
  bool purged_ = false;  // what an earlier run deleted and did not purge is gone
  std::string written_;  // the name of what was being written at the last look; may be empty
  // What was being written and has not yet got its name: since when.
  std::map<std::string, SteadyTime> finishing_;
  bool waits_for_cache_ = true;  // what is read of it later is not needed any more
  bool cache_is_old_ = false;
  bool cache_wanted_ = false;  // to be saved
  Event cache_changed_;        // it was read, or is wanted
  std::optional<SteadyTime> cache_saved_;
  std::optional<ArchiveFolder::Version> version_;  // when it was looked at
  // When the disk did not give its names, for long: until it is another, look_pause_ holds.
  std::optional<ArchiveFolder::Version> unlisted_;
  std::vector<Recording> cached_;  // not yet known to be still so
  // Names that were changed here since the look began: what that read of them is older.
  std::set<std::string> touched_;
  std::optional<SteadyTime> followed_;  // when what is being written was looked at
  std::vector<Deleted> deleted_;
  RecordingsInUse in_use_;
  std::vector<KnownFrames> known_frames_;  // the newest last
  std::string problem_;
  // One change at a time: what is written is what the index says.
  bool busy_ = false;
  Event free_;
};

}  // namespace minidvr::archive
