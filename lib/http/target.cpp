#include "http/target.hpp"

#include "core/utf8.hpp"

#include <algorithm>
#include <cctype>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace minidvr::http {
namespace {

namespace urls = boost::urls;

constexpr std::string_view kForms =
    "the target must be a path such as /status, a URL such as http://host/status, or *";

Error bad(std::string_view detail) {
  return make_error(Errc::malformed, std::string(detail));
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

Result<std::string> decoded(urls::pct_string_view text, bool plus_is_blank) {
  std::string plain = text.decode(urls::encoding_opts(plus_is_blank));
  if (std::any_of(plain.begin(), plain.end(), is_control)) {
    return bad("the target has a control character");
  }
  if (!is_utf8(plain)) return bad("the target is not UTF-8");
  return plain;
}

// Our own cutting: url_view's has no segment for a dot that the path begins with.
Result<std::string> decoded_path(std::string_view text) {
  std::string path;
  while (!text.empty()) {
    text.remove_prefix(1);  // the slash
    const auto end = std::min(text.find('/'), text.size());
    auto segment = decoded(urls::pct_string_view(text.substr(0, end)), false);
    if (!segment) return segment.error();
    if (segment->find('/') != std::string::npos) return bad("the target has an encoded slash");
    if (*segment == "." || *segment == "..") return bad("the target has a . or .. segment");
    path += '/';
    path += *segment;
    text.remove_prefix(end);
  }
  return path;
}

Result<Target> origin_form(std::string_view text) {
  const auto url = urls::parse_origin_form(text);
  if (!url) {
    return bad(
        "the target has a character that must be percent-encoded, or a % without two hexadecimal "
        "digits");
  }
  auto path = decoded_path(text.substr(0, text.find('?')));
  if (!path) return path.error();
  Target target{std::move(*path), {}, {}};
  for (const auto param : url->encoded_params()) {
    if (param.key.empty() && !param.has_value) continue;  // && and the like
    auto name = decoded(param.key, true);
    if (!name) return name.error();
    auto value = decoded(param.value, true);
    if (!value) return value.error();
    target.query.emplace_back(std::move(*name), std::move(*value));
  }
  return target;
}

bool is_host_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_';
}

bool is_ipv6_character(char c) {
  return std::isxdigit(static_cast<unsigned char>(c)) != 0 || c == ':' || c == '.';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// 2001:db8::1 or fe80::1%eth0; whether it is an address is for others to say.
bool is_ipv6_text(std::string_view text) {
  constexpr std::size_t kShortest = 2;  // ::
  const auto percent = text.find('%');
  const auto address = text.substr(0, percent);
  const auto zone = percent == std::string_view::npos ? "0" : text.substr(percent + 1);
  return address.size() >= kShortest &&
         std::all_of(address.begin(), address.end(), is_ipv6_character) && !zone.empty() &&
         std::all_of(zone.begin(), zone.end(),
                     [](char c) { return is_host_character(c) || c == '%'; });
}

bool is_port(std::string_view text) {
  constexpr std::size_t kMaxDigits = 5;
  constexpr unsigned long kMaxPort = 65535;
  if (text.empty()) return true;  // "host:" is the same as "host"
  return text.size() <= kMaxDigits && std::all_of(text.begin(), text.end(), is_digit) &&
         std::stoul(std::string(text)) <= kMaxPort;
}

}  // namespace

Result<Target> parse_target(std::string_view text) {
  if (text == "*") return Target{"*", {}, {}};
  if (text.find('#') != std::string_view::npos) return bad("the target has a fragment");
  if (text.starts_with('/')) return origin_form(text);
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!text.starts_with(scheme)) continue;
    text.remove_prefix(scheme.size());
    const auto end = std::min(text.find_first_of("/?"), text.size());
    const auto authority = text.substr(0, end);
    if (!parse_authority(authority)) return bad(kForms);
    text.remove_prefix(end);
    auto target = origin_form(text.starts_with('/') ? std::string(text) : "/" + std::string(text));
    if (target) target->authority = authority;
    return target;
  }
  return bad(kForms);
}

std::string way_to_root(std::string_view path) {
  const auto slashes = std::count(path.begin(), path.end(), '/');
  std::string way = slashes > 1 ? "" : "./";
  for (auto deeper = slashes; deeper > 1; --deeper)
    way += "../";
  return way;
}

Result<Authority> parse_authority(std::string_view text) {
  Authority authority;
  std::size_t end = 0;
  if (text.starts_with('[')) {
    end = text.find(']');
    if (end == std::string_view::npos || !is_ipv6_text(text.substr(1, end - 1))) {
      return bad("the host is not an IPv6 address in brackets");
    }
    ++end;
  } else {
    end = std::min(text.find(':'), text.size());
    if (end == 0 || !std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end),
                                 is_host_character)) {
      return bad("the host is not a name or an address");
    }
  }
  authority.host = text.substr(0, end);
  text.remove_prefix(end);
  if (text.empty()) return authority;
  const bool colon = text.front() == ':';
  text.remove_prefix(1);
  if (!colon || !is_port(text)) return bad("the port of the host is not a number up to 65535");
  authority.port = text;
  return authority;
}

}  // namespace minidvr::http
