// Work that blocks (fsync, directory scans) runs on a small pool, so that frames never wait for it.
#pragma once

#include "core/asio.hpp"

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

namespace minidvr {

using BlockingPool = net::thread_pool;

// Runs `job` on the pool and wakes the awaiting task on its own executor. The cancellation of the
// task does not reach the pool: a cancelled task still waits, because the job may refer to what the
// task owns.
Task<> run_on(BlockingPool& pool, std::function<void()> job);

// g++ 12 destroys a lambda twice that is written inside the co_await expression: name it first, and
// move it in.
//
// Runs `work` on the pool and returns its result to the awaiting task, or throws what it threw.
template <class Work>
Task<std::invoke_result_t<Work&>> run_blocking(BlockingPool& pool, Work work) {
  struct Job {
    explicit Job(Work w) : work(std::move(w)) {}
    Work work;
    std::optional<std::invoke_result_t<Work&>> result;
    std::exception_ptr failure;
  };
  const auto job = std::make_shared<Job>(std::move(work));
  std::function<void()> run = [job] {
    try {
      job->result.emplace(job->work());
    } catch (...) {
      job->failure = std::current_exception();
    }
  };
  co_await run_on(pool, std::move(run));
  if (job->failure) std::rethrow_exception(job->failure);
  co_return std::move(*job->result);
}

}  // namespace minidvr
