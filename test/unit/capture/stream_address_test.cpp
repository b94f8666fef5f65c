#include "capture/stream_address.hpp"

#include <catch2/catch.hpp>

using namespace minidvr::capture;

TEST_CASE("plain HTTP is what has no TLS, and is not sent elsewhere") {
  for (const char* url : {"http://127.0.0.1:8000/stream", "http://camera", "HTTP://camera/?a=b@c",
                          "http://me:secret@camera/"})
    CHECK_FALSE(takes_more_than_plain_http(std::string(url)));
  for (const char* url : {"https://camera/", "https://me:secret@camera/"})
    CHECK(takes_more_than_plain_http(std::string(url)));
  for (const unsigned status : {301U, 302U, 303U, 307U, 308U})
    CHECK(takes_more_than_plain_http(status));
  for (const unsigned status : {200U, 304U, 400U, 401U, 403U, 404U, 500U, 505U})
    CHECK_FALSE(takes_more_than_plain_http(status));
}

TEST_CASE("whom a password is for is the scheme, the host and the port") {
  for (const char* url : {"http://me:p%40ss@Camera:80/a?b=c", "http://camera", "HTTP://camera:80/"})
    CHECK(server_of(url) == "http://camera");
  CHECK(server_of("https://me@camera/") == "https://camera");
  CHECK(server_of("http://camera:81/") == "http://camera:81");
  CHECK(server_of("http://me@[FE80::1%25eth0]:8000/stream") == "http://[fe80::1%25eth0]:8000");
  for (const char* url : {"", "camera", "ftp://camera/", "http://two words/"})
    CHECK_FALSE(server_of(url));
}

TEST_CASE("a user and a password are told by Basic as they are, and not as the URL has them") {
  CHECK(basic_credentials("http://Aladdin:open%20sesame@camera/") ==
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  CHECK(basic_credentials("http://me:p%40ss@camera/") == "Basic bWU6cEBzcw==");
  CHECK(basic_credentials("http://me@camera/") == "Basic bWU6");
  CHECK(basic_credentials("http://a:%C3%BF%3F@[fe80::1%25eth0]/") == "Basic YTrDvz8=");
  CHECK(basic_credentials("http://:1@camera/") == "Basic OjE=");
}

TEST_CASE("the address of a stream is asked for with what ustreamer wants, and once") {
  CHECK(url_to_ask("http://camera/stream", true) == "http://camera/stream?extra_headers=1");
  CHECK(url_to_ask("https://me:p%40ss@camera/?a=b", true) ==
        "https://me:p%40ss@camera/?a=b&extra_headers=1");
  CHECK(url_to_ask("http://camera/?extra_headers=0", true) == "http://camera/?extra_headers=0");
  CHECK(url_to_ask("http://camera/stream", false) == "http://camera/stream");
  const auto address = stream_address("http://[::1]:81");
  CHECK(address.host == "::1");
  CHECK(address.port == "81");
  CHECK(address.path == "/");
  CHECK(address.authority == "[::1]:81");
  // Host tells nothing of our links.
  const auto of_link = stream_address(url_to_ask("http://[fe80::1%25eth0]:81/stream", true));
  CHECK(of_link.host == "fe80::1%eth0");
  CHECK(of_link.path == "/stream?extra_headers=1");
  CHECK(of_link.authority == "[fe80::1]:81");
  CHECK(url_to_ask("https://me:se%25cret@[fe80::1%eth0]/", false) ==
        "https://me:se%25cret@[fe80::1%25eth0]/");
  CHECK(has_user("https://me@[fe80::1%eth0]/"));
  CHECK_FALSE(takes_more_than_plain_http("http://[fe80::1%25eth0]/"));
  CHECK(stream_address("http://camera/a?b=c").port == "80");
  CHECK(stream_address("http://camera/a?b=c").path == "/a?b=c");
  CHECK(stream_address(url_to_ask("http://camera", true)).path == "/?extra_headers=1");
}
