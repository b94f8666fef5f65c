// The door: accepts connections and shows everybody out at the end.
#pragma once

#include "core/asio.hpp"
#include "core/error.hpp"
#include "core/task_group.hpp"
#include "http/router.hpp"
#include "http/session.hpp"
#include "http/shared_places.hpp"
#include "http/traffic.hpp"

#include <memory>
#include <string>

#include <boost/asio/ip/tcp.hpp>

namespace minidvr::http {

struct ListenerOptions {
  Limits limits;
  SecurityPolicy security;
  AccessRules access;
  Gate* gate = nullptr;        // must outlive the listener; nullptr: everybody may
  Traffic* traffic = nullptr;  // is counted there, and must outlive the listener; nullptr: nowhere
  std::shared_ptr<net::ssl::context> tls;  // nullptr: plain HTTP
};

class Listener {
 public:
  // Takes the port; connections wait until run(). Port 0: any free one. `router` must be complete
  // before run() and outlive the listener. `on_failure`: the door itself failed, not one
  // connection. unavailable when the address or the port can not be had: one line that says which
  // and why.
  static Result<std::unique_ptr<Listener>> bind(net::any_io_executor executor,
                                                const std::string& address, std::uint16_t port,
                                                const Router& router, ListenerOptions options,
                                                TaskGroup::FailureHandler on_failure);

  // Address and port that were taken.
  net::ip::tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

  // Where TLS is spoken: new connections get this. Those that are there keep what they have.
  void renew_tls(std::shared_ptr<net::ssl::context> tls) { server_.tls = std::move(tls); }

  // Starts accepting. Returns at once.
  void run();

  // Takes no new connections, ends waiting ones and WebSockets, gives requests under way
  // limits.shutdown_grace, and returns when all are gone.
  Task<> shut_down();

  std::size_t connections() const { return sessions_.size(); }

 private:
  Listener(net::any_io_executor executor, net::ip::tcp::acceptor acceptor, const Router& router,
           ListenerOptions options, TaskGroup::FailureHandler on_failure);

  Task<> accept_connections();
  void take_waiting();
  void take(net::ip::tcp::socket socket);
  void refuse(net::ip::tcp::socket socket);
  Task<> hold(net::ip::tcp::socket socket, SharedPlaces::Place place);
  Task<> serve(std::shared_ptr<Session> session);
  Task<> drop_at_the_end(Session& session);
  Task<> wait_for_sessions();

  Server server_;
  SharedPlaces held_places_{server_.limits.held, server_.limits.held_per_network};
  net::ip::tcp::acceptor acceptor_;
  TaskGroup door_;
  // Without a failure handler: what goes wrong with one client is logged and concerns nobody else.
  TaskGroup sessions_;
  TaskGroup refusals_;
  TaskGroup held_;
};

}  // namespace minidvr::http
