// A WebSocket client that can also do what no library would.
#pragma once

#include "integration/http/raw_client.hpp"

#include <string>
#include <string_view>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace minidvr::test {

enum class Opcode : unsigned {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10
};

struct Frame {
  Opcode opcode = Opcode::close;
  std::string payload;
};

inline std::string handshake(std::string_view more = {}) {
  return "GET /ws HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
         std::string(more) + "\r\n";
}

// A frame as a client sends it. The mask is zero, so the payload can be read in it.
inline std::string frame(Opcode opcode, std::string_view payload, bool last = true,
                         bool masked = true) {
  std::string text;
  text += static_cast<char>(static_cast<unsigned>(opcode) | (last ? 0x80U : 0U));
  const unsigned mask_bit = masked ? 0x80 : 0;
  const auto length = payload.size();
  if (length < 126) {
    text += static_cast<char>(length | mask_bit);
  } else {
    const bool is_long = length > 0xffff;
    text += static_cast<char>((is_long ? 127U : 126U) | mask_bit);
    for (int shift = is_long ? 56 : 8; shift >= 0; shift -= 8) {
      text += static_cast<char>((length >> shift) & 0xff);
    }
  }
  if (masked) text += std::string(4, '\0');
  return text + std::string(payload);
}

class WebSocketClient {
 public:
  // `more`: further header lines.
  explicit WebSocketClient(std::uint16_t port, int receive_buffer = 0, std::string_view more = {})
      : client_(port, receive_buffer) {
    client_.send(handshake(more));
    const auto response = client_.response(false);
    REQUIRE(response.status_line == "HTTP/1.1 101 Switching Protocols");
    REQUIRE(response.headers.at("Sec-WebSocket-Accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  }

  bool send(std::string_view text) { return client_.send(frame(Opcode::text, text)); }
  bool send_raw(std::string_view bytes) { return client_.send(bytes); }

  // The next frame, pings left out; a close frame with an empty payload at the end of the
  // connection.
  Frame receive() {
    for (;;) {
      if (!client_.fill(2)) return {};
      const std::string head = client_.take(2);
      std::size_t length = static_cast<unsigned char>(head[1]);
      if (length >= 126) {
        const std::size_t bytes = length == 126 ? 2 : 8;
        if (!client_.fill(bytes)) return {};
        length = 0;
        for (const char c : client_.take(bytes))
          length = length * 256 + static_cast<unsigned char>(c);
      }
      if (!client_.fill(length)) return {};
      Frame result{static_cast<Opcode>(static_cast<unsigned char>(head[0]) & 0x0fU),
                   client_.take(length)};
      if (result.opcode != Opcode::ping) return result;
    }
  }

  // The next message, as JSON; null when the connection ends.
  boost::json::value message() {
    const Frame next = receive();
    return next.opcode == Opcode::text ? boost::json::parse(next.payload) : boost::json::value();
  }

  // The next message that is no update.
  boost::json::value answer() {
    for (;;) {
      auto next = message();
      if (!next.is_object() || next.at("status") != "update") return next;
    }
  }

  RawClient& raw() { return client_; }

 private:
  RawClient client_;
};

inline unsigned close_code(const Frame& frame) {
  if (frame.opcode != Opcode::close || frame.payload.size() < 2) return 0;
  return static_cast<unsigned char>(frame.payload[0]) * 256U +
         static_cast<unsigned char>(frame.payload[1]);
}

}  // namespace minidvr::test
