// The one place that talks to the camera about controls: one run of v4l2-ctl at a time, whatever is
// asked by how many.
#pragma once

#include "controls/listing_changes.hpp"
#include "controls/v4l2_ctl.hpp"
#include "controls/write_queue.hpp"
#include "core/event.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace minidvr::controls {

using ControlListPtr = std::shared_ptr<const ControlList>;

// For ControlDevice::list(): what is so now, not a moment ago.
inline constexpr Steady::duration kFresh = Steady::duration::min();

struct SettingOutcome {
  Setting setting;
  std::optional<Error> error;  // none: v4l2-ctl set it; what it is now says `controls`
};

struct JobOutcome {
  std::vector<SettingOutcome> settings;
  ControlListPtr controls;  // read back afterwards
};

class ControlDevice {
 public:
  ControlDevice(const net::any_io_executor& executor, TaskGroup& tasks, CameraTool tool,
                WriteQueue::Limits limits = {});

  // Carries out what is asked; until cancelled.
  Task<> run();

  // The newest listing if it is not older than `oldest`, else that of a run that begins after this
  // call; all who wait share it. A run that fails fails all who wait, so that nobody waits for two
  // hung runs.
  Task<Result<ControlListPtr>> list(Steady::duration oldest);

  // Sets and reads back. When nobody waits any more it is still carried out. A setting may be
  // replaced by a later one of the same control: the outcome is then the later one's.
  Task<Result<JobOutcome>> carry_out(Setting setting);
  Task<Result<JobOutcome>> carry_out(std::vector<Setting> settings);

  Task<Result<CameraIdentity>> identify() { return tool_.identify(); }

  // Called on every difference between two listings, whatever made it.
  void on_change(std::function<void(const ListingChanges&)> observer) {
    observer_ = std::move(observer);
  }

  // nullptr before the first listing.
  const ControlListPtr& newest() const { return newest_; }
  std::uint64_t runs() const { return tool_.runs(); }

 private:
  using JobResult = Result<JobOutcome>;
  using Waiter = std::shared_ptr<std::optional<JobResult>>;

  Task<JobResult> wait_for(Result<WriteQueue::Ticket> ticket);
  Task<> gather() const;
  Task<> refresh();
  Task<> perform(WriteQueue::Start job);
  Task<JobResult> set_all(std::vector<Setting> settings);
  void take(Listing listing);
  void fail_all(const Error& error);
  void tell(const std::vector<WriteQueue::Ticket>& tickets, const JobResult& result);
  void log_skipped(const Listing& listing);

  V4l2Ctl tool_;
  WriteQueue queue_;
  Event work_;  // something was asked
  Event done_;  // something was answered
  std::map<WriteQueue::Ticket, Waiter> waiters_;

  ControlListPtr newest_;
  SteadyTime listed_at_{};
  // Runs that list, counted when they are asked for, begin and end.
  std::uint64_t asked_ = 0;
  std::uint64_t begun_ = 0;
  std::uint64_t ended_ = 0;
  std::size_t askers_ = 0;  // since the last one began
  std::uint64_t failures_ = 0;
  Error last_failure_;
  std::function<void(const ListingChanges&)> observer_;
  std::set<std::string> logged_lines_;
};

}  // namespace minidvr::controls
