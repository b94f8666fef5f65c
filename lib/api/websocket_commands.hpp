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

#include <memory>

namespace minidvr::api {

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

  // Stops waiting for commands under way. Call it when no session is left.
  Task<> shut_down();

 private:
  void answer(const std::shared_ptr<Client>& client, CommandMessage message);
  void answer_later(const std::shared_ptr<Client>& client, CommandMessage message);
  Task<> answer_when_done(std::weak_ptr<Client> client, CommandMessage message);
  Task<http::SharedText> carry_out(CommandMessage message);

  RecordingCommands& recording_;
  controls::ControlsService& controls_;
  ControlListings& listings_;
  WebSocketClients& clients_;
  archive::Archive* archive_ = nullptr;
  TaskGroup jobs_;
};

void add_websocket(http::Router& router, WebSocketCommands& commands);

}  // namespace minidvr::api
