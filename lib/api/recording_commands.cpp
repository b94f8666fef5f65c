#include "api/recording_commands.hpp"

#include "api/command_message.hpp"
#include "core/event.hpp"

#include <utility>

#include <boost/json/object.hpp>

namespace minidvr::api {
namespace json = boost::json;
namespace {

using dvr::CommandAnswer;
using EventKind = dvr::RecordingEvent::Kind;

constexpr const char* kEnding = "Mini-DVR is ending";

json::object answer_message(const CommandAnswer& answer) {
  json::object message;
  switch (answer.kind) {
    case CommandAnswer::Kind::recording:
      message["status"] = "recording";
      message["file"] = answer.file;
      break;
    case CommandAnswer::Kind::idle:
      message["status"] = "idle";
      message["file"] = answer.file;
      break;
    case CommandAnswer::Kind::waiting:
      message["status"] = "waiting";
      if (answer.reason != Reason::of_code) message["code"] = name_of(answer.reason);
      message["detail"] = answer.detail;
      break;
    case CommandAnswer::Kind::refused:
      return error_message(answer.reason, answer.detail);
  }
  return message;
}

// What an event says to a command that it answers.
CommandAnswer answer_by(const dvr::RecordingEvent& event, dvr::CommandId id) {
  const bool began = event.kind == EventKind::recording;
  return {id, began ? CommandAnswer::Kind::recording : CommandAnswer::Kind::idle, event.file, {}};
}

struct Waiter {
  explicit Waiter(const net::any_io_executor& executor) : answered(executor) {}
  Event answered;
  std::optional<CommandAnswer> answer;
};

}  // namespace

RecordingCommands::RecordingCommands(net::any_io_executor executor, DvrAccess dvr,
                                     WebSocketClients& clients)
    : executor_(std::move(executor)), dvr_(std::move(dvr)), clients_(clients) {
  dvr_.observe({[this](const dvr::RecordingEvent& event) { on_event(event); },
                [this](const CommandAnswer& answer) { on_answer(answer); }});
}

RecordingCommands::~RecordingCommands() {
  dvr_.observe({});
}

void RecordingCommands::carry_out(const std::shared_ptr<Client>& client, bool on,
                                  std::optional<std::string> request_id) {
  command(client->id, on, {client, std::move(request_id), {}});
}

Task<std::optional<CommandAnswer>> RecordingCommands::carry_out(bool on,
                                                                Steady::duration patience) {
  const auto waiter = std::make_shared<Waiter>(executor_);
  const auto deadline = Steady::now() + patience;
  Handler handler = [waiter](const CommandAnswer& answer) {
    waiter->answer = answer;
    waiter->answered.notify();
  };
  command(clients_.new_id(), on, {{}, {}, std::move(handler)});
  while (!waiter->answer && Steady::now() < deadline)
    co_await waiter->answered.wait_until(deadline);
  co_return waiter->answer;
}

void RecordingCommands::command(dvr::SenderId sender_id, bool on, Sender sender) {
  const dvr::CommandId id = ++last_id_;
  senders_.emplace(id, std::move(sender));
  if (ended_) {
    on_answer({id, CommandAnswer::Kind::refused, {}, kEnding, Reason::unavailable});
  } else {
    dvr_.command({id, sender_id, on});
  }
}

std::optional<RecordingCommands::Sender> RecordingCommands::take_sender(dvr::CommandId id) {
  const auto found = senders_.find(id);
  if (found == senders_.end()) return std::nullopt;
  Sender sender = std::move(found->second);
  senders_.erase(found);
  return sender;
}

void RecordingCommands::on_event(const dvr::RecordingEvent& event) {
  AnsweredRequests answered;
  for (const auto id : event.commands) {
    const auto sender = take_sender(id);
    if (!sender) continue;
    if (sender->handler) sender->handler(answer_by(event, id));
    const auto client = sender->client.lock();
    if (client && sender->request_id) answered[client.get()].push_back(*sender->request_id);
  }
  clients_.announce(answer_message(answer_by(event, {})), answered);
}

void RecordingCommands::on_answer(const CommandAnswer& answer) {
  const auto sender = take_sender(answer.command);
  if (!sender) return;
  if (sender->handler) sender->handler(answer);
  const auto client = sender->client.lock();
  if (client) send_answer(*client, answer_message(answer), sender->request_id);
}

void RecordingCommands::end() {
  ended_ = true;
  while (!senders_.empty())
    on_answer(
        {senders_.begin()->first, CommandAnswer::Kind::refused, {}, kEnding, Reason::unavailable});
}

}  // namespace minidvr::api
