#include "api/websocket_commands.hpp"

#include "api/controls_messages.hpp"
#include "api/marks.hpp"

#include <exception>
#include <utility>

namespace minidvr::api {
namespace json = boost::json;
namespace {

// Sliders dragged by several clients keep some tens under way.
constexpr std::size_t kMaxJobs = 256;
constexpr std::string_view kTooMany = "too many commands are under way; try again in a moment";
constexpr std::string_view kNotAllowed =
    "this account may look, and change nothing; mini-dvr passwd gives it the role control";
constexpr std::string_view kFailed = "the command failed; the log of mini-dvr says why";

}  // namespace

WebSocketCommands::WebSocketCommands(net::any_io_executor executor, RecordingCommands& recording,
                                     controls::ControlsService& controls, ControlListings& listings,
                                     WebSocketClients& clients)
    : recording_(recording),
      controls_(controls),
      listings_(listings),
      clients_(clients),
      jobs_(std::move(executor)) {}

Task<> WebSocketCommands::serve(http::WebSocketSession& session) {
  const auto client = std::make_shared<Client>(session, clients_.new_id());
  const auto membership = clients_.add(*client);
  for (;;) {
    const auto message = co_await session.receive();
    if (!message) co_return;
    using Kind = http::WebSocketMessage::Kind;
    if (message->kind == Kind::binary) {
      send_answer(
          *client,
          error_message(Reason::malformed, "binary messages are not understood; send JSON as text"),
          {});
    } else if (message->kind == Kind::too_long) {
      send_answer(*client,
                  error_message(Reason::too_large, "the message is too long; allowed are 64 KiB"),
                  {});
    } else {
      answer(client, parse_command(message->text));
    }
  }
}

void WebSocketCommands::answer(const std::shared_ptr<Client>& client, CommandMessage message) {
  if (!message.command) {
    send_answer(*client, error_message(Reason::malformed, message.mistake), message.request_id);
    return;
  }
  if (client->session.caller().role < needed_for(*message.command)) {
    send_answer(*client, error_message(Reason::role_required, kNotAllowed), message.request_id);
    return;
  }
  switch (*message.command) {
    case Command::status:
      clients_.send_snapshot(*client, message.request_id);
      break;
    case Command::mark:
    case Command::controls_list:
    case Command::controls_set:
      answer_later(client, std::move(message));
      break;
    case Command::start:
    case Command::stop:
      recording_.carry_out(client, *message.command == Command::start,
                           std::move(message.request_id));
      break;
  }
}

void WebSocketCommands::answer_later(const std::shared_ptr<Client>& client,
                                     CommandMessage message) {
  if (jobs_.size() >= kMaxJobs) {
    send_answer(*client, error_message(Reason::busy, kTooMany), message.request_id);
    return;
  }
  jobs_.spawn("command", answer_when_done(client, std::move(message)));
}

// What was asked for is done even when its sender leaves before the answer.
Task<> WebSocketCommands::answer_when_done(std::weak_ptr<Client> client, CommandMessage message) {
  http::SharedText answer = shared_text(error_message(Reason::internal, kFailed));
  const auto request_id = message.request_id;
  std::exception_ptr failure;
  try {
    answer = co_await carry_out(std::move(message));
  } catch (...) {
    failure = std::current_exception();
  }
  if (const auto there = client.lock()) send_answer(*there, std::move(answer), request_id);
  if (failure) std::rethrow_exception(failure);
}

Task<http::SharedText> WebSocketCommands::carry_out(CommandMessage message) {
  if (message.command == Command::controls_list) {
    auto listed = co_await answer_controls_list(listings_, std::move(message.fields));
    if (listed) co_return std::move(*listed);
    co_return shared_text(error_message(listed.error()));
  }
  if (message.command == Command::controls_set) {
    co_return shared_text(co_await answer_controls_set(controls_, std::move(message.fields)));
  }
  if (archive_ == nullptr) {
    co_return shared_text(error_message(Reason::unavailable, "there are no recordings here"));
  }
  co_return shared_text(co_await answer_mark(*archive_, std::move(message.fields)));
}

Task<> WebSocketCommands::shut_down() {
  jobs_.cancel();
  co_await jobs_.join();
}

void add_websocket(http::Router& router, WebSocketCommands& commands) {
  router.websocket("/ws", http::Role::view, [&commands](http::WebSocketSession& session) {
    return commands.serve(session);
  });
}

}  // namespace minidvr::api
