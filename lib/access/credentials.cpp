#include "access/credentials.hpp"

#include "core/base64.hpp"
#include "core/origin.hpp"
#include "core/text.hpp"
#include "http/access_check.hpp"
#include "http/target.hpp"

#include <vector>

#include <boost/beast/core/string.hpp>
#include <fmt/format.h>

namespace minidvr::access {
namespace {

// The most that browsers keep one. They count from the login on, whatever it is used for, so
// Logins::kIdle is what ends it.
constexpr seconds kCookieAge{400 * 24 * 3600};

// Browsers take a cookie of that prefix by https alone. Under one name a login by https would keep
// those by http out, which browsers do not let take its place.
constexpr std::string_view kByHttps = "__Secure-";

// What follows `scheme` in the one Authorization header; empty when there is none such.
std::string_view authorization(const http::Request& request, std::string_view scheme) {
  if (request.fields.count(http::Field::authorization) != 1) return {};
  const std::string_view value = request.header(http::Field::authorization);
  if (value.size() <= scheme.size() || value[scheme.size()] != ' ') return {};
  if (!boost::beast::iequals(value.substr(0, scheme.size()), scheme)) return {};
  return trim(value.substr(scheme.size()));
}

// As the browser sees it, with a slash at the end; "/" where that is not known.
std::string folder_of_page(const http::Request& request) {
  constexpr std::size_t kLongest = 200;
  constexpr std::string_view kUsual =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._~-%";
  std::string_view page = request.header(http::Field::referer);
  const auto origin = origin_of(page);
  if (!origin || !http::is_own_origin(request, *origin)) return "/";
  page = page.substr(0, page.find_first_of("?#"));
  const auto path = page.find('/', page.find("//") + 2);
  if (path == std::string_view::npos) return "/";
  const auto folder = page.substr(path, page.rfind('/') + 1 - path);
  const bool usual = folder.find_first_not_of(kUsual) == std::string_view::npos;
  return usual && folder.size() <= kLongest ? std::string(folder) : "/";
}

std::string name_by_http(const http::Request& request) {
  constexpr std::string_view kName = "mini-dvr";
  // The Host of a proxy's own request may be another one each time.
  const bool by_proxy = request.sender.address != request.sender.peer;
  const auto asked = by_proxy ? std::string_view(request.sender.host) : request.asked_host();
  const auto authority = http::parse_authority(asked);
  if (!authority || authority->port.empty()) return std::string(kName);
  return fmt::format("{}-{}", kName, authority->port);
}

std::vector<std::string> cookies_called(const std::string& name, const http::Request& request) {
  std::vector<std::string> values;
  const auto [first, last] = request.fields.equal_range(http::Field::cookie);
  for (auto field = first; field != last; ++field) {
    std::string_view rest = field->value();
    while (!rest.empty()) {
      const auto end = std::min(rest.find(';'), rest.size());
      const auto pair = trim(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      const auto equals = pair.find('=');
      if (equals == name.size() && pair.starts_with(name)) {
        values.emplace_back(pair.substr(equals + 1));
      }
    }
  }
  return values;
}

// An age of 0 takes it away.
std::string set_cookie(const std::string& name, std::string_view token, seconds age,
                       const http::Request& request) {
  return fmt::format("{}={}; Path={}; HttpOnly; SameSite=Strict; Max-Age={}{}", name, token,
                     folder_of_page(request), age.count(),
                     name.starts_with(kByHttps) ? "; Secure" : "");
}

// By https a browser shows what it was given by http, too; the other way round it does not.
std::vector<std::string> shown_names(const http::Request& request) {
  std::vector<std::string> names = {name_by_http(request)};
  if (request.sender.by_https) names.push_back(cookie_name(request));
  return names;
}

}  // namespace

std::optional<Password> basic_credentials(const http::Request& request) {
  const auto text = from_base64(authorization(request, "Basic"));
  if (!text) return std::nullopt;
  const auto colon = text->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return Password{text->substr(0, colon), text->substr(colon + 1)};
}

std::optional<std::string> bearer_token(const http::Request& request) {
  const auto token = authorization(request, "Bearer");
  if (token.empty()) return std::nullopt;
  return std::string(token);
}

std::string cookie_name(const http::Request& request) {
  const std::string name = name_by_http(request);
  return request.sender.by_https ? std::string(kByHttps) + name : name;
}

std::optional<std::string> login_cookie(const http::Request& request) {
  auto values = cookies_called(cookie_name(request), request);
  if (values.empty()) return std::nullopt;
  return std::move(values.front());
}

std::vector<std::string> shown_logins(const http::Request& request) {
  std::vector<std::string> tokens;
  for (const auto& name : shown_names(request)) {
    for (auto& token : cookies_called(name, request))
      tokens.push_back(std::move(token));
  }
  return tokens;
}

std::string login_cookie_header(std::string_view token, const http::Request& request) {
  return set_cookie(cookie_name(request), token, kCookieAge, request);
}

http::HeaderLines logout_headers(const http::Request& request) {
  http::HeaderLines lines;
  for (const auto& name : shown_names(request))
    lines.emplace_back("Set-Cookie", set_cookie(name, {}, seconds(0), request));
  return lines;
}

}  // namespace minidvr::access
