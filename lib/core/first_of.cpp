#include "core/first_of.hpp"

#include "core/event.hpp"

#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>

namespace minidvr {

Task<std::size_t> first_of(Task<> one, Task<> other) {
  const auto executor = co_await net::this_coro::executor;
  auto both = net::experimental::make_parallel_group(
      net::co_spawn(executor, std::move(one), net::deferred),
      net::co_spawn(executor, std::move(other), net::deferred));
  const net::experimental::wait_for_one condition;
  const auto [order, failure, other_failure] =
      co_await both.async_wait(condition, net::use_awaitable);
  const std::size_t first = order[0];
  if (const auto& error = first == 0 ? failure : other_failure) std::rethrow_exception(error);
  co_return first;
}

Task<bool> within(Steady::duration limit, Task<> task) {
  co_return co_await first_of(std::move(task), sleep_for(limit)) == 0;
}

}  // namespace minidvr
