#include "doctor/running_service.hpp"

#include "core/file.hpp"
#include "core/host_name.hpp"
#include "process/open_files.hpp"
#include "recording/folder_lock.hpp"
#include "tls/certificate.hpp"
#include "tls/pinned_client.hpp"

#include <filesystem>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace minidvr::doctor {
namespace beast = boost::beast;
namespace http = beast::http;
namespace json = boost::json;
namespace {

constexpr std::uint64_t kLongestAnswer = 1 << 20;  // bytes; a status has two thousand
constexpr std::size_t kPieceBytes = 16 * 1024;     // of one read
constexpr std::size_t kLongestToken = 100;         // bytes; it has 49

net::ip::tcp::endpoint endpoint_of(const Settings& settings) {
  return {local_address(settings.app_host), settings.app_port};
}

std::filesystem::path token_file_of(const Settings& settings) {
  return local_token_file(settings.accounts_file, settings.app_port);
}

Error no_answer(const Settings& settings, const std::string& why) {
  return make_error(Errc::unavailable,
                    fmt::format("no mini-dvr answers on {}: {}", service_address(settings), why));
}

// Somebody is there, and may be a mini-dvr that records: that must not pass for none.
Error not_told(const Settings& settings, const std::string& why) {
  return make_error(Errc::refused,
                    fmt::format("something answers on {}, which may be a mini-dvr, and does not "
                                "say how it is: {}",
                                service_address(settings), why));
}

// By an answer that only a mini-dvr gives.
Error told_to_refuse(const Settings& settings, const std::string& why) {
  return make_error(Errc::refused,
                    fmt::format("mini-dvr runs on {}, and does not say how it is: {}",
                                service_address(settings), why));
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

// The `detail` of an error as the API gives it; empty when the document is none.
std::string detail_of(const json::object& document) {
  const auto* code = document.if_contains("code");
  const auto* detail = document.if_contains("detail");
  const bool is_error =
      code != nullptr && code->is_string() && detail != nullptr && detail->is_string();
  return is_error ? std::string(detail->get_string()) : std::string();
}

// What nobody but a mini-dvr says.
Result<ServiceAnswer> read_answer(const Settings& settings,
                                  const http::response<http::string_body>& response) {
  // To a plain request, see http/opening.cpp.
  if (response.body().starts_with("this port speaks https")) {
    return told_to_refuse(settings, "it speaks https, and these settings name no tls_certificate");
  }
  error_code malformed;
  const json::value document = json::parse(response.body(), malformed);
  const auto* object = malformed ? nullptr : document.if_object();
  if (object == nullptr) return no_answer(settings, "another program has that port");
  if (object->contains("recorder")) return ServiceAnswer{response.body(), *object};
  const auto detail = detail_of(*object);
  if (detail.empty()) return no_answer(settings, "another program has that port");
  if (response.result() != http::status::unauthorized) return told_to_refuse(settings, detail);
  return told_to_refuse(settings,
                        fmt::format("it asks for a password, and {} has no token for it; run this "
                                    "as root",
                                    token_file_of(settings).string()));
}

std::string request_for(const Settings& settings, const std::string& target) {
  const auto token = read_file(token_file_of(settings), kLongestToken);
  return fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{}\r\n", target,
                     service_address(settings),
                     token ? fmt::format("Authorization: Bearer {}\r\n", *token) : "");
}

using Parser = http::response_parser<http::string_body>;

// The error of an answer that is none.
error_code parse(Parser& parser, beast::flat_buffer& buffer, bool is_end) {
  error_code ec;
  buffer.consume(parser.put(buffer.data(), ec));
  if (ec == http::error::need_more) ec = {};
  if (!ec && is_end && !parser.is_done()) parser.put_eof(ec);
  return ec;
}

// `stream` is connected, and its time is limited already. Read piece by piece: to make Beast's own
// operations for both kinds of stream takes the compiler ten seconds.
template <class Stream>
Task<Result<ServiceAnswer>> ask(Stream& stream, const Settings& settings, std::string target,
                                Steady::duration limit) {
  const std::string request = request_for(settings, target);
  const auto [write_error, written] =
      co_await net::async_write(stream, net::buffer(request), as_tuple);
  if (write_error) co_return not_told(settings, text_of(write_error, limit));

  beast::flat_buffer buffer;
  Parser parser;
  parser.eager(true);
  parser.body_limit(kLongestAnswer);
  while (!parser.is_done()) {
    const auto room = buffer.prepare(kPieceBytes);
    const auto [read_error, count] = co_await stream.async_read_some(room, as_tuple);
    const bool is_end = read_error == net::error::eof;
    if (read_error && !is_end) co_return not_told(settings, text_of(read_error, limit));
    buffer.commit(count);
    const auto malformed = parse(parser, buffer, is_end);
    if (malformed) co_return no_answer(settings, malformed.message());
  }
  co_return read_answer(settings, parser.get());
}

// By https, where only the certificate that the settings name will do: whoever else has the port
// must not be sent the token.
Task<Result<ServiceAnswer>> ask_by_https(beast::tcp_stream connected, const Settings& settings,
                                         std::string target, Steady::duration limit) {
  const auto certificate = tls::read_certificate(settings.tls_certificate);
  if (!certificate) co_return not_told(settings, certificate.error().detail);
  const auto context = tls::pinned_client(*certificate);
  net::ssl::stream<beast::tcp_stream> stream(std::move(connected), *context);
  const auto [ec] = co_await stream.async_handshake(net::ssl::stream_base::client, as_tuple);
  if (ec) co_return not_told(settings, handshake_text(ec, limit));
  co_return co_await ask(stream, settings, std::move(target), limit);
}

Task<Result<ServiceAnswer>> ask_at_address(const Settings& settings, std::string target,
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

// One that has no page, because its certificate is of no use, say, has its folder all the same.
std::optional<Error> silent_service(const Settings& settings, const std::filesystem::path& proc) {
  std::error_code ec;
  const auto lock =
      std::filesystem::canonical(recording::FolderLock::file_in(settings.recordings_dir), ec);
  if (ec) return std::nullopt;
  const auto holders = process::OpenFiles(proc).holders_of(lock.string());
  if (holders.empty()) return std::nullopt;
  return make_error(
      Errc::refused,
      fmt::format("{} records to {}, and does not answer on {}", process::describe(holders),
                  settings.recordings_dir.string(), service_address(settings)));
}

}  // namespace

std::string service_address(const Settings& settings) {
  std::ostringstream text;
  text << endpoint_of(settings);
  return text.str();
}

Task<Result<ServiceAnswer>> ask_service(const Settings& settings, std::string target,
                                        Steady::duration limit, std::filesystem::path proc) {
  auto answer = co_await ask_at_address(settings, std::move(target), limit);
  if (!answer && answer.error().code == Errc::unavailable) {
    if (auto silent = silent_service(settings, proc)) co_return std::move(*silent);
  }
  co_return answer;
}

}  // namespace minidvr::doctor
