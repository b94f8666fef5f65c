#include "process/supervised_process.hpp"

#include "core/limited_log.hpp"
#include "process/line_reader.hpp"

#include <csignal>
#include <memory>
#include <utility>

#include <boost/asio/this_coro.hpp>

namespace minidvr::process {
namespace {

// A child that prints without end must not fill the journal.
constexpr unsigned kChildLinesPerMinute = 300;

}  // namespace

Task<> SupervisedProcess::run() {
  const auto executor = co_await net::this_coro::executor;
  hurried_.emplace(executor);
  RestartPolicy policy;
  bool is_restart = false;
  while (!stopping_) {
    const ChildSpec spec = make_spec_();
    const SteadyTime started = Steady::now();
    auto child = Child::spawn(executor, tasks_, spec);
    if (child) {
      child_.emplace(std::move(*child));
      problem_.clear();
      if (std::exchange(is_restart, true)) {
        ++(std::exchange(was_asked_, false) ? restarts_.asked : restarts_.ended);
      }
      log::info(spec.name, "started, pid {}", child_->pid());
      const ExitStatus status = co_await child_->wait();
      child_.reset();
      problem_ = spec.name + " " + status.describe();
    } else if (problem_ != child.error().detail) {
      problem_ = child.error().detail;
      log::error(spec.name, "{}", problem_);
    }
    if (stopping_) break;
    const milliseconds delay = policy.next_delay(Steady::now() - started);
    if (child) log::warning(spec.name, "{}; starting it again in {} ms", problem_, delay.count());
    co_await wait_before_start(delay, policy);
  }
}

Task<> SupervisedProcess::wait_before_start(milliseconds delay, RestartPolicy& policy) {
  if (!hurries_) co_await hurried_->wait_until(Steady::now() + delay);
  // What is told while it is about to fail once more counts, too.
  if (std::exchange(hurries_, false)) policy = {};
}

void SupervisedProcess::hurry() {
  hurries_ = true;
  if (hurried_) hurried_->notify();
}

Task<> SupervisedProcess::stop() {
  stopping_ = true;
  if (child_) co_await child_->stop(stop_signal_, grace_);
}

void SupervisedProcess::restart(const std::string& why) {
  if (!child_) return;
  log::warning("mini-dvr", "ending pid {}: {}", child_->pid(), why);
  was_asked_ = true;
  child_->signal(SIGKILL);
}

std::function<void(std::string_view)> log_lines(
    std::string name, std::function<log::Level(std::string_view line)> level_of) {
  auto lines = std::make_shared<log::LimitedLog>(name, kChildLinesPerMinute);
  auto reader = std::make_shared<LineReader>(
      [name, level_of = std::move(level_of), lines](std::string_view line) {
        // ustreamer underlines its start with a bar; it says nothing.
        if (line.find_first_not_of("-= \t") == std::string_view::npos) return;
        lines->write(level_of(line), name, line);
      });
  return [reader](std::string_view bytes) { reader->feed(bytes); };
}

}  // namespace minidvr::process
