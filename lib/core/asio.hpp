// The few names of Boost.Asio that every room uses.
#pragma once

#include <chrono>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

namespace minidvr {

namespace net = boost::asio;
using boost::system::error_code;
using namespace std::chrono_literals;

// A coroutine. It runs on the one I/O thread unless it says otherwise.
template <class T = void>
using Task = net::awaitable<T>;

// Completion token: `auto [ec, n] = co_await socket.async_read_some(buffer, as_tuple);`
inline constexpr net::as_tuple_t<net::use_awaitable_t<>> as_tuple{net::use_awaitable};

}  // namespace minidvr
