// What clients send, damaged; see run_mutated.hpp.
#include "run_mutated.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace {

using namespace std::string_view_literals;

constexpr std::size_t kLongestInput = 12'000;

std::string request(std::string_view line, std::string_view headers = {},
                    std::string_view body = {}) {
  return fmt::format("{} HTTP/1.1\r\nHost: localhost\r\n{}{}\r\n{}", line, headers,
                     body.empty() ? std::string()
                                  : fmt::format("Content-Length: {}\r\nContent-Type: "
                                                "application/json\r\n",
                                                body.size()),
                     body);
}

// A masked frame, as clients send them; the mask is 0, so that its text can be found by a fuzzer.
std::string frame(unsigned first, std::string_view text) {
  std::string result{static_cast<char>(first)};
  if (text.size() < 126) {
    result += static_cast<char>(0x80 | text.size());
  } else {
    result += static_cast<char>(0x80 | 126);
    result += static_cast<char>(text.size() >> 8);
    result += static_cast<char>(text.size() & 0xff);
  }
  return result + std::string(4, '\0') + std::string(text);
}

std::string websocket(const std::vector<std::string>& frames) {
  std::string all = request("GET /ws",
                            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: "
                            "13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
  for (const auto& one : frames)
    all += one;
  return all;
}

std::vector<std::string> seeds() {
  constexpr unsigned kText = 0x81;
  constexpr unsigned kPing = 0x89;
  constexpr unsigned kClose = 0x88;
  return {
      request("GET /"),
      request("GET /static/app.js", "Range: bytes=1-3\r\nIf-None-Match: \"x\"\r\n"),
      request("HEAD /status"),
      request("GET /health?x=%41&x=2", "Accept-Encoding: gzip\r\n") + request("GET /status"),
      request("GET http://localhost/api/controls?refresh=1"),
      request("POST /api/recording", {}, R"({"on": true, "request_id": "a"})"),
      request("POST /api/controls", {}, R"({"values": {"brightness": 5, "gain": 1e9}})"),
      request("POST /api/controls/gain", {}, R"({"action": "default"})"),
      request("PUT /api/presets/Bench%201", {}, R"({"values": {"brightness": 5}})"),
      request("DELETE /api/presets/a", "Origin: http://localhost\r\n"),
      request("POST /api/recording", "Expect: 100-continue\r\n", R"({"on": false})"),
      request("POST /api/recording", "Transfer-Encoding: chunked\r\n") +
          "d\r\n{\"on\": false}\r\n0\r\n\r\n",
      request("OPTIONS *", "Connection: close\r\n"),
      request("GET /stream"),
      request("GET /snapshot"),
      request("GET /metrics", "Authorization: Basic YTpi\r\nCookie: a=b; c=\"d\"\r\n"),
      websocket({frame(kText, R"({"command": "status", "request_id": 1})"), frame(kPing, "x")}),
      websocket({frame(kText, R"({"command": "start"})"), frame(kText, R"({"command": "stop"})")}),
      websocket({frame(0x01, R"({"command": )"), frame(0x80, R"("controls:list"})")}),
      websocket({frame(kText, R"({"command": "controls:set", "id": "gain", "value": 3})"),
                 frame(kClose, "\x03\xe8")}),
  };
}

const std::vector kWords = {"\r\n"sv,
                            "\r\n\r\n"sv,
                            "\n"sv,
                            "Content-Length: 5\r\n"sv,
                            "Content-Length: 18446744073709551616\r\n"sv,
                            "Transfer-Encoding: chunked\r\n"sv,
                            "Transfer-Encoding: gzip, chunked\r\n"sv,
                            "Host: evil.example\r\n"sv,
                            "Host: [::1%25lo]:80\r\n"sv,
                            "Origin: null\r\n"sv,
                            "Range: bytes=-0,5-\r\n"sv,
                            "Range: bytes=18446744073709551615-\r\n"sv,
                            "Connection: Upgrade\r\n"sv,
                            "Expect: 100-continue\r\n"sv,
                            "%00"sv,
                            "%2e%2e%2f"sv,
                            "/../"sv,
                            "//"sv,
                            "%ff"sv,
                            "?limit=-1&from=1e99&to=x"sv,
                            "HTTP/1.0"sv,
                            "HTTP/2.0"sv,
                            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"sv,
                            "\\ud800"sv,
                            "[[[[[[[["sv,
                            "{\"a\":"sv,
                            "null"sv,
                            "1e999"sv,
                            "\x81\xfe\xff\xff"sv,
                            "\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff"sv,
                            "\x80\x80"sv,
                            "\xc1\x81"sv,
                            "\x88\x81"sv,
                            "\0"sv,
                            "\xff"sv};

}  // namespace

int main(int argc, char** argv) {
  constexpr unsigned long kInputs = 3'000;
  return minidvr::fuzz::run_mutated(argc, argv,
                                    {"damaged requests", kInputs, kLongestInput, seeds(), kWords});
}
