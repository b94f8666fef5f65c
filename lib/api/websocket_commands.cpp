#include "api/websocket_commands.hpp"

#include "api/controls_messages.hpp"
#include "http/json_text.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <fmt/format.h>

namespace minidvr::api {
namespace json = boost::json;
namespace {

using Outcome = dvr::CommandOutcome;
using EventKind = dvr::RecordingEvent::Kind;

// Commands under way whose senders may be gone; more than one a connection is an attack.
constexpr std::size_t kMaxJobs = 256;
// Sliders dragged by several clients keep some tens under way.
constexpr std::size_t kMaxControlJobs = 256;
constexpr std::string_view kTooMany = "too many commands are under way; try again in a moment";
constexpr std::string_view kFailed = "the command failed; the log of mini-dvr says why";

json::object outcome_message(const Outcome& outcome) {
  json::object message;
  switch (outcome.kind) {
    case Outcome::Kind::recording:
      message["status"] = "recording";
      message["file"] = outcome.file;
      break;
    case Outcome::Kind::idle:
      message["status"] = "idle";
      message["file"] = outcome.file;
      break;
    case Outcome::Kind::waiting:
      message["status"] = "waiting";
      message["detail"] = outcome.detail;
      break;
  }
  return message;
}

void send(Client& client, json::object message, const std::optional<std::string>& request_id) {
  if (request_id) message["request_id"] = *request_id;
  client.session.send(http::json_text(message));
}

bool is_event_of(const dvr::RecordingEvent& event, const Outcome& outcome) {
  const auto kind =
      event.kind == EventKind::recording ? Outcome::Kind::recording : Outcome::Kind::idle;
  return kind == outcome.kind && event.file == outcome.file;
}

// Answers a command: the events that were held back for it, the one that it caused with its
// request_id; an answer of its own when it caused none.
void settle(Client& client, const Outcome& outcome) {
  const auto pending = std::exchange(client.pending, std::nullopt);
  if (!pending) {
    // To wait is no event that anybody is told of.
    const bool untold = !outcome.changed || outcome.kind == Outcome::Kind::waiting;
    if (untold) send(client, outcome_message(outcome), {});
    return;
  }
  bool answered = false;
  for (const auto& event : pending->held) {
    const bool caused = outcome.changed && !answered && is_event_of(event, outcome);
    answered |= caused;
    send(client, event_message(event), caused ? std::optional(pending->request_id) : std::nullopt);
  }
  if (!answered) send(client, outcome_message(outcome), pending->request_id);
}

}  // namespace

struct WebSocketCommands::Job {
  explicit Job(const net::any_io_executor& executor) : ended_event(executor) {}
  bool answered = false;
  bool ended = false;
  Event ended_event;
};

WebSocketCommands::WebSocketCommands(net::any_io_executor executor, DvrAccess dvr,
                                     controls::ControlsService& controls, WebSocketClients& clients,
                                     TaskGroup::FailureHandler on_failure)
    : executor_(executor),
      dvr_(std::move(dvr)),
      controls_(controls),
      clients_(clients),
      jobs_(executor, on_failure),
      control_jobs_(std::move(executor), std::move(on_failure)) {}

Task<> WebSocketCommands::serve(http::WebSocketSession& session) {
  const auto client = std::make_shared<Client>(session);
  const auto membership = clients_.add(*client);
  for (;;) {
    const auto message = co_await session.receive();
    if (!message) co_return;
    using Kind = http::WebSocketMessage::Kind;
    if (message->kind == Kind::binary) {
      send(*client, error_message("binary messages are not understood; send JSON as text"), {});
    } else if (message->kind == Kind::too_long) {
      send(*client, error_message("the message is too long; allowed are 64 KiB"), {});
    } else {
      auto command = parse_command(message->text);
      co_await answer(client, std::move(command));
    }
  }
}

Task<> WebSocketCommands::answer(const std::shared_ptr<Client>& client, CommandMessage message) {
  if (!message.command) {
    send(*client, error_message(message.mistake), message.request_id);
    co_return;
  }
  switch (*message.command) {
    case Command::status:
      clients_.send_snapshot(*client, message.request_id);
      break;
    case Command::controls_list:
    case Command::controls_set:
      answer_later(client, std::move(message));
      break;
    case Command::start:
    case Command::stop:
      if (jobs_.size() >= kMaxJobs) {
        send(*client, error_message(kTooMany), message.request_id);
      } else {
        co_await carry_out(client, *message.command, message.request_id);
      }
      break;
  }
}

void WebSocketCommands::answer_later(const std::shared_ptr<Client>& client,
                                     CommandMessage message) {
  if (control_jobs_.size() >= kMaxControlJobs) {
    send(*client, error_message(kTooMany), message.request_id);
    return;
  }
  control_jobs_.spawn("controls command", answer_for_controls(client, std::move(message)));
}

// What was asked for is done even when its sender leaves before the answer.
Task<> WebSocketCommands::answer_for_controls(std::weak_ptr<Client> client,
                                              CommandMessage message) {
  json::object answer = error_message(kFailed);
  std::exception_ptr failure;
  try {
    if (message.command == Command::controls_list) {
      answer = co_await answer_controls_list(controls_, std::move(message.fields));
    } else {
      answer = co_await answer_controls_set(controls_, std::move(message.fields));
    }
  } catch (...) {
    failure = std::current_exception();
  }
  if (const auto there = client.lock()) send(*there, std::move(answer), message.request_id);
  if (failure) std::rethrow_exception(failure);
}

Task<> WebSocketCommands::carry_out(const std::shared_ptr<Client>& client, Command command,
                                    std::optional<std::string> request_id) {
  const bool starts = command == Command::start;
  if (request_id) {
    client->pending =
        PendingCommand{starts ? EventKind::recording : EventKind::idle, *request_id, {}};
  }
  // A task of its own: the command is carried out even when its sender leaves before the answer.
  const auto job = std::make_shared<Job>(executor_);
  auto tell = [job, sender = std::weak_ptr(client)](const Outcome& outcome) {
    job->answered = true;
    if (const auto there = sender.lock()) settle(*there, outcome);
  };
  jobs_.spawn(starts ? "start command" : "stop command", perform(command, std::move(tell), job));
  while (!job->ended)
    co_await job->ended_event.wait();
  if (job->answered) co_return;
  client->pending.reset();
  send(*client, error_message(kFailed), request_id);
}

Task<> WebSocketCommands::perform(Command command, dvr::OutcomeHandler on_outcome,
                                  std::shared_ptr<Job> job) {
  const auto& action = command == Command::start ? dvr_.start : dvr_.stop;
  std::exception_ptr failure;
  try {
    co_await action(std::move(on_outcome));
  } catch (...) {
    failure = std::current_exception();
  }
  job->ended = true;
  job->ended_event.notify();
  if (failure) std::rethrow_exception(failure);
}

Task<> WebSocketCommands::shut_down() {
  jobs_.cancel();
  control_jobs_.cancel();
  co_await jobs_.join();
  co_await control_jobs_.join();
}

void add_websocket(http::Router& router, WebSocketCommands& commands) {
  router.websocket(
      "/ws", [&commands](http::WebSocketSession& session) { return commands.serve(session); });
}

}  // namespace minidvr::api
