#include "http/websocket_session.hpp"

#include "core/event.hpp"
#include "core/first_of.hpp"
#include "http/log_component.hpp"

#include <array>
#include <deque>
#include <optional>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/stream.hpp>

namespace minidvr::http {
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
namespace {

constexpr std::size_t kReadBytes = 4096;

}  // namespace

struct WebSocketSession::Connection {
  // Without permessage-deflate: it would cost each client 300 KB to save nothing on small messages.
  using Stream = websocket::stream<Transport&, false>;

  Connection(Transport& transport, const Limits& limits_in_force, std::string address,
             log::LimitedLog& log_of_clients)
      : stream(transport),
        limits(limits_in_force),
        remote(std::move(address)),
        client_log(log_of_clients),
        queue_changed(stream.get_executor()),
        queue_shrunk(stream.get_executor()) {}

  Stream stream;
  const Limits& limits;
  std::string remote;
  log::LimitedLog& client_log;
  std::deque<SharedText> queue;
  std::size_t queued_bytes = 0;
  Event queue_changed;  // for the writer
  Event queue_shrunk;   // for the reader
  bool dropped = false;
  // Set: nothing more is sent, and this is said in the end.
  std::optional<websocket::close_reason> goodbye;
  bool left_behind = false;
  bool sending = false;
  SteadyTime patience_ends{};  // while sending
  bool skipping = false;       // the rest of a message that was reported before its end

  // Ends whatever waits for the client. Not every operation of Beast can be cancelled (waiting for
  // the client's end of the connection can not), but all end with the socket.
  void drop() {
    dropped = true;
    beast::get_lowest_layer(stream).close();
  }

  // Whether too much waits behind what is being sent, or is to be sent next, with so much more.
  bool would_be_behind(std::size_t more) const {
    if (queue.empty()) return false;
    const std::size_t next = sending ? 0 : queue.front()->size();
    return queue.size() >= limits.queued_messages ||
           queued_bytes - next + more > limits.queued_bytes;
  }

  void leave_behind() {
    left_behind = true;
    client_log.print(log::Level::info, kWebSocketComponent,
                     "{} does not read its messages; closing it", remote);
  }

  Task<> drop_when_patience_ends() {
    while (Steady::now() < patience_ends)
      co_await queue_changed.wait_until(patience_ends);
    drop();
  }

  // Drops after `patience`, and also when it is cancelled before: whoever waits beside it may be
  // waiting for something that only ends with the socket.
  Task<> drop_within(Steady::duration patience) {
    const DropAtEnd drop_at_end(*this);
    co_await sleep_for(patience);
  }

  struct DropAtEnd {
    explicit DropAtEnd(Connection& its_connection) : connection(its_connection) {}
    DropAtEnd(const DropAtEnd&) = delete;
    DropAtEnd& operator=(const DropAtEnd&) = delete;
    ~DropAtEnd() { connection.drop(); }
    Connection& connection;
  };
};

WebSocketSession::WebSocketSession(Transport& transport, const Limits& limits, std::string remote,
                                   log::LimitedLog& client_log)
    : connection_(std::make_unique<Connection>(transport, limits, std::move(remote), client_log)) {}

WebSocketSession::~WebSocketSession() = default;

const std::string& WebSocketSession::remote() const {
  return connection_->remote;
}

bool WebSocketSession::is_left_behind() const {
  return connection_->left_behind;
}

bool WebSocketSession::keeps_up() const {
  return connection_->dropped || connection_->queue.empty();
}

void WebSocketSession::send(SharedText text) {
  auto& c = *connection_;
  if (c.dropped || c.goodbye) return;
  if (c.would_be_behind(text->size())) {
    c.leave_behind();
    c.queue.clear();
    c.queued_bytes = 0;
    c.goodbye.emplace(websocket::close_code::policy_error, "more waits to be read than is kept");
    // The goodbye comes behind what is being sent, which it may be that nobody reads.
    c.patience_ends = Steady::now() + c.limits.websocket_close_time;
  } else {
    c.queued_bytes += text->size();
    c.queue.push_back(std::move(text));
  }
  c.queue_changed.notify();
}

Task<std::optional<WebSocketMessage>> WebSocketSession::receive() {
  using Kind = WebSocketMessage::Kind;
  auto& c = *connection_;
  WebSocketMessage message;
  std::array<char, kReadBytes> chunk;
  while (c.queue.size() >= c.limits.queued_messages_while_reading ||
         c.queued_bytes >= c.limits.queued_bytes_while_reading)
    co_await c.queue_shrunk.wait();
  for (;;) {
    const auto [ec, n] = co_await c.stream.async_read_some(net::buffer(chunk), as_tuple);
    if (ec) {
      c.client_log.print(log::Level::debug, kWebSocketComponent, "{} is gone: {}", c.remote,
                         ec.message());
      co_return std::nullopt;
    }
    const bool done = c.stream.is_message_done();
    if (c.skipping) {
      c.skipping = !done;
      continue;
    }
    message.text.append(chunk.data(), n);
    const bool too_long = message.text.size() > c.limits.message_bytes;
    if (c.stream.got_binary() || too_long) {
      message.kind = too_long ? Kind::too_long : Kind::binary;
      message.text.clear();
      c.skipping = !done;
      co_return message;
    }
    if (done) co_return message;
  }
}

Task<bool> WebSocketSession::accept(const Request& request, const HeaderLines& headers) {
  auto& c = *connection_;
  websocket::stream_base::timeout timeout{};
  timeout.handshake_timeout = c.limits.write_time;
  timeout.idle_timeout = c.limits.websocket_idle_time;
  timeout.keep_alive_pings = true;
  c.stream.set_option(timeout);
  c.stream.set_option(websocket::stream_base::decorator([&](websocket::response_type& response) {
    response.erase(Field::server);
    for (const auto& [name, value] : headers)
      response.set(name, value);
  }));
  // receive() bounds what is kept: a long message is no failure, one that may never end is.
  c.stream.read_message_max(c.limits.message_bytes_passed_over);
  c.stream.auto_fragment(false);
  c.stream.text(true);

  beast::http::request<beast::http::empty_body> upgrade;
  upgrade.base() = beast::http::request_header<>(request.fields);
  upgrade.version(11);
  upgrade.method(Verb::get);
  upgrade.target(request.path);
  const auto [ec] = co_await c.stream.async_accept(upgrade, as_tuple);
  co_return !ec;
}

Task<> WebSocketSession::write_one(SharedText text) {
  auto& c = *connection_;
  const auto [ec, n] = co_await c.stream.async_write(net::buffer(*text), as_tuple);
  if (ec) c.dropped = true;
}

Task<> WebSocketSession::write_queue() {
  auto& c = *connection_;
  while (!c.dropped) {
    // What is queued is said before the goodbye: it may be the answer to a command.
    if (c.goodbye && c.queue.empty()) {
      co_await first_of(say_goodbye(), c.drop_within(c.limits.websocket_close_time));
      co_return;
    }
    if (c.queue.empty()) {
      co_await c.queue_changed.wait();
      continue;
    }
    const SharedText text = std::move(c.queue.front());
    c.queue.pop_front();
    c.queued_bytes -= text->size();
    c.queue_shrunk.notify();
    c.patience_ends = Steady::now() + c.limits.write_time;
    c.sending = true;
    const auto first = co_await first_of(write_one(text), c.drop_when_patience_ends());
    c.sending = false;
    if (first != 0 && !c.goodbye) c.leave_behind();
  }
}

Task<> WebSocketSession::say_goodbye() {
  auto& c = *connection_;
  if (!c.stream.is_open()) co_return;
  [[maybe_unused]] const auto [ec] = co_await c.stream.async_close(*c.goodbye, as_tuple);
}

Task<> WebSocketSession::close_when(Closing& closing) {
  co_await closing.wait_until(SteadyTime::max());
  if (!connection_->goodbye) {
    connection_->goodbye.emplace(websocket::close_code::going_away, "the server stops");
  }
  connection_->queue_changed.notify();
  co_await sleep_for(connection_->limits.shutdown_grace);  // write_queue() ends first
}

Task<> WebSocketSession::write_until(Closing& closing) {
  const Connection::DropAtEnd drop_at_end(*connection_);
  co_await first_of(write_queue(), close_when(closing));
}

// With the conversation ends the connection, so that a writer in the middle of a handshake ends
// too.
Task<> WebSocketSession::converse(const WebSocketHandler& handler) {
  const Connection::DropAtEnd drop_at_end(*connection_);
  // Named first: g++ 12 makes a broken coroutine of the call within the co_await expression.
  auto conversation = handler(*this);
  co_await std::move(conversation);
}

Task<> WebSocketSession::run(const Request& request, const HeaderLines& headers,
                             const WebSocketHandler& handler, Closing& closing) {
  caller_ = request.caller;
  const bool accepted = co_await accept(request, headers);
  if (!accepted) co_return;
  connection_->client_log.print(log::Level::debug, kWebSocketComponent, "{} connected", remote());
  // The first to end ends all: the handler when the client is gone, the writer when it does not
  // read.
  auto conversation = converse(handler);
  auto writing = write_until(closing);
  co_await first_of(std::move(conversation), std::move(writing));
}

}  // namespace minidvr::http
