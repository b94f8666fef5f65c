// How a server is asked for its stream.

#include "capture/curl_stream.hpp"
#include "capture/frame_source.hpp"
#include "capture/keep_alive.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <fmt/format.h>

#include <sys/socket.h>

namespace minidvr::capture {
namespace beast = boost::beast;
using tcp = net::ip::tcp;
namespace {

constexpr std::size_t kMaxResponseHeader = 16 * 1024;  // of the stream's HTTP answer
constexpr unsigned kOk = 200;
constexpr unsigned kFirstAnswer = 200;         // what is below it only says that there will be one
constexpr std::size_t kHeadPieceBytes = 1024;  // of one read
// One read of a body whose end is not known.
constexpr std::size_t kOpenBodyBytes = 64 * 1024;
constexpr milliseconds kLeastToConnect{1000};  // to one of several addresses

std::uint16_t port_of(const std::string& url) {
  const auto text = stream_address(url).port;
  std::uint16_t port = 0;
  std::from_chars(text.data(), text.data() + text.size(), port);
  return port;
}

// nullopt: it is gone already.
std::optional<Connection> connection_of(const beast::tcp_stream::socket_type& socket) {
  error_code ec;
  const auto client = socket.local_endpoint(ec);
  if (ec) return std::nullopt;
  const auto server = socket.remote_endpoint(ec);
  if (ec) return std::nullopt;
  return Connection{client, server};
}

// A name may have an address that nobody answers at: each has its share of `limit`. Returns the
// last error.
Task<error_code> connect(beast::tcp_stream& stream, const NameLookup::Endpoints& endpoints,
                         Steady::duration limit) {
  const auto share = limit / static_cast<int>(endpoints.size());
  error_code failure = net::error::host_not_found;
  for (const auto& endpoint : endpoints) {
    stream.expires_after(
        endpoints.size() == 1 ? limit : std::max<Steady::duration>(share, kLeastToConnect));
    const auto [ec] = co_await stream.async_connect(endpoint, as_tuple);
    failure = ec;
    if (!failure) break;
    stream.close();
  }
  co_return failure;
}

}  // namespace

// `bytes`: what has come behind it.
template <class From>
Task<Result<StreamHead>> FrameSource::read_head(From& stream, std::string& bytes) {
  std::array<char, kHeadPieceBytes> piece{};
  for (;;) {
    const auto [error, count] = co_await stream.async_read_some(net::buffer(piece), as_tuple);
    if (error) {
      Error why = unavailable("no answer", error);
      if (error == beast::error::timeout) why.reason = Reason::timeout;
      co_return why;
    }
    bytes.append(piece.data(), count);
    while (const auto end = end_of_head(bytes)) {
      auto head = parse_stream_head(std::string_view(bytes).substr(0, *end));
      bytes.erase(0, *end);
      if (!head || head->status >= kFirstAnswer) co_return head;
    }
    if (bytes.size() > kMaxResponseHeader) {
      co_return make_error(Errc::malformed, "the answer has no end of its head");
    }
  }
}

// Who answers, or should, is a stranger where our ustreamer is to be. `connection`: nullopt, there
// is none.
std::optional<Error> FrameSource::stranger(const std::optional<Connection>& connection,
                                           std::uint16_t port) const {
  if (own_port_ == nullptr) return std::nullopt;
  return connection ? own_port_->stranger_at(*connection) : own_port_->stranger_listening(port);
}

Task<Error> FrameSource::read_stream() {
  if (!by_curl_) {
    Error error = co_await read_plain();
    if (!by_curl_) co_return error;
  }
  co_return co_await read_by_curl();
}

// What stands in the head decides how the body is read.
Task<Error> FrameSource::read_body(Socket& socket, const StreamHead& head, std::string bytes,
                                   CurlStream* source) {
  // Without a boundary the pictures themselves tell where they begin.
  const auto boundary = multipart_boundary(head.content_type);
  MultipartParser parser(boundary ? *boundary : std::string(),
                         [this](Part&& part) { on_part(std::move(part)); });
  // Its placeholder would be taken for pictures.
  if (head.is_ustreamer && !asks_for_headers_) {
    co_return make_error(Errc::unavailable, "it is a ustreamer, to be asked for its headers");
  }
  Reading reading{socket, parser, std::vector<char>(kOpenBodyBytes)};
  if (head.is_chunked) reading.chunked.emplace();
  reading.left = head.length;
  reading.is_ustreamer = head.is_ustreamer;
  reading.source = source;
  const Error error = co_await read_parts(reading, std::move(bytes));
  if (!delivered_since_connect_ && !boundary) co_return boundary.error();
  co_return error;
}

Task<Error> FrameSource::read_by_curl() {
  const auto executor = co_await net::this_coro::executor;
  waits_since_ = Steady::now();
  step_ = AskStep::resolving;
  CurlStream stream(
      {url_to_ask(url_, asks_for_headers_), tls_verify_, limits_.answer, patience_, step_});
  const int end = stream.take_socket();
  if (end < 0) co_return stream.why();  // GCOV_EXCL_LINE: as where it could not begin
  Socket socket(executor, net::generic::stream_protocol(AF_UNIX, 0), end);
  std::string bytes;
  const auto head = co_await read_head(socket, bytes);
  if (const auto other = stranger(stream.first_connection(), port_of(url_))) co_return *other;
  waits_since_.reset();
  if (!head) {
    Error why = stream.why();
    if (stream.answer_is_late()) be_more_patient();
    may_ask_otherwise_ = stream.status() != 0 && stream.status() != kUnauthorized;
    co_return why;
  }
  may_ask_otherwise_ = true;
  co_return co_await read_body(socket, *head, std::move(bytes), &stream);
}

// Asks in one manner, and in the next one where the answer wants that.
Task<Error> FrameSource::read_plain() {
  Manner manner;
  for (;;) {
    const Manner asked = manner;
    Error error = co_await ask_plain(manner);
    if (manner == asked) co_return error;
  }
}

// An answer other than the stream, and what it says of how to ask.
Error FrameSource::refusal(const StreamHead& head, Manner& manner) {
  by_curl_ = takes_more_than_plain_http(head.status);
  manner.by_http_1_0 |= may_speak_http_1_0_alone(head.status);
  if (head.status != kUnauthorized) {
    return make_error(Errc::unavailable, fmt::format("the server answered {}", head.status));
  }
  const auto reason = manner.with_user ? Reason::forbidden : Reason::login_required;
  // Digest is the stronger one, and libcurl's. Who offers neither says nothing of how to ask: many
  // lock out so, whichever they offer otherwise.
  if (has_user(url_) && !manner.with_user) {
    by_curl_ = head.offers_digest;
    manner.with_user = head.offers_basic && !by_curl_;
  }
  return make_error(Errc::unavailable, std::string(why_refused(url_)), reason);
}

Task<Error> FrameSource::ask_plain(Manner& manner) {
  const auto target = stream_address(url_to_ask(url_, asks_for_headers_));
  const auto executor = co_await net::this_coro::executor;
  beast::tcp_stream stream(executor);
  waits_since_ = Steady::now();
  step_ = AskStep::resolving;
  const auto endpoints = co_await lookup_.find(limits_.answer);
  if (!endpoints) co_return endpoints.error();

  step_ = AskStep::connecting;
  const auto failure = co_await connect(stream, *endpoints, limits_.answer);
  if (failure) {
    if (const auto other = stranger(std::nullopt, port_of(url_))) co_return *other;
    co_return unavailable("cannot connect", failure);
  }
  keep_alive(stream.socket().native_handle());
  const auto connection = connection_of(stream.socket());

  // By the version that browsers speak: what servers do with an older one nobody tries. Some send
  // chunks all the same, and do not say so.
  std::string request =
      fmt::format("GET {} HTTP/1.{}\r\nHost: {}\r\nUser-Agent: mini-dvr\r\nAccept: */*\r\n",
                  target.path, manner.by_http_1_0 ? 0 : 1, target.authority);
  // Whose end is closed behind a refusal can not be told from a stranger's any more.
  if (own_port_ == nullptr) request += "Connection: close\r\n";
  if (manner.with_user) request += "Authorization: " + basic_credentials(url_) + "\r\n";
  request += "\r\n";
  const auto [write_error, written] =
      co_await net::async_write(stream, net::buffer(request), as_tuple);
  if (write_error) co_return unavailable("cannot ask for the stream", write_error);

  std::string bytes;
  stream.expires_after(patience_);
  waits_since_ = Steady::now();
  step_ = AskStep::asked;
  const auto head = co_await read_head(stream, bytes);
  waits_since_.reset();
  if (const auto other = stranger(connection, port_of(url_))) co_return *other;
  may_ask_otherwise_ = !head || head->status != kUnauthorized;
  if (!head) {
    if (head.error().reason == Reason::timeout) be_more_patient();
    co_return head.error();
  }
  if (head->status != kOk) co_return refusal(*head, manner);
  stream.expires_never();
  Socket socket(stream.release_socket());
  co_return co_await read_body(socket, *head, std::move(bytes));
}

}  // namespace minidvr::capture
