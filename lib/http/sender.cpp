#include "http/sender.hpp"

#include "core/plain_address.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <boost/beast/core/string.hpp>
#include <fmt/format.h>

namespace minidvr::http {
namespace {

namespace ip = boost::asio::ip;
using boost::beast::iequals;
using boost::beast::http::fields;

constexpr const char* kFor = "X-Forwarded-For";
constexpr const char* kHost = "X-Forwarded-Host";
constexpr const char* kProto = "X-Forwarded-Proto";
constexpr const char* kForwarded = "Forwarded";

// What a proxy said of whom it had a request of.
struct Hop {
  std::optional<ip::address> from;  // nullopt: it told none, or what nobody can read
  std::string host;
  std::string proto;
};

// Of a list: what stands in front of its first comma. Takes both from `text`.
std::string_view take_item(std::string_view& text) {
  const auto end = std::min(text.find(','), text.size());
  const auto item = trim(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return item;
}

// The same up to `separator`, where values may have quotes around them.
std::string_view take_part(std::string_view& text, char separator) {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < text.size() && (quoted || text[end] != separator); ++end)
    if (text[end] == '"') quoted = !quoted;
  const auto part = trim(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

std::string_view unquoted(std::string_view text) {
  const bool quoted = text.size() >= 2 && text.starts_with('"') && text.ends_with('"');
  return quoted ? text.substr(1, text.size() - 2) : text;
}

// 192.0.2.1, 192.0.2.1:4711, 2001:db8::1, [2001:db8::1], [2001:db8::1]:4711.
std::optional<ip::address> read_node(std::string_view text) {
  text = unquoted(text);
  if (text.starts_with('[')) {
    text = text.substr(1, text.find(']') - 1);
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    text = text.substr(0, text.find(':'));
  }
  boost::system::error_code ec;
  const auto address = ip::make_address(std::string(text), ec);
  return ec ? std::nullopt : std::optional(plain_address(address));
}

// All values of it, as one list.
std::string list_of(const fields& headers, const char* name) {
  std::string list;
  const auto [first, last] = headers.equal_range(name);
  for (auto field = first; field != last; ++field)
    list.append(list.empty() ? "" : ",").append(field->value());
  return list;
}

// The one next to us wrote the last.
std::string last_of(const fields& headers, const char* name) {
  const std::string list = list_of(headers, name);
  std::string_view rest = list;
  std::string_view item;
  while (!rest.empty())
    item = take_item(rest);
  return std::string(item);
}

std::vector<Hop> hops_of_x(const fields& headers) {
  std::vector<Hop> hops;
  if (headers.count(kFor) == 0) return hops;
  const std::string list = list_of(headers, kFor);
  std::string_view rest = list;
  do {
    hops.push_back({read_node(take_item(rest)), {}, {}});
  } while (!rest.empty());
  return hops;
}

// An element of Forwarded. One whose quotes do not end says nothing: what a client wrote swallows
// what the proxy wrote behind it.
Hop read_hop(std::string_view element) {
  Hop hop;
  if (std::count(element.begin(), element.end(), '"') % 2 != 0) return hop;
  while (!element.empty()) {
    std::string_view value = take_part(element, ';');
    const auto name = take_part(value, '=');
    if (iequals(name, "for")) hop.from = read_node(value);
    if (iequals(name, "host")) hop.host = unquoted(value);
    if (iequals(name, "proto")) hop.proto = unquoted(value);
  }
  return hop;
}

std::vector<Hop> hops_of_forwarded(const fields& headers) {
  std::vector<Hop> hops;
  if (headers.count(kForwarded) == 0) return hops;
  const std::string list = list_of(headers, kForwarded);
  std::string_view rest = list;
  do {
    hops.push_back(read_hop(take_part(rest, ',')));
  } while (!rest.empty());
  return hops;
}

// The last that no trusted one is, with what was said of it by the proxy that it came to. Where
// that can not be read nobody is known: it may be anybody, and is not the proxy.
Hop who_asks(const ip::address& peer, const std::vector<Hop>& hops,
             const std::vector<Network>& trusted) {
  Hop asks{peer, {}, {}};
  for (auto hop = hops.rbegin(); hop != hops.rend() && contains(trusted, *asks.from); ++hop) {
    asks = *hop;
    if (!hop->from) return {ip::address(), hop->host, hop->proto};
  }
  return asks;
}

// A proxy that nobody was told of asks for whoever it names, and may be open to the world.
void note_stranger(Sender& sender, const fields& headers) {
  constexpr std::array kAll = {kFor, kHost, kProto, kForwarded};
  sender.by_stranger = std::any_of(kAll.begin(), kAll.end(),
                                   [&](const char* name) { return headers.count(name) > 0; });
  for (const auto& hops : {hops_of_x(headers), hops_of_forwarded(headers)})
    for (const Hop& hop : hops)
      sender.named_by_stranger.push_back(hop.from.value_or(ip::address()));
}

// Some proxies name the scheme of a WebSocket.
bool is_https(std::string_view proto) {
  return iequals(proto, "https") || iequals(proto, "wss");
}

}  // namespace

std::string address_text(const ip::address& address) {
  return address.is_unspecified() ? "unknown" : address.to_string();
}

Result<Sender> sender_of(const ip::address& peer, const ip::address& local, const fields& headers,
                         const std::vector<Network>& trusted) {
  Sender sender;
  sender.peer = sender.address = plain_address(peer);
  sender.is_here = !sender.peer.is_unspecified() &&
                   (sender.peer.is_loopback() || sender.peer == plain_address(local));
  if (!contains(trusted, peer)) {
    note_stranger(sender, headers);
    return sender;
  }
  const Hop by_x = who_asks(sender.peer, hops_of_x(headers), trusted);
  const Hop by_forwarded = who_asks(sender.peer, hops_of_forwarded(headers), trusted);
  const bool has_x = headers.count(kFor) > 0;
  const bool has_forwarded = headers.count(kForwarded) > 0;
  if (has_x && has_forwarded && by_x.from != by_forwarded.from) {
    return make_error(Errc::malformed,
                      fmt::format("{} and {} name different clients; the proxy at {} must write "
                                  "one of them, and take the other away",
                                  kFor, kForwarded, address_text(peer)));
  }
  if (has_forwarded && !has_x) {
    sender.address = *by_forwarded.from;
    sender.host = by_forwarded.host;
    sender.by_https = is_https(by_forwarded.proto);
  } else {
    sender.address = *by_x.from;
    sender.host = last_of(headers, kHost);
    sender.by_https = is_https(last_of(headers, kProto));
  }
  if (sender.address != sender.peer) sender.is_here = sender.address.is_loopback();
  return sender;
}

}  // namespace minidvr::http
