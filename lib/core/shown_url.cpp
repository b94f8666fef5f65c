#include "core/shown_url.hpp"

#include <algorithm>

namespace minidvr {
namespace {

constexpr std::string_view kHidden = "***";

// Host and port, or host alone.
bool is_host(std::string_view text) {
  const auto bracket = text.find(']');
  const auto colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  return colon == std::string_view::npos ||
         text.find_first_not_of("0123456789", colon + 1) == std::string_view::npos;
}

// The end of user and password, which is an @; npos: there are none. One behind a path, or a
// question mark, is taken for that, too, where a password that nobody encoded may have begun.
std::size_t end_of_user(std::string_view text, std::size_t begin) {
  const auto first = text.substr(begin, text.find_first_of("/?#", begin) - begin);
  const auto at = text.substr(0, is_host(first) ? text.find('?', begin) : text.size()).rfind('@');
  return at == std::string_view::npos || at < begin ? std::string_view::npos : at;
}

// Names stay. A piece without a name is a value.
std::string shown_query(std::string_view query) {
  std::string shown = "?";
  for (;;) {
    const auto end = query.find('&');
    const auto piece = query.substr(0, end);
    const auto equals = piece.find('=');
    if (equals != std::string_view::npos) shown += piece.substr(0, equals + 1);
    if (!piece.empty()) shown += kHidden;
    if (end == std::string_view::npos) return shown;
    shown += '&';
    query.remove_prefix(end + 1);
  }
}

}  // namespace

std::string shown_url(std::string_view text) {
  constexpr std::string_view kBehindScheme = "://";
  const auto scheme = text.find(kBehindScheme);
  const auto begin = scheme == std::string_view::npos ? 0 : scheme + kBehindScheme.size();
  std::string shown;
  auto rest = text;
  if (const auto at = end_of_user(text, begin); at != std::string_view::npos) {
    const auto colon = text.find(':', begin);
    shown = text.substr(0, std::min(colon, at));
    if (colon < at) (shown += ':') += kHidden;
    rest = text.substr(at);
  }
  const auto end = std::min(rest.find_first_of("?#"), rest.size());
  shown += rest.substr(0, end);
  if (end == rest.size()) return shown;
  if (rest[end] == '?') return shown + shown_query(rest.substr(end + 1));
  return (shown += '#') += kHidden;
}

}  // namespace minidvr
