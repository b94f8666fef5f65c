#include "core/zoned_url.hpp"

#include <algorithm>

namespace minidvr {
namespace {

constexpr std::string_view kEncodedPercent = "%25";

// Where the IPv6 address of its host begins, and its end, which is the bracket; empty: it has none.
struct Literal {
  std::size_t begin = 0;
  std::size_t end = 0;
};

Literal literal_in(std::string_view url) {
  constexpr std::string_view kBehindScheme = "://";
  const auto scheme = url.find(kBehindScheme);
  if (scheme == std::string_view::npos) return {};
  const auto begin = scheme + kBehindScheme.size();
  const auto authority = url.substr(begin, url.find_first_of("/?#", begin) - begin);
  const auto at = authority.rfind('@');
  const auto host = at == std::string_view::npos ? 0 : at + 1;
  if (!authority.substr(host).starts_with('[')) return {};
  const auto bracket = authority.find(']', host);
  if (bracket == std::string_view::npos) return {};
  return {begin + host + 1, begin + bracket};
}

// What RFC 3986 lets stand anywhere, which interfaces are named with.
bool is_unreserved(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

}  // namespace

ZonedUrl split_zone(std::string_view url) {
  const ZonedUrl none{std::string(url), {}};
  const auto literal = literal_in(url);
  const auto percent = url.substr(0, literal.end).find('%', literal.begin);
  if (percent == std::string_view::npos) return none;
  auto zone = url.substr(percent, literal.end - percent);
  zone.remove_prefix(zone.starts_with(kEncodedPercent) ? kEncodedPercent.size() : 1);
  if (zone.empty() || !std::all_of(zone.begin(), zone.end(), is_unreserved)) return none;
  return {std::string(url.substr(0, percent)) + std::string(url.substr(literal.end)),
          std::string(zone)};
}

std::string with_zone(std::string url, std::string_view zone) {
  if (zone.empty()) return url;
  const auto literal = literal_in(url);
  if (literal.end == 0) return url;
  url.insert(literal.end, std::string(kEncodedPercent) + std::string(zone));
  return url;
}

}  // namespace minidvr
