// /ws: the commands of the dashboard and of scripts.
#pragma once

#include "api/command_message.hpp"
#include "api/control_listings.hpp"
#include "api/recording_commands.hpp"
#include "api/websocket_clients.hpp"
#include "archive/archive.hpp"
#include "controls/controls_service.hpp"
#include "core/task_group.hpp"
#include "http/router.hpp"
#include "http/websocket_session.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace minidvr::api {

// What clients said on /ws, since the start of the program, by command and what became of it.
struct CommandCounts {
  static constexpr std::string_view kNoCommand = "none";  // what is none, or not understood

  struct Outcomes {
    std::uint64_t taken = 0;    // done; of start and stop: begun
    std::uint64_t refused = 0;  // its sender may not
    std::uint64_t failed = 0;   // answered with another error
  };
  std::map<std::string, Outcomes, std::less<>> by_command;
};

class WebSocketCommands {
 public:
  WebSocketCommands(net::any_io_executor executor, RecordingCommands& recording,
                    controls::ControlsService& controls, ControlListings& listings,
                    WebSocketClients& clients);

  // For the commands about recordings; without it they are refused. It must outlive the sessions.
  void add(archive::Archive& archive) { archive_ = &archive; }

  // A command takes effect when it is read, and is answered when it is done: one that takes its
  // time holds up neither another client nor the next command of its own.
  Task<> serve(http::WebSocketSession& session);

  const CommandCounts& counts() const { return counts_; }

  // Stops waiting for commands under way. Call it when no session is left.
  Task<> shut_down();

 private:
  CommandCounts::Outcomes& not_understood();
  void refuse(Client& client, CommandCounts::Outcomes& outcomes, const Error& error,
              const std::optional<std::string>& request_id = {});
  void answer(const std::shared_ptr<Client>& client, CommandMessage message);
  Task<> answer_when_done(std::weak_ptr<Client> client, CommandMessage message,
                          CommandCounts::Outcomes& outcomes);
  Task<Result<http::SharedText>> carry_out(CommandMessage message);

  RecordingCommands& recording_;
  controls::ControlsService& controls_;
  ControlListings& listings_;
  WebSocketClients& clients_;
  archive::Archive* archive_ = nullptr;
  CommandCounts counts_;
  TaskGroup jobs_;
};

void add_websocket(http::Router& router, WebSocketCommands& commands);

}  // namespace minidvr::api
