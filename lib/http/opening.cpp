#include "http/opening.hpp"

#include "core/first_of.hpp"
#include "http/log_component.hpp"
#include "http/target.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/url/authority_view.hpp>
#include <boost/url/url.hpp>
#include <fmt/format.h>

namespace minidvr::http {
namespace {

// Every client's first record is of this type (RFC 8446, 5.1), and no method of HTTP begins so.
constexpr unsigned char kHandshakeRecord = 22;

Task<> peek(Transport::Socket& socket, std::optional<unsigned char>& first) {
  error_code failure;
  socket.non_blocking(true, failure);
  while (!failure) {
    const auto [ec] = co_await socket.async_wait(Transport::Socket::wait_read, as_tuple);
    if (ec) co_return;
    unsigned char byte = 0;
    socket.receive(net::buffer(&byte, 1), Transport::Socket::message_peek, failure);
    if (failure == net::error::would_block) {
      failure.clear();
    } else if (!failure) {
      first = byte;
      co_return;
    }
  }
}

Task<> shake_hands(Transport& transport, net::ssl::context& context, error_code& failure) {
  failure = co_await transport.start_tls(context);
}

// The Host of a request as a URL may have it: without the zone of an IPv6 address, which browsers
// take in none. Empty when it can be in no URL at all.
std::string host_for_url(std::string_view host) {
  const auto given = parse_authority(host);
  if (!given) return {};
  std::string text = given->host;
  if (const auto zone = text.find('%'); zone != std::string::npos) {
    text.erase(zone, text.size() - 1 - zone);  // up to the bracket
  }
  if (!given->port.empty()) text += ":" + given->port;
  return boost::urls::parse_authority(text) ? text : std::string();
}

// Empty for a request that does not say where it was sent to.
std::string https_address(const Request& request) {
  const auto host = host_for_url(request.header(Field::host));
  if (host.empty()) return {};
  boost::urls::url url;
  url.set_scheme("https");
  url.set_encoded_authority(host);
  url.set_path(request.path);
  for (const auto& [name, value] : request.query)
    url.params().append({name, value});
  return url.buffer();
}

}  // namespace

Task<Opening> begin_tls(Transport& transport, net::ssl::context& context, const Limits& limits,
                        Closing& closing, std::string_view client, log::LimitedLog& client_log) {
  const auto deadline = Steady::now() + limits.header_time;
  std::optional<unsigned char> first;
  co_await first_of(peek(transport.socket(), first), closing.wait_until(deadline));
  if (!first) co_return Opening::gone;
  if (*first != kHandshakeRecord) co_return Opening::plain;
  error_code failure = net::error::timed_out;
  co_await first_of(shake_hands(transport, context, failure), closing.wait_until(deadline));
  if (!failure) co_return Opening::encrypted;
  client_log.print(log::Level::debug, kComponent, "{} and TLS: {}", client, failure.message());
  co_return Opening::gone;
}

Response https_only(const Request& request) {
  const std::string address = https_address(request);
  const bool reads = request.verb == Verb::get || request.verb == Verb::head;
  const auto detail =
      fmt::format("this port speaks https{}{}", address.empty() ? "" : ": ", address);
  if (!reads || address.empty()) return error_response(Status::bad_request, detail);
  Response response;
  response.status = Status::temporary_redirect;
  response.content_type = "text/plain; charset=utf-8";
  response.body = detail + "\n";
  response.headers.emplace_back("Location", address);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

}  // namespace minidvr::http
