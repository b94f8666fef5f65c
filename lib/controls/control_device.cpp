#include "controls/control_device.hpp"

#include "controls/control_dependencies.hpp"
#include "controls/log_component.hpp"
#include "core/log.hpp"

#include <algorithm>
#include <utility>

namespace minidvr::controls {
namespace {

// A driver that makes up new nonsense in every listing stops being logged.
constexpr std::size_t kMostLoggedLines = 100;
// Readers that come all at once do so one shortly after the other; more than so many are given a
// moment to gather, for as long as there come more of them, and share one run.
constexpr std::size_t kCrowd = 3;
constexpr milliseconds kGather{40};
constexpr milliseconds kLongestGather{200};

// v4l2-ctl only says "Permission denied"; the listing may say who owns the control.
void explain(const ControlList& controls, SettingOutcome& outcome) {
  if (!outcome.error || outcome.error->code != Errc::wrong_state) return;
  const Control* control = find_control(controls, outcome.setting.id());
  auto reason = control == nullptr ? std::nullopt : why_not_settable(controls, *control);
  if (reason) outcome.error->detail = std::move(*reason);
}

}  // namespace

ControlDevice::ControlDevice(const net::any_io_executor& executor, TaskGroup& tasks,
                             CameraTool tool, WriteQueue::Limits limits)
    : tool_(tasks, std::move(tool)), queue_(limits), work_(executor), done_(executor) {}

Task<> ControlDevice::run() {
  for (;;) {
    auto action = queue_.next(Steady::now());
    if (auto* job = std::get_if<WriteQueue::Start>(&action)) {
      co_await perform(std::move(*job));
    } else if (asked_ > begun_) {
      if (askers_ >= kCrowd) co_await gather();
      co_await refresh();
    } else if (const auto* pause = std::get_if<WriteQueue::WaitUntil>(&action)) {
      co_await work_.wait_until(pause->time);
    } else {
      co_await work_.wait();
    }
  }
}

Task<Result<ControlListPtr>> ControlDevice::list(Steady::duration oldest) {
  if (newest_ && Steady::now() - listed_at_ <= oldest) co_return newest_;
  // A run that is under way began before this call and may have missed what the caller is after.
  const auto wanted = begun_ + 1;
  const auto failures = failures_;
  asked_ = std::max(asked_, wanted);
  ++askers_;
  work_.notify();
  while (ended_ < wanted && failures_ == failures)
    co_await done_.wait();
  if (ended_ < wanted) co_return last_failure_;
  co_return newest_;
}

Task<Result<JobOutcome>> ControlDevice::carry_out(Setting setting) {
  return wait_for(queue_.push(std::move(setting)));
}

Task<Result<JobOutcome>> ControlDevice::carry_out(std::vector<Setting> settings) {
  return wait_for(queue_.push_batch(std::move(settings)));
}

Task<ControlDevice::JobResult> ControlDevice::wait_for(Result<WriteQueue::Ticket> ticket) {
  if (!ticket) co_return ticket.error();
  const auto waiter = std::make_shared<std::optional<JobResult>>();
  waiters_.emplace(*ticket, waiter);
  work_.notify();
  while (!*waiter)
    co_await done_.wait();
  co_return std::move(**waiter);
}

Task<> ControlDevice::gather() const {
  for (milliseconds waited{0}; waited < kLongestGather; waited += kGather) {
    const auto before = askers_;
    co_await sleep_for(kGather);
    if (askers_ == before) co_return;
  }
}

Task<> ControlDevice::refresh() {
  const auto number = ++begun_;
  askers_ = 0;
  auto listing = co_await tool_.list();
  if (!listing) {
    // What was asked while this run was stuck shares its failure.
    asked_ = begun_;
    fail_all(listing.error());
    co_return;
  }
  ended_ = number;
  take(std::move(*listing));
  done_.notify();
}

Task<> ControlDevice::perform(WriteQueue::Start job) {
  auto result = co_await set_all(std::move(job.settings));
  queue_.finish();
  tell(job.tickets, result);
  if (!result) fail_all(result.error());
  done_.notify();
}

Task<ControlDevice::JobResult> ControlDevice::set_all(std::vector<Setting> settings) {
  JobOutcome outcome;
  for (std::size_t i = 0; i < settings.size(); ++i) {
    const bool is_last = i + 1 == settings.size();
    if (is_last) ++begun_;
    auto result =
        co_await tool_.set(settings[i], is_last ? V4l2Ctl::Then::list : V4l2Ctl::Then::nothing);
    if (!result) co_return result.error();
    outcome.settings.push_back({std::move(settings[i]), std::move(result->refusal)});
    if (is_last) {
      ended_ = begun_;
      take(std::move(*result->listing));
    }
  }
  outcome.controls = newest_;
  for (auto& setting : outcome.settings)
    explain(*outcome.controls, setting);
  co_return outcome;
}

void ControlDevice::take(Listing listing) {
  log_skipped(listing);
  const auto before =
      std::exchange(newest_, std::make_shared<const ControlList>(std::move(listing.controls)));
  listed_at_ = Steady::now();
  if (!before || !observer_) return;
  const auto changes = changes_between(*before, *newest_);
  if (!changes.empty()) observer_(changes);
}

// A device that does not answer now will not answer the next in line either, and they would all
// wait for the time limit, one after the other.
void ControlDevice::fail_all(const Error& error) {
  last_failure_ = error;
  ++failures_;
  tell(queue_.drop_waiting(), error);
  done_.notify();
}

void ControlDevice::tell(const std::vector<WriteQueue::Ticket>& tickets, const JobResult& result) {
  for (const auto ticket : tickets) {
    const auto found = waiters_.find(ticket);
    if (found == waiters_.end()) continue;
    found->second->emplace(result);
    waiters_.erase(found);
  }
}

void ControlDevice::log_skipped(const Listing& listing) {
  for (const auto& line : listing.skipped) {
    if (logged_lines_.size() == kMostLoggedLines) return;
    if (!logged_lines_.insert(line.text).second) continue;
    log::warning(kComponent, "skipped a line of v4l2-ctl ('{}'): {}", line.text, line.reason);
  }
}

}  // namespace minidvr::controls
