#include "core/origin.hpp"

#include "core/host_name.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include <boost/asio/ip/address_v6.hpp>
#include <boost/beast/core/string.hpp>
#include <fmt/format.h>

namespace minidvr {
namespace {

constexpr std::string_view kSelf = "self";

struct Scheme {
  std::string_view prefix;
  std::uint16_t port;
};
constexpr std::array<Scheme, 2> kSchemes = {{{"http://", 80}, {"https://", 443}}};

// As in a URL: an IPv6 address has brackets.
std::optional<std::string> normal_url_host(std::string_view text) {
  if (!text.starts_with('[')) return normal_host_name(text);
  if (!text.ends_with(']')) return std::nullopt;
  // The zone names a link of whoever wrote it.
  const auto literal = text.substr(1, text.size() - 2);
  const auto percent = std::min(literal.find('%'), literal.size());
  auto zone = literal.substr(percent);
  boost::system::error_code ec;
  const auto address =
      boost::asio::ip::make_address_v6(std::string(literal.substr(0, percent)), ec);
  if (ec) return std::nullopt;
  if (zone.empty()) return fmt::format("[{}]", address.to_string());
  constexpr std::string_view kPercent = "%25";
  if (!zone.starts_with(kPercent)) return std::nullopt;
  zone.remove_prefix(kPercent.size());
  if (!normal_host_name(zone)) return std::nullopt;
  return fmt::format("[{}%25{}]", address.to_string(), zone);
}

// `own`: that of the scheme, where none is given. nullopt when it is no port.
std::optional<std::uint16_t> port_of(std::string_view text, std::uint16_t own) {
  if (text.empty()) return own;
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, failure] = std::from_chars(text.data(), end, port);
  if (failure != std::errc{} || rest != end || port == 0) return std::nullopt;
  return port;
}

// What `read` makes of each of those that commas separate.
template <class Read>
std::optional<std::vector<std::string>> read_list(std::string_view text, Read read) {
  std::vector<std::string> list;
  for (const auto item : list_items(text)) {
    auto value = read(item);
    if (!value) return std::nullopt;
    list.push_back(std::move(*value));
  }
  return list;
}

}  // namespace

std::optional<std::string> normal_origin(std::string_view text) {
  for (const Scheme& scheme : kSchemes) {
    if (!boost::beast::iequals(text.substr(0, scheme.prefix.size()), scheme.prefix)) continue;
    text.remove_prefix(scheme.prefix.size());
    const auto bracket = text.find(']');
    const auto colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
    const auto host = normal_url_host(text.substr(0, colon));
    const bool has_port = colon != std::string_view::npos;
    const auto port = port_of(has_port ? text.substr(colon + 1) : std::string_view(), scheme.port);
    if (!host || !port) return std::nullopt;
    if (*port == scheme.port) return fmt::format("{}{}", scheme.prefix, *host);
    return fmt::format("{}{}:{}", scheme.prefix, *host, *port);
  }
  return std::nullopt;
}

std::optional<std::string> origin_of(std::string_view address) {
  const auto slashes = address.find("//");
  if (slashes == std::string_view::npos) return std::nullopt;
  return normal_origin(address.substr(0, address.find_first_of("/?#", slashes + 2)));
}

std::optional<std::vector<std::string>> parse_origins(std::string_view text) {
  if (trim(text).empty()) return std::vector<std::string>{};
  return read_list(text, normal_origin);
}

std::optional<std::vector<std::string>> parse_frame_ancestors(std::string_view text) {
  if (boost::beast::iequals(trim(text), "none")) return std::vector<std::string>{};
  return read_list(text, [](std::string_view item) {
    return boost::beast::iequals(item, kSelf) ? std::optional<std::string>(kSelf)
                                              : normal_origin(item);
  });
}

}  // namespace minidvr
