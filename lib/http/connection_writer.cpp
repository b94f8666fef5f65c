#include "http/connection_writer.hpp"

#include "core/first_of.hpp"
#include "http/send_queue.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <netinet/tcp.h>

namespace minidvr::http {
namespace {

// What the kernel needs to keep a fast link busy until we are woken; on a link of 30 KB/s half a
// second, which is how much older than necessary the next frame may be.
constexpr int kUnsentBytes = 16 * 1024;

void consume(std::vector<net::const_buffer>& buffers, std::size_t bytes) {
  auto it = buffers.begin();
  while (it != buffers.end() && bytes >= it->size()) {
    bytes -= it->size();
    ++it;
  }
  buffers.erase(buffers.begin(), it);
  if (!buffers.empty()) buffers.front() += bytes;
}

Task<> discard_input(net::ip::tcp::socket& socket) {
  std::array<char, 16 * 1024> rubbish;
  for (;;) {
    const auto [ec, n] = co_await socket.async_read_some(net::buffer(rubbish), as_tuple);
    if (ec) co_return;
  }
}

}  // namespace

Task<bool> ConnectionWriter::write(std::span<const net::const_buffer> buffers) {
  std::vector<net::const_buffer> rest(buffers.begin(), buffers.end());
  consume(rest, 0);
  auto& socket = stream_.socket();
  error_code ec;
  socket.non_blocking(true, ec);
  while (!ec && !rest.empty()) {
    consume(rest, socket.write_some(rest, ec));
    if (ec != net::error::would_block) continue;
    const bool goes_on = co_await wait_for_room(socket, limits_.write_time);
    if (!goes_on) co_return false;
    ec.clear();
  }
  co_return !ec;
}

Task<bool> ConnectionWriter::write(std::string_view text) {
  const std::array buffers = {net::const_buffer(text.data(), text.size())};
  co_return co_await write(buffers);
}

void ConnectionWriter::prefer_fresh_data() {
  // Failing to set it costs freshness, nothing else.
  [[maybe_unused]] const int result =
      ::setsockopt(stream_.socket().native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kUnsentBytes,
                   sizeof kUnsentBytes);
}

Task<> close_gently(boost::beast::tcp_stream& stream, SteadyTime deadline) {
  auto& socket = stream.socket();
  error_code ec;
  socket.shutdown(net::ip::tcp::socket::shutdown_send, ec);
  if (!ec) co_await within(deadline - Steady::now(), discard_input(socket));
  socket.close(ec);
}

}  // namespace minidvr::http
