// Handshakes, messages and frames as no browser sends them.
#include "integration/http/attacks.hpp"

namespace minidvr::test {
namespace {

const std::string kAllowed =
    R"(allowed is {"command": "start"}, or "stop", "status", "mark", "controls:list", "controls:set" in )"
    R"(place of "start", with an optional "request_id")";

// The handshake with `from` replaced.
std::string handshake_with(const std::string& from, const std::string& to) {
  std::string text = handshake();
  return text.replace(text.find(from), from.size(), to);
}

// With a length of its own, which may be longer than it need be.
std::string frame_with_length(const std::string& length, const std::string& payload) {
  return "\x81" + length + std::string(4, '\0') + payload;
}

std::string continuation_with_length(const std::string& length, const std::string& payload) {
  std::string text = frame_with_length(length, payload);
  text[0] = '\x80';
  return text;
}

std::string close_frame(unsigned code, const std::string& reason = {}) {
  std::string payload;
  payload += static_cast<char>(code >> 8U);
  payload += static_cast<char>(code & 0xffU);
  return frame(Opcode::close, payload + reason);
}

}  // namespace

std::vector<Attack> broken_handshakes() {
  const std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  const std::string only =
      "only WebSocket is spoken here: send GET, HTTP/1.1, with 'Connection: Upgrade' and "
      "'Upgrade: websocket'";
  const std::string version = "the Sec-WebSocket-Version must be 13";
  const std::string bad_key = "the Sec-WebSocket-Key must be 16 bytes in Base64, once";
  return {
      {get_request("/ws"), k426, only},
      {handshake_with("Connection: Upgrade", "Connection: close"), k426, only, true},
      {handshake_with("Upgrade: websocket", "Upgrade: h2c"), k426, only},
      {handshake_with("HTTP/1.1", "HTTP/1.0"), k426, only, true},
      {handshake_with("GET /ws", "POST /ws"), k405, "allowed here: GET, HEAD, OPTIONS"},
      {handshake_with("Version: 13", "Version: 8"), k426, version},
      {handshake_with("Version: 13", "Version: 13, 8"), k426, version},
      {handshake_with(key, ""), k400, bad_key},
      {handshake_with(key, key + key), k400, bad_key},
      {handshake_with("dGhlIHNhbXBsZSBub25jZQ==", "short"), k400, bad_key},
      {handshake_with("dGhlIHNhbXBsZSBub25jZQ==", std::string(2000, 'A') + "=="), k400, bad_key},
      {handshake_with("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZ<=="), k400, bad_key},
      {handshake("Origin: http://evil.example\r\n"), k403, ""},
      {handshake("Origin: http://test:8000\r\n"), k403, ""},
      {handshake("Origin: null\r\n"), k403, ""},
      {handshake("Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: websocket\r\n"), k403, ""},
      {handshake("Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n"), k403, ""},
      {handshake_with("Host: test", "Host: rebound.example"), k421, ""},
      // Frames before the answer to the handshake.
      {handshake() + frame(Opcode::text, R"({"command":"stop"})"), k400,
       "nothing may be sent before the WebSocket handshake is answered", true},
      {handshake_with("Version: 13", "Version: 8") + frame(Opcode::text, R"({"command":"stop"})"),
       k426, version, true},
  };
}

std::vector<WebSocketAttack> odd_messages() {
  const std::string not_json = "the message is not JSON; " + kAllowed;
  const std::string no_object = "the message is not an object; " + kAllowed;
  const std::string no_string = "the command must be a string; " + kAllowed;
  const std::string bad_id = "request_id must be a string of at most 128 bytes";
  const std::string too_long = "the message is too long; allowed are 64 KiB";
  const std::string binary = "binary messages are not understood; send JSON as text";
  const auto text = [](std::string_view payload) { return frame(Opcode::text, payload); };
  return {
      {text(""), 0, not_json},
      {text("stop"), 0, not_json},
      {text("{"), 0, not_json},
      {text(R"({"command":"stop"} x)"), 0, not_json},
      {text("{'command':'stop'}"), 0, not_json},
      {text(std::string(10000, '[')), 0, not_json},
      {text(std::string(10000, '{')), 0, not_json},
      {text(R"({"command":"stop","x":NaN})"), 0, not_json},
      {text("\xEF\xBB\xBF{\"command\":\"stop\"}"), 0, not_json},
      {text("[]"), 0, no_object},
      {text("17"), 0, no_object},
      {text("\"stop\""), 0, no_object},
      {text("null"), 0, no_object},
      {text("{}"), 0, "there is no command; " + kAllowed},
      {text(R"({"request_id":"1"})"), 0, "there is no command; " + kAllowed},
      {text(R"({"command":1})"), 0, no_string},
      {text(R"({"command":null})"), 0, no_string},
      {text(R"({"command":["stop"]})"), 0, no_string},
      {text(R"({"command":123456789012345678901234567890})"), 0, no_string},
      {text(R"({"command":"STOP"})"), 0, "'STOP' is not a command; " + kAllowed},
      {text(R"({"command":"rm -rf"})"), 0, "'rm -rf' is not a command; " + kAllowed},
      {text(R"({"command":"stop","request_id":5})"), 0, bad_id},
      {text(R"({"command":"stop","request_id":{}})"), 0, bad_id},
      {text(R"({"command":"stop","request_id":")" + std::string(129, 'x') + "\"}"), 0, bad_id},
      {text(R"({"command":"mark","label":5})"), 0, ""},
      {text(R"({"command":"controls:list","refresh":"yes"})"), 0, "refresh must be true or false"},
      {text(R"({"command":"controls:set","id":"--all","value":1})"), 0, ""},
      {text(R"({"command":"controls:set","id":"brightness","value":"1;reboot"})"), 0, ""},
      {frame(Opcode::binary, R"({"command":"stop"})"), 0, binary},
      {frame(Opcode::binary, ""), 0, binary},
      {frame(Opcode::binary, std::string(200'000, '\xff')), 0, binary},
      {text(std::string(65537, ' ')), 0, too_long},
      {text(std::string(3'000'000, 'x')), 0, too_long},
      {frame(Opcode::text, "{\"comm", false) + frame(Opcode::ping, "between") +
           frame(Opcode::continuation, "and\":\"x\"}"),
       0, "'x' is not a command; " + kAllowed},
  };
}

std::vector<WebSocketAttack> broken_frames() {
  const std::string stop = R"({"command":"stop"})";
  return {
      {frame(Opcode::text, "\xff\xfe"), 1007, ""},
      {frame(Opcode::text, "\xc0\xaf"), 1007, ""},
      {frame(Opcode::text, "\xed\xa0\x80"), 1007, ""},
      // A character that is cut off, and one that is broken over two frames.
      {frame(Opcode::text, "\xe2\x82"), 1007, ""},
      {frame(Opcode::text, "\xe2", false) + frame(Opcode::continuation, "\x28\xa1"), 1007, ""},
      {frame(Opcode::text, stop, true, false), 1002, ""},  // not masked
      {frame(Opcode::ping, "x", true, false), 1002, ""},
      {frame(static_cast<Opcode>(3), "x"), 1002, ""},  // unknown opcodes
      {frame(static_cast<Opcode>(7), "x"), 1002, ""},
      {frame(static_cast<Opcode>(11), "x"), 1002, ""},
      {frame(static_cast<Opcode>(15), "x"), 1002, ""},
      {frame(Opcode::continuation, stop), 1002, ""},  // continues nothing
      {frame(Opcode::continuation, stop, false), 1002, ""},
      {frame(Opcode::text, "a", false) + frame(Opcode::text, stop), 1002, ""},
      {frame(Opcode::text, "a", false) + frame(Opcode::binary, "b"), 1002, ""},
      {frame(Opcode::ping, std::string(126, 'x')), 1002, ""},  // control frames
      {frame(Opcode::pong, std::string(126, 'x')), 1002, ""},
      {frame(Opcode::close, std::string(126, 'x')), 1002, ""},
      {frame(Opcode::ping, "x", false), 1002, ""},
      {frame(Opcode::close, "", false), 1002, ""},
      {frame(static_cast<Opcode>(0x41), stop), 1002, ""},  // reserved bits
      {frame(static_cast<Opcode>(0x21), stop), 1002, ""},
      {frame(static_cast<Opcode>(0x11), stop), 1002, ""},
      // Lengths that could have been shorter.
      {frame_with_length(std::string("\xfe\0\x02", 3), "{}"), 1002, ""},
      {frame_with_length(std::string("\xff\0\0\0\0\0\0\0\x02", 9), "{}"), 1002, ""},
      // More than anybody would wait for, at once or piece by piece.
      {frame_with_length("\xff" + std::string(8, '\xff'), stop), 1009, ""},
      {frame_with_length("\xff\x7f" + std::string(7, '\xff'), stop), 1009, ""},
      {frame_with_length(std::string("\xff\0\0\0\0\x01\0\0\x01", 9), stop), 1009, ""},
      {frame(Opcode::text, stop, false) +
           continuation_with_length("\xff" + std::string(8, '\xff'), stop),
       1009, ""},
      {frame(Opcode::close, "x"), 1002, ""},  // half a close code
      {close_frame(0), 1002, ""},
      {close_frame(999), 1002, ""},
      {close_frame(1004), 1002, ""},
      {close_frame(1005), 1002, ""},
      {close_frame(1006), 1002, ""},
      {close_frame(1015), 1002, ""},
      {close_frame(2999), 1002, ""},
      {close_frame(1000, "\xff"), 1002, ""},
      {close_frame(1000), 1000, ""},  // an orderly end
      {close_frame(4000, "mine"), 4000, ""},
  };
}

}  // namespace minidvr::test
