#include "http/connection_writer.hpp"

#include "core/first_of.hpp"
#include "http/send_queue.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

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

Task<> write_some(Transport& transport, std::span<const net::const_buffer> buffers, error_code& ec,
                  std::size_t& written) {
  std::tie(ec, written) = co_await transport.async_write_some(buffers, as_tuple);
}

}  // namespace

Task<bool> ConnectionWriter::write(std::span<const net::const_buffer> buffers) {
  std::vector<net::const_buffer> rest(buffers.begin(), buffers.end());
  consume(rest, 0);
  if (transport_.is_encrypted()) co_return co_await write_encrypted(std::move(rest));
  auto& socket = transport_.socket();
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

// A record at a time, which is what OpenSSL encrypts in one go (16 KiB): others get their turn in
// between.
Task<bool> ConnectionWriter::write_encrypted(std::vector<net::const_buffer> rest) {
  error_code ec;
  while (!ec && !rest.empty()) {
    std::size_t written = 0;
    auto writing = write_some(transport_, rest, ec, written);
    const bool goes_on =
        co_await while_taken(transport_.socket(), limits_.write_time, std::move(writing));
    if (!goes_on) co_return false;
    consume(rest, written);
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
      ::setsockopt(transport_.socket().native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT,
                   &kUnsentBytes, sizeof kUnsentBytes);
}

Task<> close_gently(Transport& transport, SteadyTime deadline) {
  if (transport.is_encrypted()) co_await within(deadline - Steady::now(), transport.end_tls());
  auto& socket = transport.socket();
  error_code ec;
  socket.shutdown(net::ip::tcp::socket::shutdown_send, ec);
  if (!ec) co_await within(deadline - Steady::now(), discard_input(socket));
  socket.close(ec);
}

}  // namespace minidvr::http
