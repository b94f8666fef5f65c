#include "http/session.hpp"

#include "core/first_of.hpp"
#include "core/host_name.hpp"
#include "core/log.hpp"
#include "core/plain_address.hpp"
#include "http/admission.hpp"
#include "http/cors.hpp"
#include "http/file_sender.hpp"
#include "http/log_component.hpp"
#include "http/opening.hpp"
#include "http/response_head.hpp"
#include "http/send_queue.hpp"
#include "http/websocket_session.hpp"

#include <array>
#include <exception>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>

namespace minidvr::http {
namespace {

// So much later than a login ends what was begun with it ends, too.
constexpr seconds kRevocationPause{1};

net::ip::address address_of(const net::ip::tcp::socket& socket) {
  error_code ec;
  const auto endpoint = socket.remote_endpoint(ec);
  return ec ? net::ip::address() : endpoint.address();
}

net::ip::address own_address_of(const net::ip::tcp::socket& socket) {
  error_code ec;
  const auto endpoint = socket.local_endpoint(ec);
  return ec ? net::ip::address() : endpoint.address();
}

// What an exception says.
std::string message_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return e.what();
  }
}

// Also where the coroutine itself has not been cancelled: a socket that is closed ends what waits
// for it.
bool is_cancellation(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const boost::system::system_error& e) {
    return e.code() == net::error::operation_aborted;
  } catch (const std::exception&) {
    return false;
  }
}

Response too_many(std::string_view of_what) {
  return error_response(Status::service_unavailable,
                        fmt::format("too many {} at once; try again in a moment", of_what),
                        Reason::busy);
}

}  // namespace

Session::Session(net::ip::tcp::socket socket, Server& server)
    : server_(server),
      peer_(address_of(socket)),
      local_(own_address_of(socket)),
      transport_(std::move(socket)),
      writer_(transport_, server.limits),
      reader_(transport_, server.limits, server.closing) {}

// False: there is nobody to be served.
Task<bool> Session::begin() {
  const auto tls = server_.tls;  // another may take its place meanwhile
  if (!tls) co_return true;
  const std::string client = address_text(plain_address(peer_));
  const Opening opening = co_await begin_tls(transport_, *tls, server_.limits, server_.closing,
                                             client, server_.client_log);
  co_return opening != Opening::gone;
}

// What one client can bring about it can bring about without end.
Task<> Session::run() {
  std::exception_ptr failure;
  try {
    co_await converse();
  } catch (...) {
    failure = std::current_exception();
  }
  if (!failure) co_return;
  if (is_cancellation(failure)) std::rethrow_exception(failure);
  server_.client_log.print(log::Level::error, kComponent, "the connection of {} failed: {}",
                           address_text(plain_address(peer_)), message_of(failure));
}

Task<> Session::converse() {
  if (!co_await begin()) co_return;
  Next next = Next::request;
  while (next == Next::request) {
    reading_ = true;
    Incoming incoming = co_await reader_.next();
    reading_ = false;
    kind_ = Traffic::kNoRoute;
    if (incoming.kind == Incoming::Kind::gone) co_return;
    if (incoming.kind == Incoming::Kind::request) {
      next = co_await serve(incoming.request);
      continue;
    }
    server_.client_log.print(log::Level::info, kComponent, "{} sent an unacceptable request: {}",
                             address_text(plain_address(peer_)),
                             static_cast<unsigned>(incoming.refusal.status));
    next = co_await send(std::move(incoming.refusal), incoming.request, false);
  }
  if (next == Next::close_gently) {
    lingering_since_ = Steady::now();
    co_await close_gently(transport_, Steady::now() + server_.limits.linger_time);
  }
}

void Session::drop() {
  dropped_ = true;
  if (!upgraded_) transport_.close();
}

std::optional<SteadyTime> Session::waiting_since() const {
  if (reading_) return reader_.waiting_since();
  return lingering_since_;
}

Task<Session::Next> Session::serve(Request& request) {
  const bool lacks_tls = server_.tls && !transport_.is_encrypted();
  if (auto refusal = refuse_strangers(request)) {
    co_return co_await send(std::move(*refusal), request, request.keep_alive && !lacks_tls);
  }
  if (lacks_tls) co_return co_await send(https_only(request), request, false);
  const auto match = server_.router.find(request.verb, request.path);
  const auto* route = std::get_if<Router::Found>(&match);
  if (route) kind_ = route->kind;
  request.is_for_page = route && route->is_page;
  auto refusal = co_await refuse_callers(request, route ? route->needed : Role::anyone);
  if (refusal) co_return co_await send(std::move(*refusal), request, request.keep_alive);
  Response response;
  if (const auto* others = std::get_if<Router::OtherMethods>(&match)) {
    response = not_allowed(*others, request);
  } else if (std::holds_alternative<Router::UnknownPath>(match)) {
    response = error_response(Status::not_found, "there is nothing at " + request.path);
  } else {
    if (const auto* handler = std::get_if<WebSocketHandler>(route->endpoint)) {
      co_return co_await upgrade(*handler, request);
    }
    if (const auto* stream = std::get_if<http::Stream>(route->endpoint)) {
      co_return co_await send_stream(*stream, request);
    }
    Request complete = request;
    complete.parameters = route->parameters;
    response = co_await answer(std::get<Handler>(*route->endpoint), complete);
  }
  SharedPlaces::Place place;
  if (response.source) {
    place = server_.streams.take(network_of(request.sender.address));
    if (!place) {
      ++server_.traffic.streams_refused;
      response = too_many("streams");
    }
  }
  const bool keep_alive = request.keep_alive && !server_.closing.begun();
  co_return co_await send(std::move(response), request, keep_alive);
}

// Counts and logs it. 2xx and 3xx are everyday life; what a client did wrong may interest an
// operator. Requests that are refused for where they come from have a line of their own, at times:
// see RefusalLog.
void Session::note_answer(const Request& request, Status status) {
  const auto number = static_cast<unsigned>(status);
  server_.traffic.count_answer(kind_, number);
  if (request.method.empty()) return;  // unreadable
  const bool refused = status == Status::forbidden || status == Status::misdirected_request;
  const bool wrong = number >= 400 && number < 500 && !refused;
  const auto level = wrong ? log::Level::info : log::Level::debug;
  if (!log::enabled(level)) return;
  server_.client_log.print(level, kComponent, "{} {} {}: {}", address_text(request.sender.address),
                           log::excerpt(request.method), log::excerpt(request.path), number);
}

// Notes in the request from where it came.
std::optional<Response> Session::refuse_strangers(Request& request) {
  auto sender = sender_of(peer_, local_, request.fields, server_.access.trusted_proxies);
  if (!sender) return error_response(sender.error());
  request.sender = std::move(*sender);
  // Of others the proxy says how they came.
  if (transport_.is_encrypted() && request.sender.address == request.sender.peer) {
    request.sender.by_https = true;
  }
  if (contains(server_.access.trusted_proxies, peer_) &&
      !server_.connections.count_as(*this, network_of(request.sender.address))) {
    return too_many("connections");
  }
  auto refusal = access_refusal(request, server_.access, own_host_name());
  if (!refusal) return std::nullopt;
  const bool is_host = refusal->status == Status::misdirected_request;
  ++(is_host ? server_.traffic.hosts_refused : server_.traffic.pages_refused);
  if (const auto count = server_.refusal_log.add(Steady::now())) {
    const auto body = refusal->body.bytes();
    log::warning(kComponent, "refused {} request{} of other pages, the last of {}: {}", *count,
                 *count == 1 ? "" : "s", address_text(request.sender.address),
                 std::string_view(body.data(), body.size()));
  }
  return refusal;
}

// Notes in the request who sent it.
Task<std::optional<Response>> Session::refuse_callers(Request& request, Role needed) {
  if (server_.gate == nullptr) co_return std::nullopt;
  auto admitted = co_await server_.gate->admit(request, needed);
  if (auto* refusal = std::get_if<Response>(&admitted)) co_return std::move(*refusal);
  request.caller = std::get<Caller>(std::move(admitted));
  co_return std::nullopt;
}

// What is sent for hours ends with the right to see it.
Task<> Session::until_revoked(Caller caller) {
  while (server_.gate == nullptr || server_.gate->still_is(caller))
    co_await sleep_for(kRevocationPause);
}

// The headers of every answer.
HeaderLines Session::always(const Request& request) const {
  HeaderLines lines = security_headers(server_.security);
  for (auto& line : cors_headers(request, server_.access))
    lines.push_back(std::move(line));
  return lines;
}

Response Session::not_allowed(const Router::OtherMethods& others, const Request& request) const {
  Response response;
  if (request.verb == Verb::options) {
    response.status = Status::no_content;
  } else {
    response = error_response(Status::method_not_allowed, "allowed here: " + others.allow);
  }
  response.headers = preflight_headers(request, server_.access, others.allow);
  response.headers.emplace_back("Allow", others.allow);
  return response;
}

Task<Response> Session::answer(const Handler& handler, const Request& request) {
  std::exception_ptr failure;
  try {
    auto result = co_await handler(request);
    if (result) co_return std::move(*result);
    co_return error_response(result.error());
  } catch (...) {
    failure = std::current_exception();
  }
  const auto state = co_await net::this_coro::cancellation_state;
  if (state.cancelled() != net::cancellation_type::none) std::rethrow_exception(failure);
  server_.client_log.print(log::Level::error, kComponent, "{} {} failed: {}",
                           log::excerpt(request.method), log::excerpt(request.path),
                           message_of(failure));
  co_return error_response(Status::internal_server_error,
                           "this is a fault of mini-dvr; its log says more");
}

Task<Session::Next> Session::send(Response response, const Request& request, bool keep_alive) {
  note_answer(request, response.status);
  HeadOptions options;
  options.keep_alive = keep_alive = keep_alive && !response.source;
  const auto body = response.body.bytes();
  if (!response.source) {
    options.content_length = response.file ? response.file->range.length : body.size();
  }
  const std::string head = response_head(response, always(request), options);
  const bool with_body = request.verb != Verb::head && response.status != Status::not_modified;
  const std::array buffers = {net::const_buffer(head.data(), head.size()),
                              net::const_buffer(body.data(), with_body ? body.size() : 0)};
  if (!co_await writer_.write(buffers)) co_return Next::close;
  // Only when it has all does it wait for its next request.
  bool complete = true;
  if (response.file && with_body) {
    complete = co_await send_while_allowed(*response.file, request.caller);
  } else {
    if (response.source && with_body) {
      complete = co_await send_endless(*response.source, request.caller);
    }
    if (complete) complete = co_await client_has_all();
  }
  if (!complete) co_return Next::close;
  co_return keep_alive ? Next::request : Next::close_gently;
}

// False: it took nothing for too long.
Task<bool> Session::client_has_all() {
  if (reader_.has_unread()) co_return true;
  co_return co_await wait_until_taken(transport_.socket(), server_.limits.write_time);
}

// False: the client has not got all of it. What is sent is cut off where the right to it ends: the
// kernel may hold minutes of it.
Task<bool> Session::send_while_allowed(const FileBody& body, const Caller& caller) {
  bool complete = false;
  const auto ended = co_await first_of(send_whole(body, complete), until_revoked(caller));
  if (ended == 0) co_return complete;
  transport_.abort();
  co_return false;
}

// Of a slow client the kernel has megabytes still when all of it was sent. The file is in use until
// then, too.
Task<> Session::send_whole(const FileBody& body, bool& complete) {
  complete = co_await send_file(transport_, body, server_.limits, server_.closing);
  if (complete) complete = co_await client_has_all();
}

// Of a source that says itself when it ends; false: the client went before.
Task<bool> Session::send_endless(BodySource& source, const Caller& caller) {
  bool complete = false;
  if (source.is_timed()) writer_.prefer_fresh_data();
  co_await first_of(write_endless(source, complete), watch_client(caller));
  co_return complete;
}

Task<> Session::write_endless(BodySource& source, bool& complete) {
  auto writing = write_all_of(source, complete);
  co_await first_of(std::move(writing), server_.closing.wait_until(SteadyTime::max()));
}

Task<> Session::write_all_of(BodySource& source, bool& complete) {
  for (;;) {
    const auto bytes = co_await source.next();
    complete = bytes.empty();
    if (complete) co_return;
    const bool taken = co_await writer_.write(std::string_view(bytes.data(), bytes.size()));
    if (!taken) co_return;
  }
}

Task<Session::Next> Session::send_stream(const http::Stream& stream, const Request& request) {
  const auto content_type = stream.content_type(request);
  if (!content_type) {
    auto refusal = error_response(content_type.error());
    co_return co_await send(std::move(refusal), request, request.keep_alive);
  }
  const auto place = server_.streams.take(network_of(request.sender.address));
  if (!place) {
    ++server_.traffic.streams_refused;
    co_return co_await send(too_many("streams"), request, request.keep_alive);
  }
  note_answer(request, Status::ok);
  Response response;
  response.content_type = *content_type;
  response.headers.emplace_back("Cache-Control", "no-store");
  const std::string head = response_head(response, always(request), HeadOptions{});
  if (!co_await writer_.write(head)) co_return Next::close;
  if (request.verb == Verb::head) co_return Next::close_gently;
  writer_.prefer_fresh_data();
  co_await first_of(write_stream(stream, request), watch_client(request.caller));
  co_return Next::close;
}

Task<> Session::write_stream(const http::Stream& stream, const Request& request) {
  auto writing = stream.handler(request, writer_);
  co_await first_of(std::move(writing), server_.closing.wait_until(SteadyTime::max()));
}

// Returns when the client has closed the connection, or may see no more.
Task<> Session::watch_client(const Caller& caller) {
  co_await first_of(read_to_the_end(), until_revoked(caller));
}

// A writer that has nothing to write would never know that its client is gone. What that sends is
// forgotten.
Task<> Session::read_to_the_end() {
  std::array<char, 1024> rubbish;
  for (;;) {
    const auto [ec, n] = co_await transport_.async_read_some(net::buffer(rubbish), as_tuple);
    if (ec) co_return;
  }
}

Task<Session::Next> Session::upgrade(const WebSocketHandler& handler, const Request& request) {
  auto refusal = websocket_refusal(request);
  if (!refusal && reader_.has_unread()) {
    refusal = error_response(Status::bad_request,
                             "nothing may be sent before the WebSocket handshake is answered");
  }
  if (refusal) {
    const bool keep_alive = request.keep_alive && !reader_.has_unread();
    co_return co_await send(std::move(*refusal), request, keep_alive);
  }
  note_answer(request, Status::switching_protocols);
  const auto headers = always(request);
  upgraded_ = true;
  WebSocketSession session(transport_, server_.limits, address_text(request.sender.address),
                           server_.client_log);
  auto conversation = session.run(request, headers, handler, server_.closing);
  co_await first_of(std::move(conversation), until_revoked(request.caller));
  if (session.is_left_behind()) ++server_.traffic.websockets_left_behind;
  co_return Next::close;
}

}  // namespace minidvr::http
