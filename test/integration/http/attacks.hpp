// What an attacker would try, and the answer to it that is documented: a list, by what is tried.
// attack_list_test.cpp sends all of it to a recorder that records.
#pragma once

#include "integration/http/status_lines.hpp"
#include "integration/http/websocket_client.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace minidvr::test {

struct Attack {
  std::string bytes;    // as they are sent
  std::string status;   // the first line of the answer
  std::string detail;   // of the answer, exactly; empty: not looked at
  bool closes = false;  // the connection ends with the answer; else it is still in step
  std::string from = "127.0.0.1";
};

// Requests to a recorder that asks for no password.
std::vector<Attack> rebound_names();      // DNS rebinding, hosts that mean two things
std::vector<Attack> foreign_pages();      // cross-site, and what claims to come from a proxy
std::vector<Attack> odd_request_lines();  // no HTTP, other versions, methods
std::vector<Attack> traversals();         // targets that lead elsewhere, absolute ones
std::vector<Attack> odd_headers();        // injected, folded, too large
std::vector<Attack> smuggled_requests();  // two lengths, chunks, what follows a body
std::vector<Attack> broken_handshakes();  // of WebSockets

struct WebSocketAttack {
  std::string bytes;   // one or more frames
  unsigned code = 0;   // the connection is closed with it; 0: it lives
  std::string detail;  // of the error that answers it
};
std::vector<WebSocketAttack> odd_messages();
std::vector<WebSocketAttack> broken_frames();

// Would stop the recording.
inline const std::string kStop = R"({"on":false})";

inline std::string get_request(const std::string& target, const std::string& headers = {}) {
  return "GET " + target + " HTTP/1.1\r\nHost: test\r\n" + headers + "\r\n";
}
inline std::string post_request(const std::string& headers, const std::string& body,
                                const std::string& target = "/api/recording") {
  return "POST " + target + " HTTP/1.1\r\nHost: test\r\n" + headers + "\r\n" + body;
}
inline std::string with_length(const std::string& body) {
  return "Content-Length: " + std::to_string(body.size()) + "\r\n";
}

}  // namespace minidvr::test
