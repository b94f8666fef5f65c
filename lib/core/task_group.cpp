#include "core/task_group.hpp"

#include "core/log.hpp"

#include <exception>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

namespace minidvr {
namespace {

// The message of an exception that is not a cancellation; empty otherwise.
std::string failure_of(const std::exception_ptr& error) {
  if (!error) return {};
  try {
    std::rethrow_exception(error);
  } catch (const boost::system::system_error& e) {
    return e.code() == net::error::operation_aborted ? std::string{} : e.what();
  } catch (const std::exception& e) {
    return e.what();
  }
}

}  // namespace

TaskGroup::TaskGroup(net::any_io_executor executor, FailureHandler on_failure)
    : executor_(std::move(executor)),
      on_failure_(std::move(on_failure)),
      state_(std::make_shared<State>(executor_)) {}

TaskGroup::~TaskGroup() = default;

// Boost 1.83 ends the program when a task throws before it has waited for anything, which one does
// that is cancelled before it begins. So it begins, and is cancelled where it waits first.
Task<> TaskGroup::begin(Running& running, Task<> task) {
  running.has_begun = true;
  if (running.is_cancelled) {
    auto cancel = [&running, there = std::weak_ptr(running.there)] {
      if (!there.expired()) running.cancellation.emit(net::cancellation_type::terminal);
    };
    net::post(co_await net::this_coro::executor, std::move(cancel));
  }
  co_await std::move(task);
}

void TaskGroup::spawn(std::string name, Task<> task) {
  auto& running = state_->running;
  const auto it = running.emplace(running.end());
  it->name = std::move(name);
  net::co_spawn(executor_, begin(*it, std::move(task)),
                net::bind_cancellation_slot(
                    it->cancellation.slot(), [state = state_, it, on_failure = on_failure_](
                                                 const std::exception_ptr& error) {
                      const std::string what = failure_of(error);
                      const std::string task_name = std::move(it->name);
                      state->running.erase(it);
                      state->changed.notify();
                      if (what.empty()) return;
                      log::error("mini-dvr", "task {} failed: {}", task_name, what);
                      if (on_failure) on_failure(task_name, what);
                    }));
}

void TaskGroup::cancel() {
  // A task may end, and leave the list, while it is being told: take the next one first.
  for (auto it = state_->running.begin(); it != state_->running.end();) {
    auto next = std::next(it);
    if (it->has_begun) {
      it->cancellation.emit(net::cancellation_type::terminal);
    } else {
      it->is_cancelled = true;
    }
    it = next;
  }
}

Task<> TaskGroup::join() {
  const auto state = state_;
  while (!state->running.empty())
    co_await state->changed.wait();
}

}  // namespace minidvr
