// The page, the API and the WebSocket behind one port.
#pragma once

#include "api/dvr_access.hpp"
#include "api/recording_commands.hpp"
#include "api/websocket_clients.hpp"
#include "api/websocket_commands.hpp"
#include "controls/controls_service.hpp"
#include "core/asio.hpp"
#include "core/error.hpp"
#include "core/settings.hpp"
#include "core/task_group.hpp"
#include "http/listener.hpp"
#include "http/router.hpp"

#include <filesystem>
#include <memory>

namespace minidvr::api {

class FrontEnd {
 public:
  // Reads the dashboard and takes the port. The error is one line for people: the port is taken, or
  // a file of the dashboard is missing. `controls` and what `dvr` refers to must outlive the front
  // end. `on_failure`: a task that must not end has ended.
  static Result<std::unique_ptr<FrontEnd>> create(net::any_io_executor executor,
                                                  const Settings& settings,
                                                  const std::filesystem::path& data_dir,
                                                  DvrAccess dvr,
                                                  controls::ControlsService& controls,
                                                  TaskGroup::FailureHandler on_failure);

  FrontEnd(const FrontEnd&) = delete;
  FrontEnd& operator=(const FrontEnd&) = delete;
  ~FrontEnd();

  // For further resources; complete it before run().
  http::Router& router() { return router_; }

  // For news to every WebSocket client.
  WebSocketClients& clients() { return clients_; }

  // Whether any WebSocket client is there to be told of changes.
  bool is_watched() const { return !clients_.empty(); }

  // Address and port that were taken.
  net::ip::tcp::endpoint endpoint() const { return listener_->endpoint(); }

  // Starts serving. Returns at once.
  void run();

  // Answers the commands that wait, and ends all connections and tasks. Within about a second.
  Task<> shut_down();

 private:
  FrontEnd(net::any_io_executor executor, DvrAccess dvr, controls::ControlsService& controls,
           TaskGroup::FailureHandler on_failure);

  DvrAccess dvr_;
  controls::ControlsService& controls_;
  http::Router router_;
  WebSocketClients clients_;
  RecordingCommands recording_;
  WebSocketCommands commands_;
  TaskGroup tasks_;
  std::unique_ptr<http::Listener> listener_;  // last: its connections use the rest
};

}  // namespace minidvr::api
