// In which order and how fast settings reach the device. A state machine: settings and times in,
// what to run out; it runs nothing itself.
#pragma once

#include "controls/control_value.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"

#include <cstdint>
#include <deque>
#include <variant>
#include <vector>

namespace minidvr::controls {

// One job runs at a time, in the order in which they came. A setting of a control that still waits
// for its run is replaced by a later one of the same control, so a slider that is dragged ends at
// its last value and costs few runs; whoever asked for the earlier value is answered with the later
// one.
class WriteQueue {
 public:
  // Stands for one push, so that its caller can be told when the job is done.
  using Ticket = std::uint64_t;

  struct Limits {
    // A script that sets a handful of controls is not slowed down; after that eight runs a second
    // keep up with the eye, and leave a small board's processor to the recording.
    std::size_t burst = 8;
    Steady::duration interval = milliseconds(125);
    // Only different controls and batches wait side by side, so a well-meaning crowd stays below.
    std::size_t most_waiting = 64;
  };

  struct Nothing {};  // ask again after a push or after finish()
  struct WaitUntil {
    SteadyTime time;
  };
  struct Start {
    std::vector<Setting> settings;  // to be carried out in this order
    std::vector<Ticket> tickets;    // to be told the outcome
  };
  using Action = std::variant<Nothing, WaitUntil, Start>;

  WriteQueue() : WriteQueue(Limits()) {}
  explicit WriteQueue(Limits limits) : limits_(limits) {}

  // unavailable when too many jobs wait.
  Result<Ticket> push(Setting setting);
  // Settings that belong together: they are never coalesced with others and nothing runs in
  // between.
  Result<Ticket> push_batch(std::vector<Setting> settings);

  // What to do now. After a Start nothing else starts before finish().
  Action next(SteadyTime now);
  void finish() { running_ = false; }

  // Forgets all jobs that wait and returns whom to tell. The running one is not touched.
  std::vector<Ticket> drop_waiting();

  bool running() const { return running_; }
  std::size_t waiting() const { return jobs_.size(); }

 private:
  struct Job {
    std::vector<Setting> settings;
    std::vector<Ticket> tickets;
    bool is_batch = false;
  };

  Job* job_to_join(const Setting& setting);
  Result<Ticket> append(Job job);
  Steady::duration cost_of(const Job& job) const;

  Limits limits_;
  std::deque<Job> jobs_;
  bool running_ = false;
  Ticket last_ticket_ = 0;
  // The generic cell rate algorithm: when the runs so far would have ended at the steady rate. A
  // burst may be ahead of it.
  SteadyTime paid_until_{};
};

}  // namespace minidvr::controls
