// What is asked of the camera, in which order and how fast it is carried out. A state machine: jobs
// and times in, the next job out; it runs nothing itself.
#pragma once

#include "controls/control_value.hpp"
#include "core/asio.hpp"
#include "core/clock.hpp"
#include "core/event.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace minidvr::controls {

using ControlListPtr = std::shared_ptr<const ControlList>;

struct JobAnswer {
  ControlOutcomes outcomes;    // of the writes, without the controls
  std::vector<Write> writes;   // as carried out: a later value may have replaced what was asked for
  ControlListPtr controls;     // read back afterwards
  std::size_t saved_runs = 0;  // of writes that were so already
  // The camera answered no more before all was done: `controls` is older than the writes.
  std::optional<Error> lost = {};
};

// Kept by all who wait for its answer.
struct Job {
  Job(const net::any_io_executor& executor, std::vector<Write> what)
      : writes(std::move(what)), answered(executor) {}

  std::vector<Write> writes;  // one after the other; none: only to list, which all jobs do
  std::optional<Result<JobAnswer>> answer;
  Event answered;
};
using JobPtr = std::shared_ptr<Job>;

// One job runs at a time, in the order in which they came. A later value of a control replaces one
// that waits and takes its place: a slider that is dragged ends at its last value and costs few
// runs, and whoever asked for the earlier value is answered with the later one. Writes that belong
// together stay so. All who want a listing share one.
class JobQueue {
 public:
  struct Limits {
    // A script that sets a handful of controls is not slowed down; after that eight runs a second
    // keep up with the eye, and leave a small board's processor to the recording.
    std::size_t burst = 8;
    Steady::duration interval = milliseconds(125);
    // Only different controls and batches wait side by side, so a well-meaning crowd stays below.
    std::size_t most_waiting = 64;
    // Readers that come all at once do so one shortly after the other: whoever asks while a job
    // runs waits so long for company.
    Steady::duration gather = milliseconds(200);
  };

  explicit JobQueue(net::any_io_executor executor) : JobQueue(std::move(executor), Limits()) {}
  JobQueue(net::any_io_executor executor, Limits limits)
      : executor_(std::move(executor)), limits_(limits) {}

  JobPtr list(SteadyTime now);
  // unavailable when too many jobs wait.
  Result<JobPtr> write(std::vector<Write> writes);

  // The next job, if one may start now; nothing else starts before finish(). nullptr: not yet.
  JobPtr start(SteadyTime now);
  // Whether somebody waits for a listing of the job that runs, beside who asked for it.
  bool lists_along() const { return running_.size() > 1; }
  // When the next job may start if nothing more is asked; max() when none waits.
  SteadyTime next_start() const;
  // Answers all who wait for the job that runs. A camera that did not answer would not answer the
  // next in line either, and they would all wait for the time limit, one after the other: so on a
  // failure all who wait for anything get it. But who had some of his writes carried out before it
  // was lost is told of those.
  void finish(const Result<JobAnswer>& answer);

 private:
  SteadyTime start_of_writes() const;
  // Of so many runs.
  Steady::duration cost_of(std::size_t runs) const;
  static std::size_t runs_of(const Job& job);

  net::any_io_executor executor_;
  Limits limits_;
  std::deque<JobPtr> writes_;
  JobPtr list_;
  SteadyTime list_from_{};       // when list_ may start
  std::vector<JobPtr> running_;  // it, and a listing that it brings along
  // The generic cell rate algorithm: when the runs so far would have ended at the steady rate. A
  // burst may be ahead of it.
  SteadyTime paid_until_{};
};

}  // namespace minidvr::controls
