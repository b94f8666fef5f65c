// What a request shows of who sent it.
#pragma once

#include "http/message.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace minidvr::access {

struct Password {
  std::string user;
  std::string password;
};

// Of HTTP Basic (RFC 7617); nullopt when there is none, or it can not be read.
std::optional<Password> basic_credentials(const http::Request& request);

// Of a bearer token (RFC 6750).
std::optional<std::string> bearer_token(const http::Request& request);

// The cookie that a browser has after a login: "mini-dvr-8080", by the port that it asked, or
// "mini-dvr" where it named none. A browser sends each cookie to all ports of a host, where other
// recorders may be, and keeps one of a name. By https it is another one, "__Secure-mini-dvr-8080".
std::string cookie_name(const http::Request& request);

// The value of this cookie. nullopt when there is none.
std::optional<std::string> login_cookie(const http::Request& request);

// The values of all cookies that log_out has to end: by https that of a login by http as well.
std::vector<std::string> shown_logins(const http::Request& request);

// The Set-Cookie header that gives the browser that sent `request` its login. Not for scripts of
// the page, not sent with what other sites ask for, not unencrypted where the browser came by
// https, and only below the path of a proxy where the page is, as its Referer says: others of that
// name may be ours, too.
std::string login_cookie_header(std::string_view token, const http::Request& request);

// The headers that take from it what it showed of shown_logins().
http::HeaderLines logout_headers(const http::Request& request);

}  // namespace minidvr::access
