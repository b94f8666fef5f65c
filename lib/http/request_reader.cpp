#include "http/request_reader.hpp"

#include "core/first_of.hpp"
#include "http/connection_writer.hpp"
#include "http/request_check.hpp"
#include "http/target.hpp"

#include <optional>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <fmt/format.h>

namespace minidvr::http {
namespace beast = boost::beast;
namespace {

// What is read ahead of the parser. Twice the header limit: Beast needs the whole head in one
// piece.
constexpr std::size_t kBufferBytes = 16 * 1024;

// Read for the first bytes of a request; the rest follows with larger reads.
constexpr std::size_t kFirstReadBytes = 2048;

Incoming refused(Response refusal) {
  Incoming incoming;
  incoming.kind = Incoming::Kind::refused;
  incoming.refusal = std::move(refusal);
  return incoming;
}

Incoming too_slow(std::string_view what) {
  return refused(error_response(Status::request_timeout, fmt::format("{} came too slowly", what)));
}

Incoming unreadable(const error_code& failure) {
  if (failure == beast::error_code(beast::http::error::buffer_overflow)) {
    return refused(error_response(Status::request_header_fields_too_large,
                                  "the headers are too large; allowed are 8 KiB"));
  }
  auto refusal = refusal_for(failure);
  return refusal ? refused(std::move(*refusal)) : Incoming{};
}

}  // namespace

struct RequestReader::Parser : beast::http::request_parser<beast::http::string_body> {};

RequestReader::RequestReader(Transport& transport, const Limits& limits, Closing& closing)
    : transport_(transport), limits_(limits), closing_(closing), buffer_(kBufferBytes) {}

Task<> RequestReader::wait_for_bytes() {
  const auto [ec, n] =
      co_await transport_.async_read_some(buffer_.prepare(kFirstReadBytes), as_tuple);
  buffer_.commit(n);
}

Task<> RequestReader::read_header(Parser& parser) {
  // In steps: the parser's limit is one of each, and it keeps every line that is complete.
  std::size_t bytes = 0;
  failure_ = {};
  while (!failure_ && !parser.is_header_done()) {
    const auto [ec, n] =
        co_await beast::http::async_read_some(transport_, buffer_, parser, as_tuple);
    bytes += n;
    failure_ = ec;
    if (!ec && bytes > limits_.header_bytes) failure_ = beast::http::error::header_limit;
  }
}

Task<> RequestReader::read_body(Parser& parser) {
  const auto [ec, n] = co_await beast::http::async_read(transport_, buffer_, parser, as_tuple);
  failure_ = ec;
}

Task<Incoming> RequestReader::next() {
  waiting_since_ = Steady::now();
  if (buffer_.size() == 0) {
    const auto patience = first_ ? limits_.header_time : limits_.idle_time;
    co_await first_of(wait_for_bytes(), closing_.wait_until(Steady::now() + patience));
    if (buffer_.size() == 0) co_return Incoming{};
    waiting_since_ = Steady::now();
  }
  first_ = false;

  Parser parser;
  parser.header_limit(limits_.header_bytes);
  parser.body_limit(limits_.body_bytes);
  if (!co_await within(limits_.header_time, read_header(parser))) {
    co_return too_slow("the headers");
  }
  if (failure_) co_return unreadable(failure_);

  auto& message = parser.get();
  const bool http_1_1 = message.version() == 11;
  if (auto refusal = refusal_for(message, http_1_1)) co_return refused(std::move(*refusal));
  // CONNECT names a host instead of a path; it is refused as a method, not as a target.
  auto target = parse_target(message.method() == Verb::connect ? "*" : message.target());
  if (!target) co_return refused(error_response(target.error()));
  if (auto refusal = settle_host(message.base(), target->authority)) {
    co_return refused(std::move(*refusal));
  }

  Incoming incoming;
  Request& request = incoming.request;
  // Taken before the body is read: what comes behind that (trailers) would be added to them, and be
  // believed as what a proxy, or a browser, says.
  request.fields = message.base();

  if (!parser.is_done()) {
    if (http_1_1 && beast::iequals(message[Field::expect], "100-continue")) {
      ConnectionWriter writer(transport_, limits_);
      if (!co_await writer.write("HTTP/1.1 100 Continue\r\n\r\n")) co_return Incoming{};
    }
    if (!co_await within(limits_.body_time, read_body(parser))) co_return too_slow("the body");
    // What is no body has filled the buffer: extensions of chunks, or trailers.
    if (failure_ == beast::error_code(beast::http::error::buffer_overflow)) {
      failure_ = beast::http::error::bad_chunk_extension;
    }
    if (failure_) co_return unreadable(failure_);
  }

  incoming.kind = Incoming::Kind::request;
  request.keep_alive = parser.keep_alive();
  request.http_1_1 = http_1_1;
  request.verb = message.method();
  request.method = std::string_view(message.method_string());
  request.path = std::move(target->path);
  request.query = std::move(target->query);
  request.body = std::move(message.body());
  co_return incoming;
}

}  // namespace minidvr::http
