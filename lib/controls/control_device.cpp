#include "controls/control_device.hpp"

#include "controls/automatics.hpp"
#include "controls/log_component.hpp"
#include "core/log.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace minidvr::controls {
namespace {

// A driver that makes up new nonsense in every listing stops being logged.
constexpr std::size_t kMostLoggedLines = 100;
// So young a listing is believed when it says that there is nothing to do. An older one may not
// know what another program set.
constexpr milliseconds kJustListed{200};
// Whoever asks which camera it is may be cancelled, and tells nobody then.
constexpr milliseconds kLookAgain{100};

// What was not done before the camera was lost is not done.
void tell_lost(const std::vector<Write>& writes, const Error& error, JobAnswer& answer) {
  for (const Write& write : writes) {
    const bool is_told = std::any_of(answer.outcomes.begin(), answer.outcomes.end(),
                                     [&](const auto& one) { return one.id == write.id(); });
    if (!is_told) answer.outcomes.push_back({write.id(), error});
  }
  answer.lost = error;
}

bool have_same_ids(const ControlList& a, const ControlList& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Control& one, const Control& other) { return one.id == other.id; });
}

// What an automatic of the same writes holds since its turn was so until then, and can not be set.
bool is_taken_back(const ControlList& controls, const Write& write,
                   const std::vector<Write>& writes) {
  const Control* control = find_control(controls, write.id());
  if (control == nullptr || !has_flag(*control, "inactive")) return false;
  const auto owner = owner_of(controls, *control);
  return owner && std::any_of(writes.begin(), writes.end(), [&](const Write& other) {
           return other.id() == owner->automatic->id;
         });
}

// v4l2-ctl only says "Permission denied"; the listing may say who owns the control.
void explain(const ControlList& controls, ControlOutcome& outcome) {
  if (!outcome.error || outcome.error->code != Errc::wrong_state) return;
  const Control* control = find_control(controls, outcome.id);
  auto reason = control == nullptr ? std::nullopt : why_not_settable(controls, *control);
  if (reason) outcome.error->detail = std::move(*reason);
}

}  // namespace

Task<> ControlDevice::run() {
  for (;;) {
    if (const auto job = queue_.start(Steady::now())) {
      const auto answer = co_await perform(job->writes, queue_.lists_along());
      queue_.finish(answer);
    } else {
      co_await asked_.wait_until(queue_.next_start());
    }
  }
}

Task<Result<ControlListPtr>> ControlDevice::list(Steady::duration oldest) {
  const auto now = Steady::now();
  if (newest_ && now - listed_at_ <= oldest) co_return newest_;
  const auto answer = co_await answer_of(queue_.list(now));
  if (!answer) co_return answer.error();
  co_return answer->controls;
}

Task<Result<JobAnswer>> ControlDevice::carry_out(std::vector<Write> writes) {
  auto job = queue_.write(std::move(writes));
  if (!job) co_return job.error();
  co_return co_await answer_of(std::move(*job));
}

// Those who ask at the same time share one run.
Task<Result<CameraIdentity>> ControlDevice::identify() {
  while (!asking_.expired())
    co_await identified_.wait_until(Steady::now() + kLookAgain);
  const std::string path = tool_.device();
  if (identity_ && identified_at_ == path) co_return *identity_;
  auto asking = std::make_shared<bool>(true);
  asking_ = asking;
  is_forgotten_ = false;
  auto asked = co_await tool_.identify();
  if (asked && !is_forgotten_) {
    identity_ = *asked;
    identified_at_ = path;
  }
  asking.reset();
  identified_.notify();
  co_return asked;
}

void ControlDevice::forget_camera() {
  identity_.reset();
  is_forgotten_ = true;
}

Task<Result<JobAnswer>> ControlDevice::answer_of(JobPtr job) {
  asked_.notify();
  while (!job->answer)
    co_await job->answered.wait();
  co_return *job->answer;
}

Task<Result<JobAnswer>> ControlDevice::perform(std::vector<Write> writes, bool lists) {
  JobAnswer answer;
  const auto done = co_await carry_out_needed(writes, lists, answer);
  if (!done) {
    const auto& had = answer.outcomes;
    if (std::all_of(had.begin(), had.end(), [](const auto& one) { return one.error; })) {
      co_return done.error();
    }
    tell_lost(writes, done.error(), answer);
  }
  for (auto& outcome : answer.outcomes)
    explain(*newest_, outcome);
  answer.writes = std::move(writes);
  answer.controls = newest_;
  co_return answer;
}

// By now all that was asked before is done, whoever asked, and the newest listing tells of it.
Task<Result<>> ControlDevice::carry_out_needed(const std::vector<Write>& writes, bool lists,
                                               JobAnswer& answer) {
  auto needed = writes;
  auto so = take_out_what_is_so(needed);
  const bool is_old = Steady::now() - listed_at_ > kJustListed;
  if (needed.empty() && !so.empty() && (lists || is_old)) {
    const auto listed = co_await read_back();
    if (!listed) co_return listed.error();
    needed = std::exchange(so, {});
    so = take_out_what_is_so(needed);
  }
  if (!needed.empty() || so.empty()) {
    const auto done = co_await carry_out_now(needed, answer.outcomes);
    if (!done) co_return done.error();
  }
  // What another program changed meanwhile, or the camera along with the others, is not so any
  // more.
  needed = std::exchange(so, {});
  so = take_out_what_is_so(needed);
  std::erase_if(needed, [&](const Write& write) {
    const bool out = is_taken_back(*newest_, write, writes);
    if (out) so.push_back(write);
    return out;
  });
  if (!needed.empty()) {
    const auto done = co_await carry_out_now(needed, answer.outcomes);
    if (!done) co_return done.error();
  }
  for (const Write& write : so) {
    ControlOutcome outcome{write.id()};
    outcome.was_so = true;
    answer.outcomes.push_back(std::move(outcome));
  }
  answer.saved_runs = so.size();
  co_return Result<>();
}

Task<Result<>> ControlDevice::carry_out_now(const std::vector<Write>& writes,
                                            ControlOutcomes& outcomes) {
  bool has_hung = false;  // then a listing has a run, and the time, for itself
  for (const Write& write : writes) {
    const bool is_last = &write == &writes.back();
    auto result = co_await tool_.set(&write, is_last && !has_hung);
    if (!result) co_return lost(result.error());
    outcomes.push_back({write.id(), std::move(result->refusal)});
    if (result->listing) {
      take(std::move(*result->listing));
      co_return Result<>();
    }
    if (!result->timed_out) continue;
    // Is it that control alone, or the camera? Before the next one waits as long for nothing.
    has_hung = true;
    const auto listed = co_await read_back();
    if (!listed || is_last) co_return listed;
  }
  co_return co_await read_back();
}

Task<Result<>> ControlDevice::read_back() {
  auto result = co_await tool_.set(nullptr, true);
  if (!result) co_return lost(result.error());
  take(std::move(*result->listing));
  co_return Result<>();
}

Error ControlDevice::lost(Error error) {
  forget_camera();
  return error;
}

std::vector<Write> ControlDevice::take_out_what_is_so(std::vector<Write>& writes) const {
  std::vector<Write> so;
  if (!newest_) return so;
  std::erase_if(writes, [&](const Write& write) {
    const Control* control = find_control(*newest_, write.id());
    const bool out = write.if_needed() && control != nullptr && is_so(*control, write);
    if (out) so.push_back(write);
    return out;
  });
  return so;
}

void ControlDevice::take(Listing listing) {
  log_skipped(listing);
  tell_owners(listing.controls);
  const auto before =
      std::exchange(newest_, std::make_shared<const ControlList>(std::move(listing.controls)));
  listed_at_ = Steady::now();
  if (!before) return;
  if (!have_same_ids(*before, *newest_)) forget_camera();
  if (!observer_) return;
  const auto changes = changes_between(*before, *newest_);
  if (!changes.empty()) observer_(changes);
}

void ControlDevice::log_skipped(const Listing& listing) {
  for (const auto& line : listing.skipped) {
    if (logged_lines_.size() == kMostLoggedLines) return;
    if (!logged_lines_.insert(line.text).second) continue;
    log::warning(kComponent, "skipped a line of v4l2-ctl ('{}'): {}", line.text, line.reason);
  }
}

}  // namespace minidvr::controls
