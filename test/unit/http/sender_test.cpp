#include "http/sender.hpp"

#include "support/result_text.hpp"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::http;

namespace {

namespace ip = boost::asio::ip;

using SentLines = std::vector<std::pair<std::string, std::string>>;

constexpr const char* kStranger = "203.0.113.66";
constexpr const char* kOurEnd = "192.168.1.5";

Result<Sender> sender_by(const std::string& peer, const SentLines& lines,
                         const char* trusted = "127.0.0.1, ::1, 10.0.0.0/24") {
  boost::beast::http::fields fields;
  for (const auto& [name, value] : lines)
    fields.insert(name, value);
  return sender_of(ip::make_address(peer), ip::make_address(kOurEnd), fields,
                   parse_networks(trusted).value());
}

std::string who(const SentLines& lines, const std::string& peer = "127.0.0.1") {
  const auto sender = sender_by(peer, lines);
  return sender ? address_text(sender->address) : "refused";
}

}  // namespace

TEST_CASE("Who has no proxy in front asks himself, whatever he says") {
  const SentLines lies = {{"X-Forwarded-For", "10.1.1.1"},
                          {"X-Forwarded-Host", "localhost"},
                          {"X-Forwarded-Proto", "https"},
                          {"Forwarded", "for=10.2.2.2;host=localhost;proto=https"}};
  const auto sender = sender_by(kStranger, lies).value();
  CHECK(sender.address == ip::make_address(kStranger));
  CHECK(sender.host.empty());
  CHECK_FALSE(sender.by_https);
  CHECK(sender.by_stranger);
  // Whom it names has to be let in beside it.
  CHECK(sender.named_by_stranger ==
        std::vector{ip::make_address("10.1.1.1"), ip::make_address("10.2.2.2")});
  CHECK_FALSE(sender_by(kStranger, {{"Host", "camera"}})->by_stranger);
  CHECK(sender_by(kStranger, {{"Host", "camera"}})->named_by_stranger.empty());
  CHECK(sender_by(kStranger, {{"X-Forwarded-For", "unknown"}})->named_by_stranger ==
        std::vector{ip::address()});
  // Without the setting nobody is believed.
  CHECK(sender_by("127.0.0.1", lies, "")->address == ip::make_address("127.0.0.1"));
}

TEST_CASE("A trusted proxy says who asks, for what, and how it came") {
  const auto sender = sender_by("127.0.0.1", {{"X-Forwarded-For", "203.0.113.9"},
                                              {"X-Forwarded-Host", "dvr.example.org:8443"},
                                              {"X-Forwarded-Proto", "https"}})
                          .value();
  CHECK(sender.peer == ip::make_address("127.0.0.1"));
  CHECK(sender.address == ip::make_address("203.0.113.9"));
  CHECK(sender.host == "dvr.example.org:8443");
  CHECK(sender.by_https);
  CHECK_FALSE(sender.by_stranger);
  CHECK(sender.named_by_stranger.empty());
  CHECK_FALSE(sender_by("127.0.0.1", {{"X-Forwarded-Proto", "http"}})->by_https);
  CHECK(sender_by("::ffff:127.0.0.1", {{"X-Forwarded-Proto", "wss"}})->by_https);
}

TEST_CASE("Of those who passed it on, the last that is not trusted asks") {
  CHECK(who({{"X-Forwarded-For", "203.0.113.9"}}) == "203.0.113.9");
  // What a client wrote itself stands in front.
  CHECK(who({{"X-Forwarded-For", "192.168.1.1, 203.0.113.9"}}) == "203.0.113.9");
  CHECK(who({{"X-Forwarded-For", "127.0.0.1, 203.0.113.9, 10.0.0.7"}}) == "203.0.113.9");
  CHECK(who({{"X-Forwarded-For", "192.168.1.1"}, {"X-Forwarded-For", "203.0.113.9, 10.0.0.7"}}) ==
        "203.0.113.9");
  CHECK(who({{"X-Forwarded-For", "10.0.0.9, 10.0.0.7"}}) == "10.0.0.9");
  // Who can not be read may be anybody, and is not the proxy.
  CHECK(who({{"X-Forwarded-For", "unknown"}}) == "unknown");
  CHECK(who({{"X-Forwarded-For", "203.0.113.9, unknown, 10.0.0.7"}}) == "unknown");
  CHECK(who({{"X-Forwarded-For", ""}}) == "unknown");
  CHECK(who({{"X-Forwarded-For", "203.0.113.9,"}}) == "203.0.113.9");
  CHECK(who({{"X-Forwarded-For", "10.0.0.7,unknown"}}) == "unknown");
  CHECK(who({}) == "127.0.0.1");
}

TEST_CASE("A quote that a client wrote does not swallow what the proxy writes behind it") {
  CHECK(who({{"X-Forwarded-For", "\", 8.8.8.8"}}) == "8.8.8.8");
  CHECK(who({{"X-Forwarded-For", "\""}, {"X-Forwarded-For", "8.8.8.8"}}) == "8.8.8.8");
  CHECK(who({{"Forwarded", "for=\"x, for=8.8.8.8"}}) == "unknown");
  CHECK(who({{"Forwarded", "for=127.0.0.1;by=\", for=8.8.8.8"}}) == "unknown");
  CHECK(who({{"Forwarded", "for=127.0.0.1;by=\", for=\"[2001:db8::9]:1\""}}) == "unknown");
  CHECK(who({{"Forwarded", "for=127.0.0.1;by=\"\\\", for=8.8.8.8"}}) == "8.8.8.8");
  const auto sender = sender_by(
      "127.0.0.1", {{"X-Forwarded-For", "8.8.8.8"}, {"X-Forwarded-Host", "\"evil, dvr.lan"}});
  CHECK(sender->host == "dvr.lan");
}

TEST_CASE("This machine itself asks by the loopback, or from the address that it asks") {
  CHECK(sender_by("127.0.0.1", {})->is_here);
  CHECK(sender_by("::1", {})->is_here);
  CHECK(sender_by(kOurEnd, {})->is_here);
  CHECK(sender_by(std::string("::ffff:") + kOurEnd, {})->is_here);
  CHECK_FALSE(sender_by("192.168.1.6", {})->is_here);
  CHECK_FALSE(sender_by("0.0.0.0", {})->is_here);
  // A proxy here asks for somebody.
  CHECK_FALSE(sender_by("127.0.0.1", {{"X-Forwarded-For", "203.0.113.9"}})->is_here);
  CHECK_FALSE(sender_by("127.0.0.1", {{"X-Forwarded-For", "unknown"}})->is_here);
  CHECK(sender_by("10.0.0.7", {{"X-Forwarded-For", "127.0.0.1"}})->is_here);
  // Whose connection is gone is nobody known.
  const boost::beast::http::fields none;
  CHECK_FALSE(sender_of(ip::address(), ip::address(), none, {})->is_here);
}

TEST_CASE("An address is read in each form that proxies write") {
  for (const char* text : {"203.0.113.9", " 203.0.113.9 ", "203.0.113.9:4711", "::ffff:203.0.113.9",
                           "[::ffff:203.0.113.9]:4711"})
    CHECK(who({{"X-Forwarded-For", text}}) == "203.0.113.9");
  for (const char* text : {"2001:DB8::9", "[2001:db8::9]", "[2001:db8::9]:4711"})
    CHECK(who({{"X-Forwarded-For", text}}) == "2001:db8::9");
}

TEST_CASE("The header of RFC 7239 says the same") {
  const auto sender =
      sender_by("10.0.0.1", {{"Forwarded", "for=192.168.1.1;host=evil.example"},
                             {"Forwarded",
                              "For=\"[2001:db8::9]:4711\";Proto=https;Host=\"dvr.example.org\", "
                              "for=10.0.0.7;host=inside;proto=http"}})
          .value();
  CHECK(sender.address == ip::make_address("2001:db8::9"));
  CHECK(sender.host == "dvr.example.org");
  CHECK(sender.by_https);
  CHECK(who({{"Forwarded", "for=_hidden"}}) == "unknown");
  CHECK(who({{"Forwarded", "proto=https"}}) == "unknown");
  CHECK(who({{"Forwarded", ";;,=,for"}}) == "unknown");
}

TEST_CASE("A header that the proxy did not write is not taken for one that it did") {
  const SentLines differ = {{"X-Forwarded-For", "203.0.113.9"}, {"Forwarded", "for=192.168.1.1"}};
  CHECK(who(differ) == "refused");
  CHECK(sender_by("127.0.0.1", differ).error().detail ==
        "X-Forwarded-For and Forwarded name different clients; the proxy at 127.0.0.1 must write "
        "one of them, and take the other away");
  CHECK(who({{"X-Forwarded-For", "203.0.113.9"}, {"Forwarded", "for=203.0.113.9"}}) ==
        "203.0.113.9");
  // Where Forwarded is what the proxy writes, the client's X- headers are the client's.
  const auto sender = sender_by("127.0.0.1", {{"Forwarded", "for=203.0.113.9;host=dvr.example.org"},
                                              {"X-Forwarded-Host", "localhost"},
                                              {"X-Forwarded-Proto", "https"}})
                          .value();
  CHECK(sender.host == "dvr.example.org");
  CHECK_FALSE(sender.by_https);
}
