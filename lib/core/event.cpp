#include "core/event.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

namespace minidvr {

Task<> Event::throw_if_cancelled() {
  const auto state = co_await net::this_coro::cancellation_state;
  if (state.cancelled() != net::cancellation_type::none) {
    throw boost::system::system_error(net::error::operation_aborted);
  }
}

Task<> Event::wait_until(SteadyTime deadline) {
  using namespace net::experimental::awaitable_operators;
  if (deadline == SteadyTime::max()) {
    co_await wait();
    co_return;
  }
  net::steady_timer timeout(timer_.get_executor(), deadline);
  co_await (timer_.async_wait(as_tuple) || timeout.async_wait(as_tuple));
  co_await throw_if_cancelled();
}

Task<> sleep_for(Steady::duration duration) {
  net::steady_timer timer(co_await net::this_coro::executor, duration);
  co_await timer.async_wait(net::use_awaitable);
}

}  // namespace minidvr
