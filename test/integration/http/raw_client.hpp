// A client that sends exactly what it is told, and never waits for ever.
#pragma once

#include "core/file.hpp"
#include "integration/http/status_lines.hpp"
#include "support/patience.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <catch2/catch.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace minidvr::test {

struct RawResponse {
  std::string status_line;  // "HTTP/1.1 200 OK"; empty: the connection was closed without an answer
  std::map<std::string, std::string> headers;
  std::string body;
};

// The text of a field of a JSON object.
inline std::string field(const boost::json::value& object, std::string_view name) {
  return boost::json::value_to<std::string>(object.at(name));
}

class RawClient {
 public:
  // `from`: the loopback address that it comes from.
  explicit RawClient(std::uint16_t port, int receive_buffer = 0, const char* from = "127.0.0.1")
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    REQUIRE(fd_.get() >= 0);
    if (receive_buffer > 0) {
      ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    const timeval patience{kPatience.count(), 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    REQUIRE(::inet_pton(AF_INET, from, &address.sin_addr) == 1);
    const sockaddr own = generic(address);
    REQUIRE(::bind(fd_.get(), &own, sizeof address) == 0);
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const sockaddr server = generic(address);
    REQUIRE(::connect(fd_.get(), &server, sizeof address) == 0);
  }

  // False when the server has closed.
  bool send(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t n = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  void end_sending() const { ::shutdown(fd_.get(), SHUT_WR); }

  // Reads until there are `bytes` in the buffer. False at the end of the connection.
  bool fill(std::size_t bytes) {
    while (buffer_.size() < bytes) {
      if (!read_more()) return false;
    }
    return true;
  }

  std::string take(std::size_t bytes) {
    bytes = std::min(bytes, buffer_.size());
    std::string text = buffer_.substr(0, bytes);
    buffer_.erase(0, bytes);
    return text;
  }

  // Up to and with `end`; empty when the connection ends first.
  std::string take_until(std::string_view end) {
    for (;;) {
      if (const auto at = buffer_.find(end); at != std::string::npos) return take(at + end.size());
      if (!read_more()) return {};
    }
  }

  RawResponse response(bool with_body = true) {
    RawResponse result;
    std::string head = take_until("\r\n\r\n");
    result.status_line = head.substr(0, head.find('\r'));
    while (!head.empty()) {
      const auto end = head.find("\r\n");
      const std::string line = head.substr(0, end);
      head.erase(0, end + 2);
      if (const auto colon = line.find(": "); colon != std::string::npos) {
        result.headers[line.substr(0, colon)] = line.substr(colon + 2);
      }
    }
    if (with_body && result.headers.contains("Content-Length")) {
      const auto size = std::stoul(result.headers["Content-Length"]);
      fill(size);
      result.body = take(size);
    }
    return result;
  }

  RawResponse get(const std::string& target) {
    send("GET " + target + " HTTP/1.1\r\nHost: test\r\n\r\n");
    return response();
  }

  // True when the server has closed in an orderly way and nothing is left to read.
  bool at_end() {
    if (!buffer_.empty()) return false;
    char byte = 0;
    return ::recv(fd_.get(), &byte, 1, 0) == 0;
  }

  // True when something, or the end, can be read now.
  bool readable(std::chrono::milliseconds patience) const {
    pollfd entry{fd_.get(), POLLIN, 0};
    return ::poll(&entry, 1, static_cast<int>(patience.count())) == 1;
  }

 private:
  static sockaddr generic(const sockaddr_in& address) {
    sockaddr result{};
    static_assert(sizeof result == sizeof address);
    std::copy_n(reinterpret_cast<const char*>(&address), sizeof address,
                reinterpret_cast<char*>(&result));
    return result;
  }

  bool read_more() {
    char chunk[16384];
    const ssize_t n = ::recv(fd_.get(), chunk, sizeof chunk, 0);
    if (n <= 0) return false;
    buffer_.append(chunk, static_cast<std::size_t>(n));
    return true;
  }

  FileDescriptor fd_;
  std::string buffer_;
};

}  // namespace minidvr::test
