#include "controls/job_queue.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace minidvr::controls {
namespace {

// A batch is one wish of a user, so it does not hold up the next one for as long as its runs alone
// would.
constexpr std::size_t kMostBatchCost = 4;

}  // namespace

JobPtr JobQueue::list(SteadyTime now) {
  if (!list_) {
    list_ = std::make_shared<Job>(executor_, std::vector<Write>());
    list_from_ = running_.empty() ? now : now + limits_.gather;
  }
  return list_;
}

Result<JobPtr> JobQueue::write(std::vector<Write> writes) {
  if (writes.size() == 1) {
    // It keeps its place, so that two sliders moved at once both get their turns. But when a batch
    // behind it sets the control too, the new value must come after the batch.
    const auto last = std::find_if(writes_.rbegin(), writes_.rend(), [&](const JobPtr& job) {
      return std::any_of(job->writes.begin(), job->writes.end(),
                         [&](const Write& write) { return write.id() == writes.front().id(); });
    });
    if (last != writes_.rend() && (*last)->writes.size() == 1) {
      (*last)->writes = std::move(writes);
      return *last;
    }
  }
  if (writes_.size() >= limits_.most_waiting) {
    return make_error(Errc::unavailable,
                      fmt::format("{} changes of controls are waiting already", writes_.size()),
                      Reason::busy);
  }
  writes_.push_back(std::make_shared<Job>(executor_, std::move(writes)));
  return writes_.back();
}

Steady::duration JobQueue::cost_of(std::size_t runs) const {
  return limits_.interval * static_cast<Steady::rep>(std::min(runs, kMostBatchCost));
}

std::size_t JobQueue::runs_of(const Job& job) {
  return std::max<std::size_t>(job.writes.size(), 1);
}

SteadyTime JobQueue::start_of_writes() const {
  if (writes_.empty()) return SteadyTime::max();
  const auto cost = cost_of(runs_of(*writes_.front()));
  const auto burst = limits_.interval * static_cast<Steady::rep>(limits_.burst);
  return paid_until_ + cost - std::max(burst, cost);
}

SteadyTime JobQueue::next_start() const {
  if (!running_.empty()) return SteadyTime::max();
  return std::min(start_of_writes(), list_ ? list_from_ : SteadyTime::max());
}

JobPtr JobQueue::start(SteadyTime now) {
  if (next_start() > now) return nullptr;
  if (start_of_writes() <= now) {
    running_.push_back(std::move(writes_.front()));
    writes_.pop_front();
    paid_until_ = std::max(paid_until_, now) + cost_of(runs_of(*running_.front()));
  }
  // Whatever runs lists, too.
  if (list_) running_.push_back(std::exchange(list_, nullptr));
  return running_.front();
}

void JobQueue::finish(const Result<JobAnswer>& answer) {
  if (answer && answer->saved_runs > 0) {
    const auto runs = runs_of(*running_.front());
    paid_until_ -= cost_of(runs) - cost_of(runs - std::min(runs, answer->saved_runs));
  }
  auto answered = std::exchange(running_, {});
  const JobPtr first = answered.front();
  const bool is_lost = !answer || answer->lost;
  if (is_lost) {
    answered.insert(answered.end(), writes_.begin(), writes_.end());
    writes_.clear();
    if (list_) answered.push_back(std::exchange(list_, nullptr));
  }
  for (const JobPtr& job : answered) {
    job->answer = job != first && answer && is_lost ? Result<JobAnswer>(*answer->lost) : answer;
    job->answered.notify();
  }
}

}  // namespace minidvr::controls
