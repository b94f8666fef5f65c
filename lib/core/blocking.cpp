#include "core/blocking.hpp"

namespace minidvr {

// Not co_spawn on the pool: its cancellation would be delivered on one of the pool's threads while
// the job runs on another.
Task<> run_on(BlockingPool& pool, std::function<void()> job) {
  auto initiation = [&pool, &job](auto handler) {
    auto work = net::make_work_guard(net::get_associated_executor(handler));
    net::post(pool, [job = std::move(job), handler = std::move(handler),
                     work = std::move(work)]() mutable {
      job();
      job = nullptr;
      const auto executor = work.get_executor();
      net::dispatch(executor, std::move(handler));
    });
  };
  co_await net::async_initiate<const net::use_awaitable_t<>, void()>(std::move(initiation),
                                                                     net::use_awaitable);
}

}  // namespace minidvr
