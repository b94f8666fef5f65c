#include "access/credentials.hpp"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::access;

namespace {

// What a browser gets that logs in on the page at `page`, having asked for `host`.
std::string cookie_for(const std::string& host, const std::string& page, bool by_https = false) {
  http::Request request;
  request.fields.set(http::Field::host, host);
  request.fields.set(http::Field::referer, page);
  request.sender.by_https = by_https;
  return login_cookie_header("abc", request);
}

bool is_for(const std::string& cookie, const std::string& path) {
  return cookie.find("; Path=" + path + ";") != std::string::npos;
}

}  // namespace

TEST_CASE("a login is told to scripts of nobody, and by https to https alone") {
  CHECK(cookie_for("camera:8080", "http://camera:8080/login") ==
        "mini-dvr-8080=abc; Path=/; HttpOnly; SameSite=Strict; Max-Age=34560000");
  CHECK(cookie_for("camera", "https://camera/login", true).ends_with("; Max-Age=34560000; Secure"));
}

TEST_CASE("a login by https and one by http are two, and a log-out by https ends both") {
  http::Request request;
  request.fields.set(http::Field::host, "camera:8080");
  CHECK(cookie_name(request) == "mini-dvr-8080");
  request.fields.set(http::Field::cookie, "mini-dvr-8080=plain; __Secure-mini-dvr-8080=safe");
  CHECK(login_cookie(request) == "plain");
  CHECK(shown_logins(request) == std::vector<std::string>{"plain"});
  const std::string taken_away = "=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0";
  CHECK(logout_headers(request) == http::HeaderLines{{"Set-Cookie", "mini-dvr-8080" + taken_away}});

  request.sender.by_https = true;
  CHECK(cookie_name(request) == "__Secure-mini-dvr-8080");
  CHECK(login_cookie(request) == "safe");
  CHECK(shown_logins(request) == std::vector<std::string>{"plain", "safe"});
  CHECK(logout_headers(request) ==
        http::HeaderLines{{"Set-Cookie", "mini-dvr-8080" + taken_away},
                          {"Set-Cookie", "__Secure-mini-dvr-8080" + taken_away + "; Secure"}});
  request.fields.set(http::Field::cookie, "mini-dvr-8080=plain");
  CHECK_FALSE(login_cookie(request));
}

TEST_CASE("recorders on several ports of a host have logins of their own") {
  http::Request request;
  CHECK(cookie_name(request) == "mini-dvr");
  for (const auto& [host, name] :
       std::vector<std::pair<std::string, std::string>>{{"camera", "mini-dvr"},
                                                        {"camera:8081", "mini-dvr-8081"},
                                                        {"[fd12::1]", "mini-dvr"},
                                                        {"[fd12::1]:8081", "mini-dvr-8081"}}) {
    CAPTURE(host);
    request.fields.set(http::Field::host, host);
    CHECK(cookie_name(request) == name);
    CHECK(login_cookie_header("abc", request).starts_with(name + "=abc;"));
  }
  request.fields.set(http::Field::cookie, "mini-dvr=none; mini-dvr-8080=other; mini-dvr-8081=mine");
  CHECK(login_cookie(request) == "mine");
  request.fields.set(http::Field::host, "camera:8080");
  CHECK(login_cookie(request) == "other");
  request.fields.set(http::Field::host, "camera:808");
  CHECK_FALSE(login_cookie(request));

  // Behind a proxy that is trusted by what it says was asked for, and never by what it asks us.
  request.fields.set(http::Field::host, "127.0.0.1:8080");
  request.sender.address = boost::asio::ip::make_address("192.0.2.1");
  CHECK(cookie_name(request) == "mini-dvr");
  request.sender.host = "camera:8443";
  CHECK(cookie_name(request) == "mini-dvr-8443");
}

TEST_CASE("a login holds below the path where the page is") {
  CHECK(is_for(cookie_for("camera", "https://camera/cam/login"), "/cam/"));
  CHECK(is_for(cookie_for("camera", "https://camera/a/b~c/login?x=/y/#/z/"), "/a/b~c/"));
  CHECK(is_for(cookie_for("camera", "https://camera"), "/"));
  CHECK(is_for(cookie_for("camera", ""), "/"));
  // That of another site says nothing of where ours is, and nothing gets out of the path.
  CHECK(is_for(cookie_for("camera", "https://other/cam/login"), "/"));
  CHECK(is_for(cookie_for("camera", "https://camera:8443/cam/login"), "/"));
  CHECK(is_for(cookie_for("camera", "https://camera/cam;Domain=x/login"), "/"));
  CHECK(is_for(cookie_for("camera", "https://camera/" + std::string(300, 'x') + "/"), "/"));
}
