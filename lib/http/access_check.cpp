#include "http/access_check.hpp"

#include "core/host_name.hpp"
#include "core/origin.hpp"
#include "http/target.hpp"

#include <algorithm>
#include <array>

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>
#include <boost/beast/core/string.hpp>
#include <fmt/format.h>

namespace minidvr::http {
namespace {

using boost::beast::iequals;

// Names that no registrar gives away: multicast DNS (RFC 6762), what many routers call their
// network, and what is reserved for private ones (RFC 8375; ICANN, 2024).
constexpr std::array<std::string_view, 4> kPrivateSuffixes = {".local", ".lan", ".home.arpa",
                                                              ".internal"};

constexpr const char* kFetchSite = "Sec-Fetch-Site";
constexpr const char* kFetchMode = "Sec-Fetch-Mode";

// A client's text in an answer or in the log.
constexpr std::size_t kLongestShown = 80;

std::string shown(std::string_view text) {
  std::string result(text.substr(0, kLongestShown));
  std::replace_if(
      result.begin(), result.end(),
      [](unsigned char c) { return c < 0x20 || c > 0x7e || c == '\''; }, '?');
  if (text.size() > kLongestShown) result += "...";
  return result;
}

// Only the forms in which browsers send addresses. Others, such as 127.1, are names here.
bool is_ip_address(std::string_view host) {
  boost::system::error_code ec;
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    host = host.substr(0, host.find('%'));  // the zone
    boost::asio::ip::make_address_v6(std::string(host), ec);
  } else {
    boost::asio::ip::make_address_v4(std::string(host), ec);
  }
  return !ec;
}

bool has_value(const Request& request, const char* name, std::string_view value) {
  const auto [first, last] = request.fields.equal_range(name);
  return std::any_of(first, last, [&](const auto& field) { return iequals(field.value(), value); });
}

bool changes_something(const Request& request) {
  const Verb verb = request.verb;
  const bool reads = verb == Verb::get || verb == Verb::head || verb == Verb::options;
  // A WebSocket begins as a GET, and can do all.
  return !reads || request.fields.count(Field::upgrade) > 0;
}

// A link to it. Where a password is asked for it leads on to the page that asks.
bool opens_dashboard(const Request& request) {
  return request.verb == Verb::get && (request.path == "/" || request.path == "/login") &&
         has_value(request, kFetchMode, "navigate") && request.fields.count(Field::upgrade) == 0;
}

bool contains(const std::vector<std::string>& list, const std::optional<std::string>& text) {
  return text && std::find(list.begin(), list.end(), *text) != list.end();
}

// `origin`: of the page, where it is known.
std::string what_lets_it(const std::optional<std::string>& origin) {
  return origin ? fmt::format("to let its pages ask, add {} to the setting allowed_origins",
                              shown(*origin))
                : std::string(
                      "the setting allowed_origins lets pages ask whose origin the "
                      "browser tells, such as http://homeassistant.local:8123");
}

// Where a proxy may be what is in the way.
std::string what_lets_proxy(const Request& request) {
  if (!request.sender.by_stranger) return {};
  const std::string peer = address_text(request.sender.peer);
  return fmt::format(
      "; if the proxy at {} is yours, add {} to the setting trusted_proxies, and "
      "what it says counts (X-Forwarded-Host, or Forwarded)",
      peer, peer);
}

Response of_another_site(const Request& request) {
  const std::string host = shown(request.asked_host());
  return error_response(
      Status::forbidden,
      fmt::format("the browser says that a page of another site or port made this request, and "
                  "only a page of {} itself may; open http{}://{}/ first, or: {}",
                  host, request.sender.by_https ? "s" : "", host,
                  what_lets_it(origin_of(request.header(Field::referer)))));
}

Response of_another_origin(const Request& request) {
  return error_response(
      Status::forbidden,
      fmt::format("a page of '{}' made this request, and only one of '{}' may; {}; a proxy must "
                  "pass the Host header on as it came, with its port{}",
                  shown(request.header(Field::origin)), shown(request.asked_host()),
                  what_lets_it(normal_origin(request.header(Field::origin))),
                  what_lets_proxy(request)));
}

// A name may be added, if it is one of this machine.
std::string what_lets_it_in(std::string_view asked) {
  const auto host = parse_authority(asked);
  const auto name = host ? normal_host_name(host->host) : std::nullopt;
  return name ? fmt::format("; if it is one, add {} there", shown(*name)) : std::string();
}

Response for_another_host(const Request& request, std::string_view asked) {
  return error_response(
      Status::misdirected_request,
      fmt::format("'{}' is no name of this machine; allowed are IP addresses, localhost, names "
                  "without a dot or in .local, .lan, .home.arpa or .internal, the machine's own "
                  "name, and the names in the setting allowed_hosts{}{}",
                  shown(asked), what_lets_it_in(asked), what_lets_proxy(request)));
}

}  // namespace

bool is_our_host(std::string_view host, const std::vector<std::string>& allowed,
                 std::string_view own_name) {
  if (is_ip_address(host)) return true;
  const auto name = normal_host_name(host);
  if (!name) return false;
  if (name->find('.') == std::string::npos) return true;  // localhost, too
  const bool is_private =
      std::any_of(kPrivateSuffixes.begin(), kPrivateSuffixes.end(),
                  [&](std::string_view suffix) { return name->ends_with(suffix); });
  return is_private || *name == own_name ||
         std::find(allowed.begin(), allowed.end(), *name) != allowed.end();
}

bool is_own_origin(const Request& request, const std::string& origin) {
  const auto scheme = origin.substr(0, origin.find(':'));
  if (request.sender.by_https && scheme != "https") return false;
  return normal_origin(fmt::format("{}://{}", scheme, request.asked_host())) == origin;
}

PageOrigin page_origin(const Request& request, const AccessRules& rules) {
  const auto origins = request.fields.count(Field::origin);
  if (origins > 1) return PageOrigin::other;
  if (origins == 0) {
    const bool listed = !changes_something(request) &&
                        contains(rules.allowed_origins, origin_of(request.header(Field::referer)));
    return listed ? PageOrigin::listed : PageOrigin::none;
  }
  const auto origin = normal_origin(request.header(Field::origin));
  if (!origin) return PageOrigin::other;
  if (is_own_origin(request, *origin)) return PageOrigin::ours;
  return contains(rules.allowed_origins, origin) ? PageOrigin::listed : PageOrigin::other;
}

std::optional<Response> access_refusal(const Request& request, const AccessRules& rules,
                                       std::string_view own_name) {
  // Nobody can make a browser leave the Host out; HTTP/1.0 has none. Also behind a trusted proxy,
  // which may pass on what it should have written: a page can add to its requests.
  for (const auto asked : {request.header(Field::host), request.asked_host()}) {
    if (asked.empty()) continue;
    const auto host = parse_authority(asked);
    if (!host || !is_our_host(host->host, rules.allowed_hosts, own_name)) {
      return for_another_host(request, asked);
    }
  }
  const PageOrigin page = page_origin(request, rules);
  if (page == PageOrigin::listed || opens_dashboard(request)) return std::nullopt;
  if (page == PageOrigin::other) return of_another_origin(request);
  for (const auto* site : {"cross-site", "same-site"})
    if (has_value(request, kFetchSite, site)) return of_another_site(request);
  return std::nullopt;
}

std::optional<unsigned> RefusalLog::add(SteadyTime now) {
  ++since_;
  if (logged_ && now < *logged_ + kPause) return std::nullopt;
  logged_ = now;
  return std::exchange(since_, 0);
}

}  // namespace minidvr::http
