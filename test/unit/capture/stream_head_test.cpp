#include "capture/stream_head.hpp"

#include "support/result_text.hpp"

#include <string>

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

TEST_CASE("ustreamer is known by its cookie") {
  const auto is_ustreamer = [](const std::string& lines) {
    return parse_stream_head("HTTP/1.0 200 OK\r\n" + lines + "\r\n")->is_ustreamer;
  };
  CHECK(is_ustreamer("Set-Cookie: stream_client=0/1f; path=/; max-age=30\r\n"));
  CHECK(is_ustreamer("set-cookie: stream_client=key/1f\r\nset-cookie: session=1\r\n"));
  CHECK_FALSE(is_ustreamer("Set-Cookie: session=stream_client\r\n"));
  CHECK_FALSE(is_ustreamer(""));
}
