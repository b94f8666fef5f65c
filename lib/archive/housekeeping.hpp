// Keeps the archive within its limits while recordings come: carries out what Retention decides.
#pragma once

#include "archive/archive.hpp"
#include "archive/clock_trust.hpp"
#include "archive/retention.hpp"
#include "archive/retention_files.hpp"
#include "core/asio.hpp"
#include "core/clock.hpp"
#include "core/event.hpp"
#include "core/state_file.hpp"
#include "core/state_gate.hpp"
#include "recording/disk_space.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace minidvr::archive {

class Housekeeping {
 public:
  struct Options {
    std::filesystem::path recordings_dir;
    Retention::Limits limits;
    // Whether the folder is ours: nothing is deleted in one that another mini-dvr records to.
    std::function<bool()> may_delete = [] { return true; };
    // Where it is remembered what the clock said; empty: nowhere.
    std::filesystem::path state_dir = {};
    StateGate state_gate = {};
    std::function<ClockFacts()> clock = clock_facts;
  };

  // All limits are looked at so often; Retention counts its passes by the minute.
  static constexpr seconds kBetweenPasses{60};
  // And whether enough is free: the fastest writers fill a small disk within a minute.
  static constexpr seconds kBetweenLooks{2};

  // `archive` must outlive it.
  Housekeeping(Archive& archive, Options options);

  // Until cancelled. Nothing is deleted before all recordings are known, also not when the folder
  // comes late or comes back.
  Task<> run();

  struct Status {
    Retention::Limits limits;
    std::uint64_t min_free = 0;                  // bytes; 0: none, or not known yet
    std::vector<Retention::Shortage> shortages;  // which limits can not be kept, and why
    // Why nothing is deleted although it should be.
    Retention::Stop stopped = Retention::Stop::none;
  };
  const Status& status() const { return status_; }

 private:
  enum class Outcome { deleted, kept, failed };
  using Disk = std::optional<recording::DiskSpace>;

  Task<> keep_limits();
  Task<> remember();
  Task<Disk> ask_disk() const;
  bool is_short(const Disk& disk) const;
  bool all_are_known() const { return archive_.complete() && archive_.is_whole(); }
  Task<> look();
  Task<> keep_within_limits(Disk disk);
  Task<Outcome> carry_out(Retention::Deletion deletion);
  void note_current();
  void look_at_clock();
  Task<bool> load_clock_memory();
  void forget_unsure(WallTime now);
  void list_files();
  std::vector<Retention::File>::iterator find_file(const std::string& name);
  void look_at_file(const std::string& name);
  void tell(const Retention::Step& step);

  Archive& archive_;
  Options options_;
  Retention retention_;
  Status status_;
  std::vector<Retention::File> files_;
  std::optional<SteadyTime> pass_began_;
  // When what this run recorded was being written: that is known also when the clock was set since.
  std::map<std::string, SteadyTime> written_at_;
  std::set<std::string> told_failures_;
  StateFile clock_file_;
  std::optional<ClockTrust> clock_;  // nullopt: what is remembered of it is not read yet
  bool clock_believed_ = false;
  ClockMemory clock_memory_;
  ClockMemory clock_saved_;             // or tried to
  std::optional<std::string> unsaved_;  // only the newest is written
  Event memory_changed_;                // it was read, or is to be written
};

}  // namespace minidvr::archive
