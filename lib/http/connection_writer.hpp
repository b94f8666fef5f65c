// Writing to a client, with patience that ends.
#pragma once

#include "core/asio.hpp"
#include "core/clock.hpp"
#include "http/limits.hpp"
#include "http/transport.hpp"

#include <span>
#include <string_view>
#include <vector>

#include <boost/asio/buffer.hpp>

namespace minidvr::http {

class ConnectionWriter {
 public:
  ConnectionWriter(Transport& transport, const Limits& limits)
      : transport_(transport), limits_(limits) {}

  // Writes all of it. False when the client is gone, or took nothing for limits.write_time; the
  // connection is of no use then.
  Task<bool> write(std::span<const net::const_buffer> buffers);
  Task<bool> write(std::string_view text);

  // Makes the kernel hold little unsent data, so that a client that falls behind sees a newer frame
  // next instead of a backlog.
  void prefer_fresh_data();

 private:
  Task<bool> write_encrypted(std::vector<net::const_buffer> rest);

  Transport& transport_;
  const Limits& limits_;
};

// Ends a connection so that the client sees what was written last: closing while unread bytes
// arrive would reset it.
Task<> close_gently(Transport& transport, SteadyTime deadline);

}  // namespace minidvr::http
