#include "core/preview_address.hpp"

#include "core/host_name.hpp"
#include "core/zoned_url.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <fmt/format.h>

namespace minidvr {
namespace {

// Where what listens on `host` is reached from this machine, as it stands in a URL.
std::string local_url_host(const std::string& host) {
  const auto address = local_address(host);
  const std::string text = address.to_string();
  if (!address.is_v6()) return text;
  // As it was given: its link may be there later than we are.
  const auto percent = host.find('%');
  const auto zone = percent == std::string::npos ? "" : "%25" + host.substr(percent + 1);
  return fmt::format("[{}{}]", text.substr(0, text.find('%')), zone);
}

// Whose preview_port stream_url leads to, with its zone; nullopt: it leads elsewhere.
std::optional<std::string> host_at_preview_port(const Settings& settings) {
  const auto zoned = split_zone(settings.stream_url);
  const auto url = boost::urls::parse_uri(zoned.url);
  if (!url || url->scheme_id() != boost::urls::scheme::http) return std::nullopt;
  constexpr std::uint16_t kHttp = 80;
  const std::uint16_t port = url->has_port() ? url->port_number() : kHttp;
  if (port != settings.preview_port) return std::nullopt;
  return url->host_address() + (zoned.zone.empty() ? "" : '%' + zoned.zone);
}

bool leads_to_preview(const Settings& settings) {
  if (settings.stream_url == own_stream_url(settings)) return true;
  const auto host = host_at_preview_port(settings);
  return host && is_this_machine(*host);
}

}  // namespace

bool records_preview(const Settings& settings) {
  return settings.preview && leads_to_preview(settings);
}

bool names_preview_port(const Settings& settings) {
  return host_at_preview_port(settings).has_value();
}

std::string own_stream_url(const Settings& settings) {
  return fmt::format("http://{}:{}/stream", local_url_host(settings.preview_host),
                     settings.preview_port);
}

void serve_preview_on(Settings& settings, const std::string& host) {
  const bool is_preview = leads_to_preview(settings);
  settings.preview_host = host;
  if (!is_preview) return;
  // Its user, path and query may be somebody's own.
  const auto given = split_zone(settings.stream_url).url;
  const auto begin = given.find("://") + 3;
  const auto end = std::min(given.find_first_of("/?#", begin), given.size());
  const auto at = given.substr(begin, end - begin).find('@');
  const auto there = own_stream_url(settings);
  std::string url = there.substr(0, there.rfind('/')) + given.substr(end);
  if (at != std::string::npos) url.insert(url.find("://") + 3, given, begin, at + 1);
  settings.stream_url = std::move(url);
}

}  // namespace minidvr
