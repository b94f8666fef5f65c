#include "capture/stream_address.hpp"

#include "core/base64.hpp"
#include "core/origin.hpp"
#include "core/zoned_url.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>

namespace minidvr::capture {

std::string url_to_ask(const std::string& text, bool asks_for_headers) {
  const auto zoned = split_zone(text);
  boost::urls::url url(boost::urls::parse_uri(zoned.url).value());
  if (asks_for_headers && !url.params().contains("extra_headers")) {
    url.params().append({"extra_headers", "1"});
  }
  return with_zone(std::string(url.buffer()), zoned.zone);
}

StreamAddress stream_address(const std::string& text) {
  const auto zoned = split_zone(text);
  const auto url = boost::urls::parse_uri(zoned.url).value();
  std::string path(url.encoded_target());
  if (!path.starts_with('/')) path.insert(0, "/");
  // The server knows nothing of our links: Host has no zone.
  auto host = std::string(url.host_address());
  if (!zoned.zone.empty()) host += "%" + zoned.zone;
  return {std::move(host), url.has_port() ? std::string(url.port()) : "80", std::move(path),
          std::string(url.encoded_host_and_port())};
}

bool takes_more_than_plain_http(const std::string& text) {
  const auto zoned = split_zone(text);
  const auto url = boost::urls::parse_uri(zoned.url).value();
  return url.scheme_id() != boost::urls::scheme::http;
}

bool has_user(const std::string& text) {
  const auto zoned = split_zone(text);
  return boost::urls::parse_uri(zoned.url).value().has_userinfo();
}

std::string basic_credentials(const std::string& text) {
  const auto zoned = split_zone(text);
  const auto url = boost::urls::parse_uri(zoned.url).value();
  return "Basic " + to_base64(url.user() + ":" + url.password());
}

std::string_view why_refused(const std::string& url) {
  return has_user(url)
             ? "the camera's server does not take the user name and password of stream_url"
             : "the camera's server wants a user name and password: put them into stream_url";
}

std::optional<std::string> server_of(const std::string& text) {
  const auto zoned = split_zone(text);
  const auto parsed = boost::urls::parse_uri(zoned.url);
  if (!parsed) return std::nullopt;
  boost::urls::url url(*parsed);
  url.remove_userinfo();
  return origin_of(with_zone(std::string(url.buffer()), zoned.zone));
}

bool takes_more_than_plain_http(unsigned status) {
  constexpr std::array kOthers = {301U, 302U, 303U, 307U, 308U};
  return std::find(kOthers.begin(), kOthers.end(), status) != kOthers.end();
}

bool may_speak_http_1_0_alone(unsigned status) {
  return status == 400U || status == 505U;
}

}  // namespace minidvr::capture
