// The page, the API and the WebSocket behind one port.
#pragma once

#include "access/access_gate.hpp"
#include "api/control_listings.hpp"
#include "api/door.hpp"
#include "api/dvr_access.hpp"
#include "api/index.hpp"
#include "api/recording_commands.hpp"
#include "api/websocket_clients.hpp"
#include "api/websocket_commands.hpp"
#include "archive/archive.hpp"
#include "archive/clips.hpp"
#include "controls/controls_service.hpp"
#include "core/asio.hpp"
#include "core/blocking.hpp"
#include "core/event.hpp"
#include "core/settings.hpp"
#include "core/task_group.hpp"
#include "http/router.hpp"

#include <optional>

namespace minidvr::api {

// Nothing here can end the program, or keep it from recording: what can not be had - an address
// before the network is up, a port that is taken, a certificate, a file of the page - is tried for
// again every second, for ever. Log, /status and systemd are told.
class FrontEnd {
 public:
  // `controls`, `pool` and what `dvr` refers to must outlive the front end, and that must outlive
  // the run of the executor. `on_failure`: a task that must not end has ended, which is a bug.
  FrontEnd(net::any_io_executor executor, BlockingPool& pool, const Settings& settings,
           Dashboard::DataFolder data_folder, DvrAccess dvr, controls::ControlsService& controls,
           TaskGroup::FailureHandler on_failure);
  FrontEnd(const FrontEnd&) = delete;
  FrontEnd& operator=(const FrontEnd&) = delete;
  ~FrontEnd();

  // For further resources; complete it before run().
  http::Router& router() { return router_; }

  // Serves what has been recorded, and tells clients of changes. Before run(); `archive` must
  // outlive the run of the executor.
  void add(archive::Archive& archive);
  // The same with clips of it.
  void add(archive::Clips& clips);

  // Lets in whom `gate` lets in. Before run(); it must outlive the front end.
  void add(access::AccessGate& gate);

  // For news to every WebSocket client.
  WebSocketClients& clients() { return clients_; }

  // Whether any WebSocket client is there to be told of changes.
  bool is_watched() const { return !clients_.empty(); }

  // Address and port that are served; none while they can not be had.
  std::optional<net::ip::tcp::endpoint> endpoint() const { return door_.endpoint(); }

  // Begins. Returns at once.
  void run();

  // Has the certificate and its key read again, where https is served. Returns at once.
  void read_certificate_again() { door_.read_certificate_again(); }

  // Answers the commands that wait, and ends all connections and tasks. Within about a second.
  Task<> shut_down();

 private:
  DvrAccess with_page(DvrAccess dvr);
  Task<> read_dashboard();
  Task<> wait_for_dashboard();
  Task<> open_door();
  void tell_systemd() const;

  net::any_io_executor executor_;
  http::Traffic traffic_;  // through all doors
  access::AccessGate* gate_ = nullptr;
  DvrAccess dvr_;
  controls::ControlsService& controls_;
  Dashboard dashboard_;
  http::Router router_;
  WebSocketClients clients_;
  RecordingCommands recording_;
  ControlListings control_listings_;
  WebSocketCommands commands_;
  Event dashboard_changed_;
  bool dashboard_tried_ = false;  // whether its files have been looked for
  TaskGroup tasks_;
  TaskGroup reading_;
  Door door_;  // last: its connections use the rest
};

}  // namespace minidvr::api
