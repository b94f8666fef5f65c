#include "capture/stream_head.hpp"

#include "support/result_text.hpp"

#include <string>
#include <utility>

#include <catch2/catch.hpp>

using namespace minidvr::capture;

TEST_CASE("empty lines before an answer are left out") {
  const std::string head = "\r\n\nHTTP/1.0 200 OK\r\nContent-Type: image/jpeg\r\n\r\n";
  REQUIRE(end_of_head(head + "body") == head.size());
  const auto parsed = parse_stream_head(head);
  REQUIRE(parsed);
  CHECK(parsed->status == 200);
  CHECK(parsed->content_type == "image/jpeg");
  for (std::size_t length = 0; length < head.size(); ++length)
    CHECK_FALSE(end_of_head(head.substr(0, length)));
}

TEST_CASE("another protocol's name is that of a stream, or of what is no server of HTTP") {
  for (const std::string line : {"ICY 200 OK", "HTTP/1.1 200", "http/1.0 200 ok"})
    CHECK(parse_stream_head(line + "\r\n\r\n")->status == 200);
  for (const std::string line : {"RTSP/1.0 400 Bad Request", "220 smtp.example ESMTP", "ICY 404"})
    CHECK_FALSE(parse_stream_head(line + "\r\n\r\n"));
}

TEST_CASE("how a server wants to be told who asks is read wherever it stands") {
  const auto offers = [](const std::string& lines) {
    const auto head = parse_stream_head("HTTP/1.0 401 Unauthorized\r\n" + lines + "\r\n");
    return std::pair(head->offers_basic, head->offers_digest);
  };
  CHECK(offers("") == std::pair(false, false));
  CHECK(offers("WWW-Authenticate: Basic realm=\"a\"\r\n") == std::pair(true, false));
  CHECK(offers("www-authenticate: digest nonce=\"b\"\r\n") == std::pair(false, true));
  CHECK(offers("WWW-Authenticate: NTLM, basic\r\n") == std::pair(true, false));
  CHECK(offers("WWW-Authenticate: Basic realm=\"a\", Digest realm=\"a\", nonce=\"b\"\r\n") ==
        std::pair(true, true));
  CHECK(offers("WWW-Authenticate: Digest nonce=\"b\"\r\nWWW-Authenticate: Basic\r\n") ==
        std::pair(true, true));
}

TEST_CASE("where a body ends is told by a length alone that can be one") {
  const auto length = [](const std::string& lines) {
    return parse_stream_head("HTTP/1.1 200 OK\r\n" + lines + "\r\n")->length.value_or(0);
  };
  CHECK(length("Content-Type: image/jpeg\r\ncontent-length: 1234\r\n") == 1234);
  CHECK(length("Content-Length: 12\r\n") == 12);
  for (const std::string none : {"0", "-1", "", "12x", "99999999999999999999"}) {
    CAPTURE(none);
    CHECK(length("Content-Type: image/jpeg\r\nContent-Length: " + none + "\r\n") == 0);
  }
  const std::string some = "Content-Length: 1234\r\n";
  CHECK(length(some + "Content-Type: Multipart/x-mixed-replace;boundary=frame\r\n") == 0);
  CHECK(length("Transfer-Encoding: chunked\r\n" + some) == 0);
}

TEST_CASE("ustreamer is known by its cookie") {
  const auto is_ustreamer = [](const std::string& lines) {
    return parse_stream_head("HTTP/1.0 200 OK\r\n" + lines + "\r\n")->is_ustreamer;
  };
  CHECK(is_ustreamer("Set-Cookie: stream_client=0/1f; path=/; max-age=30\r\n"));
  CHECK(is_ustreamer("set-cookie: stream_client=key/1f\r\nset-cookie: session=1\r\n"));
  CHECK_FALSE(is_ustreamer("Set-Cookie: session=stream_client\r\n"));
  CHECK_FALSE(is_ustreamer(""));
}
