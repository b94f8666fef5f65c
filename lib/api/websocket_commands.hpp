// /ws: the commands of the dashboard and of scripts.
#pragma once

#include "api/command_message.hpp"
#include "api/dvr_access.hpp"
#include "api/websocket_clients.hpp"
#include "controls/controls_service.hpp"
#include "core/task_group.hpp"
#include "http/router.hpp"
#include "http/websocket_session.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace minidvr::api {

class WebSocketCommands {
 public:
  WebSocketCommands(net::any_io_executor executor, DvrAccess dvr,
                    controls::ControlsService& controls, WebSocketClients& clients,
                    TaskGroup::FailureHandler on_failure);

  // Commands of one client are answered in order, except those for the camera's controls: each is
  // answered when it is done, so that a slider can be dragged without waiting for the camera. A
  // command that takes its time holds up nobody else.
  Task<> serve(http::WebSocketSession& session);

  // Stops waiting for commands under way. Call it when no session is left.
  Task<> shut_down();

 private:
  struct Job;

  Task<> answer(const std::shared_ptr<Client>& client, CommandMessage message);
  Task<> carry_out(const std::shared_ptr<Client>& client, Command command,
                   std::optional<std::string> request_id);
  Task<> perform(Command command, dvr::OutcomeHandler on_outcome, std::shared_ptr<Job> job);
  void answer_later(const std::shared_ptr<Client>& client, CommandMessage message);
  Task<> answer_for_controls(std::weak_ptr<Client> client, CommandMessage message);

  net::any_io_executor executor_;
  DvrAccess dvr_;
  controls::ControlsService& controls_;
  WebSocketClients& clients_;
  TaskGroup jobs_;
  TaskGroup control_jobs_;
};

void add_websocket(http::Router& router, WebSocketCommands& commands);

}  // namespace minidvr::api
