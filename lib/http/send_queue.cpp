#include "http/send_queue.hpp"

#include "core/event.hpp"
#include "core/first_of.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <linux/sockios.h>
#include <sys/ioctl.h>

namespace minidvr::http {
namespace {

using tcp = net::ip::tcp;

// Nothing wakes us when the queue is empty. What is small is taken within the time of a packet's
// way there and back.
constexpr std::chrono::milliseconds kFirstLook{20};
constexpr std::chrono::milliseconds kLongestPause{500};

int queued_bytes(tcp::socket& socket) {
  int bytes = 0;
  return ::ioctl(socket.native_handle(), SIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

Task<> wait_for(tcp::socket& socket, tcp::socket::wait_type event, bool& happened) {
  const auto [ec] = co_await socket.async_wait(event, as_tuple);
  happened = !ec;
}

Task<> until_nothing_is_taken(tcp::socket& socket, Steady::duration patience) {
  for (;;) {
    const int before = queued_bytes(socket);
    co_await sleep_for(patience);
    if (!socket.is_open() || queued_bytes(socket) >= before) co_return;
  }
}

}  // namespace

Task<bool> while_taken(tcp::socket& socket, Steady::duration patience, Task<> writing) {
  const auto first =
      co_await first_of(std::move(writing), until_nothing_is_taken(socket, patience));
  co_return first == 0;
}

Task<bool> wait_for_room(tcp::socket& socket, Steady::duration patience) {
  for (;;) {
    const int before = queued_bytes(socket);
    bool writable = false;
    auto waiting = wait_for(socket, tcp::socket::wait_write, writable);
    co_await within(patience, std::move(waiting));
    if (writable) co_return true;
    if (!socket.is_open() || queued_bytes(socket) >= before) co_return false;
  }
}

Task<bool> wait_until_taken(tcp::socket& socket, Steady::duration patience) {
  Steady::duration pause = kFirstLook;
  int least = queued_bytes(socket);
  auto progress = Steady::now();
  while (least > 0) {
    bool readable = false;
    auto waiting = wait_for(socket, tcp::socket::wait_read, readable);
    const bool ended = co_await within(pause, std::move(waiting));
    if (ended) co_return readable;
    pause = std::min<Steady::duration>(2 * pause, kLongestPause);
    const int now = queued_bytes(socket);
    if (now < least) progress = Steady::now();
    least = std::min(least, now);
    if (Steady::now() - progress > patience) co_return false;
  }
  co_return true;
}

}  // namespace minidvr::http
