// What people do to recordings, done to the real program, with a log of all that it did to its
// folder.
#pragma once

#include "archive/recording.hpp"
#include "power_cut/disk_model.hpp"
#include "power_cut/write_log.hpp"
#include "support/temporary_folder.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace minidvr::power_cut {

class ArchiveSession {
 public:
  ArchiveSession();

  // What may be of one recording.
  struct State {
    bool is_there = true;
    std::optional<archive::Notes> notes{};  // nullopt: none of that matters
    bool operator==(const State&) const = default;
  };
  // Of the recording of that name, one behind the other; each is promised from when its request was
  // answered, and possible from when that was sent.
  struct Step {
    std::size_t possible_from = 0;  // positions of the log
    std::size_t promised_from = 0;
    State state;
  };
  using Steps = std::map<std::string, std::vector<Step>>;

  const WriteLog& log() const { return *log_; }
  const DiskModel& model() const { return *model_; }
  // As if `log` told what happened, which must outlive it.
  DiskModel model_of(const WriteLog& log, FileSystem file_system = FileSystem::journaling) const {
    return {log, top_, before_, inodes_, file_system};
  }
  const Steps& steps() const { return steps_; }
  // Whether a request had been sent when the call at `cut` began, and not been answered.
  bool is_asked(std::size_t cut) const;
  const Disk& before() const { return before_; }
  std::filesystem::path recordings() const { return folder_.path() / "recordings"; }

 private:
  void carry_out();
  std::size_t position_at(std::chrono::nanoseconds time) const;

  struct Asked {
    std::string name;
    std::chrono::nanoseconds sent;
    std::chrono::nanoseconds answered;
    State state;
  };

  test::TemporaryFolder folder_;
  std::vector<std::string> names_;
  std::vector<Asked> asked_;
  Disk before_;
  std::uint64_t top_ = 0;
  std::map<std::string, std::uint64_t> inodes_;
  std::unique_ptr<WriteLog> log_;
  std::unique_ptr<DiskModel> model_;
  Steps steps_;
};

// All files of `folder` bear this time: what the cache says of them could be believed.
void set_old_times(const std::filesystem::path& folder);

}  // namespace minidvr::power_cut
