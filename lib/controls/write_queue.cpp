#include "controls/write_queue.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace minidvr::controls {
namespace {

// A batch is one wish of a user, so it does not hold up the next one for as long as its runs alone
// would.
constexpr std::size_t kMostBatchCost = 4;

bool touches(const std::vector<Setting>& settings, const std::string& id) {
  return std::any_of(settings.begin(), settings.end(),
                     [&](const Setting& setting) { return setting.id() == id; });
}

}  // namespace

Result<WriteQueue::Ticket> WriteQueue::push(Setting setting) {
  if (Job* job = job_to_join(setting)) {
    job->settings.front() = std::move(setting);
    job->tickets.push_back(++last_ticket_);
    return last_ticket_;
  }
  Job job;
  job.settings.push_back(std::move(setting));
  return append(std::move(job));
}

Result<WriteQueue::Ticket> WriteQueue::push_batch(std::vector<Setting> settings) {
  Job job;
  job.settings = std::move(settings);
  job.is_batch = true;
  return append(std::move(job));
}

// Keeps its place, so that two sliders moved at once both get their turns. But when a batch behind
// it sets the control too, the new value must come after the batch.
WriteQueue::Job* WriteQueue::job_to_join(const Setting& setting) {
  const auto last = std::find_if(jobs_.rbegin(), jobs_.rend(), [&](const Job& job) {
    return touches(job.settings, setting.id());
  });
  return last == jobs_.rend() || last->is_batch ? nullptr : &*last;
}

Result<WriteQueue::Ticket> WriteQueue::append(Job job) {
  if (jobs_.size() >= limits_.most_waiting) {
    return make_error(Errc::unavailable,
                      fmt::format("{} changes of controls are waiting already", jobs_.size()),
                      Reason::busy);
  }
  job.tickets.push_back(++last_ticket_);
  jobs_.push_back(std::move(job));
  return last_ticket_;
}

Steady::duration WriteQueue::cost_of(const Job& job) const {
  const auto runs = std::clamp<std::size_t>(job.settings.size(), 1, kMostBatchCost);
  return limits_.interval * static_cast<Steady::rep>(runs);
}

WriteQueue::Action WriteQueue::next(SteadyTime now) {
  if (running_ || jobs_.empty()) return Nothing{};
  const auto ahead = limits_.interval * static_cast<Steady::rep>(limits_.burst);
  const auto cost = cost_of(jobs_.front());
  const SteadyTime paid = std::max(paid_until_, now) + cost;
  if (paid > now + std::max(ahead, cost)) return WaitUntil{paid - std::max(ahead, cost)};
  paid_until_ = paid;
  running_ = true;
  Job job = std::move(jobs_.front());
  jobs_.pop_front();
  return Start{std::move(job.settings), std::move(job.tickets)};
}

std::vector<WriteQueue::Ticket> WriteQueue::drop_waiting() {
  std::vector<Ticket> tickets;
  for (const Job& job : jobs_)
    tickets.insert(tickets.end(), job.tickets.begin(), job.tickets.end());
  jobs_.clear();
  return tickets;
}

}  // namespace minidvr::controls
