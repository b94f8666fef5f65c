// The one place that talks to the camera about controls: one run of v4l2-ctl at a time, whatever is
// asked by how many.
#pragma once

#include "controls/job_queue.hpp"
#include "controls/v4l2_ctl.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace minidvr::controls {

// For ControlDevice::list(): what is so now, not a moment ago.
inline constexpr Steady::duration kFresh = Steady::duration::min();

class ControlDevice {
 public:
  ControlDevice(const net::any_io_executor& executor, TaskGroup& tasks, v4l2::Tool tool)
      : tool_(tasks, std::move(tool)), queue_(executor), asked_(executor), identified_(executor) {}

  // Carries out what is asked; until cancelled.
  Task<> run();

  // The newest listing if it is not older than `oldest`, else that of a run that begins after this
  // call; all who wait share it. A run that fails fails all who wait, so that nobody waits for two
  // hung runs.
  Task<Result<ControlListPtr>> list(Steady::duration oldest);

  // Writes one after the other and reads back; of those that are only wanted if needed, what is so
  // already costs no run, and its outcome says so. When nobody waits any more it is still carried
  // out. A single write may be replaced by a later one of the same control: the answer is then that
  // one's. A control that does not answer in time costs itself alone as long as the camera lists
  // the others; when that fails, too, the camera is lost, and what was not done by then has its
  // error.
  Task<Result<JobAnswer>> carry_out(std::vector<Write> writes);

  // Which camera it is; asked once, and again when it may be another one: its path has changed, a
  // run failed, it lists other controls, or somebody says so.
  Task<Result<CameraIdentity>> identify();
  void forget_camera();

  // Called on every difference between two listings, whatever made it.
  void on_change(std::function<void(const ListingChanges&)> observer) {
    observer_ = std::move(observer);
  }

  // nullptr before the first listing.
  const ControlListPtr& newest() const { return newest_; }
  std::uint64_t runs() const { return tool_.runs(); }

 private:
  Task<Result<JobAnswer>> answer_of(JobPtr job);
  Task<Result<JobAnswer>> perform(std::vector<Write> writes, bool lists);
  // Those that are not so already. `lists`: also where nothing has to be done. Fails when the
  // camera is lost; the answer then has the outcomes up to there.
  Task<Result<>> carry_out_needed(const std::vector<Write>& writes, bool lists, JobAnswer& answer);
  // One after the other, then reads back; without any, only that.
  Task<Result<>> carry_out_now(const std::vector<Write>& writes, ControlOutcomes& outcomes);
  Task<Result<>> read_back();
  Error lost(Error error);
  // Takes those out of `writes` that are so, by the newest listing.
  std::vector<Write> take_out_what_is_so(std::vector<Write>& writes) const;
  void take(Listing listing);
  void log_skipped(const Listing& listing);

  V4l2Ctl tool_;
  JobQueue queue_;
  Event asked_;
  std::optional<CameraIdentity> identity_;
  std::string identified_at_;   // the path that it had
  std::weak_ptr<bool> asking_;  // somebody, for it
  bool is_forgotten_ = false;   // since then
  Event identified_;
  ControlListPtr newest_;
  SteadyTime listed_at_{};
  std::function<void(const ListingChanges&)> observer_;
  std::set<std::string> logged_lines_;
};

}  // namespace minidvr::controls
