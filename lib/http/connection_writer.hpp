// Writing to a client, with patience that ends.
#pragma once

#include "core/asio.hpp"
#include "core/clock.hpp"
#include "http/limits.hpp"

#include <span>
#include <string_view>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>

namespace minidvr::http {

class ConnectionWriter {
 public:
  ConnectionWriter(boost::beast::tcp_stream& stream, const Limits& limits)
      : stream_(stream), limits_(limits) {}

  // Writes all of it. False when the client is gone, or took nothing for limits.write_time; the
  // connection is of no use then.
  Task<bool> write(std::span<const net::const_buffer> buffers);
  Task<bool> write(std::string_view text);

  // Makes the kernel hold little unsent data, so that a client that falls behind sees a newer frame
  // next instead of a backlog.
  void prefer_fresh_data();

 private:
  boost::beast::tcp_stream& stream_;
  const Limits& limits_;
};

// Ends a connection so that the client sees what was written last: closing while unread bytes
// arrive would reset it.
Task<> close_gently(boost::beast::tcp_stream& stream, SteadyTime deadline);

}  // namespace minidvr::http
