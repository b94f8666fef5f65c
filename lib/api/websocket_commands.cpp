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
constexpr const char* kTooMany = "too many commands are under way; try again in a moment";
constexpr std::string_view kNotAllowed =
    "this account may look, and change nothing; mini-dvr passwd gives it the role control";
constexpr const char* kFailed = "the command failed; the log of mini-dvr says why";

}  // namespace

WebSocketCommands::WebSocketCommands(net::any_io_executor executor, RecordingCommands& recording,
                                     controls::ControlsService& controls, ControlListings& listings,
                                     WebSocketClients& clients)
    : recording_(recording),
      controls_(controls),
      listings_(listings),
      clients_(clients),
      jobs_(std::move(executor)) {
  // Those that nobody has said yet are told, too.
  for (const auto name : command_names())
    counts_.by_command[std::string(name)];
  not_understood();
}

Task<> WebSocketCommands::serve(http::WebSocketSession& session) {
  const auto client = std::make_shared<Client>(session, clients_.new_id());
  const auto membership = clients_.add(*client);
  for (;;) {
    const auto message = co_await session.receive();
    if (!message) co_return;
    using Kind = http::WebSocketMessage::Kind;
    if (message->kind == Kind::binary) {
      refuse(*client, not_understood(),
             make_error(Errc::malformed, "binary messages are not understood; send JSON as text"));
    } else if (message->kind == Kind::too_long) {
      refuse(*client, not_understood(),
             make_error(Errc::too_large, "the message is too long; allowed are 64 KiB"));
    } else {
      answer(client, parse_command(message->text));
    }
  }
}

CommandCounts::Outcomes& WebSocketCommands::not_understood() {
  return counts_.by_command[std::string(CommandCounts::kNoCommand)];
}

void WebSocketCommands::refuse(Client& client, CommandCounts::Outcomes& outcomes,
                               const Error& error, const std::optional<std::string>& request_id) {
  ++outcomes.failed;
  send_answer(client, error_message(error), request_id);
}

void WebSocketCommands::answer(const std::shared_ptr<Client>& client, CommandMessage message) {
  if (!message.command) {
    return refuse(*client, not_understood(), make_error(Errc::malformed, message.mistake),
                  message.request_id);
  }
  auto& outcomes = counts_.by_command[std::string(name_of(*message.command))];
  if (client->session.caller().role < needed_for(*message.command)) {
    ++outcomes.refused;
    send_answer(*client, error_message(Reason::role_required, kNotAllowed), message.request_id);
    return;
  }
  switch (*message.command) {
    case Command::status:
      ++outcomes.taken;
      clients_.send_snapshot(*client, message.request_id);
      break;
    case Command::mark:
    case Command::controls_list:
    case Command::controls_set:
      if (jobs_.size() >= kMaxJobs) {
        return refuse(*client, outcomes, make_error(Errc::unavailable, kTooMany, Reason::busy),
                      message.request_id);
      }
      jobs_.spawn("command", answer_when_done(client, std::move(message), outcomes));
      break;
    case Command::start:
    case Command::stop:
      ++outcomes.taken;
      recording_.carry_out(client, *message.command == Command::start,
                           std::move(message.request_id));
      break;
  }
}

// What was asked for is done even when its sender leaves before the answer.
Task<> WebSocketCommands::answer_when_done(std::weak_ptr<Client> client, CommandMessage message,
                                           CommandCounts::Outcomes& outcomes) {
  Result<http::SharedText> answer = make_error(Errc::internal, kFailed);
  const auto request_id = message.request_id;
  std::exception_ptr failure;
  try {
    answer = co_await carry_out(std::move(message));
  } catch (...) {
    failure = std::current_exception();
  }
  ++(answer ? outcomes.taken : outcomes.failed);
  if (const auto there = client.lock()) {
    send_answer(*there, answer ? *answer : shared_text(error_message(answer.error())), request_id);
  }
  if (failure) std::rethrow_exception(failure);
}

Task<Result<http::SharedText>> WebSocketCommands::carry_out(CommandMessage message) {
  if (message.command == Command::controls_list) {
    co_return co_await answer_controls_list(listings_, std::move(message.fields));
  }
  Result<json::object> answer =
      make_error(Errc::unavailable, "there are no recordings here", Reason::unavailable);
  if (message.command == Command::controls_set) {
    answer = co_await answer_controls_set(controls_, std::move(message.fields));
  } else if (archive_ != nullptr) {
    answer = co_await answer_mark(*archive_, std::move(message.fields));
  }
  if (!answer) co_return answer.error();
  co_return shared_text(*answer);
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
