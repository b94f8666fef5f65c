// One WebSocket client: messages in, a bounded queue of messages out.
#pragma once

#include "core/asio.hpp"
#include "core/limited_log.hpp"
#include "http/closing.hpp"
#include "http/limits.hpp"
#include "http/message.hpp"
#include "http/router.hpp"
#include "http/transport.hpp"

#include <memory>
#include <optional>
#include <string>

namespace minidvr::http {

struct WebSocketMessage {
  enum class Kind {
    text,
    binary,
    too_long,  // reported as soon as it is known; the rest of the message is read and forgotten
  };
  Kind kind = Kind::text;
  std::string text;  // UTF-8; only for Kind::text
};

class WebSocketSession {
 public:
  // `transport` must outlive it, and is closed when it ends.
  WebSocketSession(Transport& transport, const Limits& limits, std::string remote,
                   log::LimitedLog& client_log);
  WebSocketSession(const WebSocketSession&) = delete;
  WebSocketSession& operator=(const WebSocketSession&) = delete;
  ~WebSocketSession();

  // Queues a text message. Never waits: a client that does not keep up with its queue is closed.
  void send(SharedText text);
  void send(std::string text) { send(std::make_shared<const std::string>(std::move(text))); }

  // The next message; nullopt when the client is gone. One caller at a time.
  Task<std::optional<WebSocketMessage>> receive();

  const std::string& remote() const;

  // Whether nothing waits behind what is being sent; so, too, once it is closed.
  bool keeps_up() const;

  // Whether it was closed because it did not read what it was sent.
  bool is_left_behind() const;

  // Who it is, from run() on.
  const Caller& caller() const { return caller_; }

  // The whole life of the session: accepts the upgrade that `request` asks for, lets `handler`
  // talk, and closes with 1001 (going away) when `closing` begins. `request` passed
  // websocket_refusal().
  Task<> run(const Request& request, const HeaderLines& headers, const WebSocketHandler& handler,
             Closing& closing);

 private:
  struct Connection;

  Task<bool> accept(const Request& request, const HeaderLines& headers);
  Task<> write_queue();
  Task<> write_one(SharedText text);
  Task<> close_when(Closing& closing);
  Task<> say_goodbye();
  Task<> write_until(Closing& closing);
  Task<> converse(const WebSocketHandler& handler);

  std::unique_ptr<Connection> connection_;
  Caller caller_;
};

// Why `request`, which passed access_refusal(), can not become a WebSocket: not a WebSocket
// handshake at all, or a broken one. nullopt when it can.
std::optional<Response> websocket_refusal(const Request& request);

}  // namespace minidvr::http
