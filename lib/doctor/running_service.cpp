#include "doctor/running_service.hpp"

#include "core/file.hpp"
#include "core/host_name.hpp"
#include "tls/certificate.hpp"
#include "tls/pinned_client.hpp"

#include <sstream>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace minidvr::doctor {
namespace beast = boost::beast;
namespace http = beast::http;
namespace json = boost::json;
namespace {

constexpr std::uint64_t kLongestAnswer = 1 << 20;  // bytes; a status has two thousand
constexpr int kHttp11 = 11;
constexpr std::size_t kLongestToken = 100;  // bytes; it has 43

net::ip::tcp::endpoint endpoint_of(const Settings& settings) {
  return {local_address(settings.app_host), settings.app_port};
}

Error no_answer(const Settings& settings, const std::string& why) {
  return make_error(Errc::unavailable,
                    fmt::format("no mini-dvr answers on {}: {}", service_address(settings), why));
}

std::string text_of(error_code ec, Steady::duration limit) {
  if (ec != beast::error::timeout) return ec.message();
  return fmt::format("nothing came within {:.0f} s", to_seconds(limit));
}

std::string handshake_text(error_code ec, Steady::duration limit) {
  if (ec == beast::error::timeout) return text_of(ec, limit);
  if (ec.category() != net::error::get_ssl_category()) {
    return fmt::format("it does not speak https: {}", ec.message());
  }
  return fmt::format(
      "it has not the certificate that tls_certificate names, which it may have read before that "
      "was changed (systemctl reload mini-dvr): {}",
      ec.message());
}

// What nobody but a mini-dvr says.
Result<ServiceAnswer> read_answer(const Settings& settings,
                                  const http::response<http::string_body>& response) {
  if (response.result() == http::status::unauthorized) {
    return no_answer(settings,
                     fmt::format("it asks for a password, and {} has no token for it; run this as "
                                 "root",
                                 local_token_file(settings.accounts_file).string()));
  }
  if (response.result() == http::status::temporary_redirect) {
    return no_answer(settings, "it speaks https, and these settings name no tls_certificate");
  }
  error_code malformed;
  const json::value document = json::parse(response.body(), malformed);
  const auto* object = malformed ? nullptr : document.if_object();
  if (object == nullptr || !object->contains("recorder")) {
    return no_answer(settings, "another program has that port");
  }
  return ServiceAnswer{response.body(), *object};
}

// `stream` is connected, and its time is limited already.
template <class Stream>
Task<Result<ServiceAnswer>> ask(Stream& stream, const Settings& settings, std::string target,
                                Steady::duration limit) {
  http::request<http::empty_body> request{http::verb::get, target, kHttp11};
  request.set(http::field::host, service_address(settings));
  request.set(http::field::connection, "close");
  const auto token = read_file(local_token_file(settings.accounts_file), kLongestToken);
  if (token) request.set(http::field::authorization, "Bearer " + *token);
  const auto [write_error, written] = co_await http::async_write(stream, request, as_tuple);
  if (write_error) co_return no_answer(settings, text_of(write_error, limit));

  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(kLongestAnswer);
  const auto [read_error, read] = co_await http::async_read(stream, buffer, parser, as_tuple);
  if (read_error) co_return no_answer(settings, text_of(read_error, limit));
  co_return read_answer(settings, parser.get());
}

// By https, where only the certificate that the settings name will do: whoever else has the port
// must not be sent the token.
Task<Result<ServiceAnswer>> ask_by_https(beast::tcp_stream connected, const Settings& settings,
                                         std::string target, Steady::duration limit) {
  const auto certificate = tls::read_certificate(settings.tls_certificate);
  if (!certificate) co_return no_answer(settings, certificate.error().detail);
  const auto context = tls::pinned_client(*certificate);
  net::ssl::stream<beast::tcp_stream> stream(std::move(connected), *context);
  const auto [ec] = co_await stream.async_handshake(net::ssl::stream_base::client, as_tuple);
  if (ec) co_return no_answer(settings, handshake_text(ec, limit));
  co_return co_await ask(stream, settings, std::move(target), limit);
}

}  // namespace

std::string service_address(const Settings& settings) {
  std::ostringstream text;
  text << endpoint_of(settings);
  return text.str();
}

Task<Result<ServiceAnswer>> ask_service(const Settings& settings, std::string target,
                                        Steady::duration limit) {
  beast::tcp_stream stream(co_await net::this_coro::executor);
  stream.expires_after(limit);
  const auto [connect_error] = co_await stream.async_connect(endpoint_of(settings), as_tuple);
  if (connect_error) co_return no_answer(settings, text_of(connect_error, limit));
  if (speaks_https(settings)) {
    co_return co_await ask_by_https(std::move(stream), settings, std::move(target), limit);
  }
  co_return co_await ask(stream, settings, std::move(target), limit);
}

}  // namespace minidvr::doctor
