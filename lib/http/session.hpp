// One HTTP connection, from the first request to the last.
#pragma once

#include "core/asio.hpp"
#include "core/limited_log.hpp"
#include "http/access_check.hpp"
#include "http/closing.hpp"
#include "http/connection_writer.hpp"
#include "http/gate.hpp"
#include "http/limits.hpp"
#include "http/message.hpp"
#include "http/open_connections.hpp"
#include "http/request_reader.hpp"
#include "http/router.hpp"
#include "http/security.hpp"
#include "http/shared_places.hpp"
#include "http/traffic.hpp"
#include "http/transport.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace minidvr::http {

// What all connections of a server share.
struct Server {
  Server(const Router& its_router, const Limits& its_limits, SecurityPolicy its_security,
         AccessRules its_access, Gate* its_gate, Traffic* its_traffic,
         std::shared_ptr<net::ssl::context> its_tls, const net::any_io_executor& executor)
      : router(its_router),
        limits(its_limits),
        security(std::move(its_security)),
        access(std::move(its_access)),
        gate(its_gate),
        traffic(its_traffic == nullptr ? own_traffic : *its_traffic),
        tls(std::move(its_tls)),
        closing(executor) {}
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  const Router& router;
  Limits limits;
  SecurityPolicy security;
  AccessRules access;
  Gate* gate = nullptr;  // nullptr: everybody may do all
  Traffic own_traffic;
  Traffic& traffic;
  std::shared_ptr<net::ssl::context> tls;  // for new connections; nullptr: plain HTTP
  Closing closing;
  OpenConnections connections{limits, access.trusted_proxies, traffic};
  SharedPlaces streams{limits.streams, limits.streams_per_network};
  log::LimitedLog client_log{"http", kClientLinesPerMinute};  // what clients cause
  RefusalLog refusal_log{};
};

class Session {
 public:
  Session(net::ip::tcp::socket socket, Server& server);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Serves requests until the client or the server has had enough. Throws when it is cancelled;
  // what else goes wrong is logged.
  Task<> run();

  // Ends whatever waits for the client; not every operation of Beast can be cancelled, but all end
  // with the socket. A WebSocket ends itself.
  void drop();
  bool dropped() const { return dropped_; }

  // Since when it waits for its client: for a request, or to see that it has the last answer.
  // nullopt while it is at work.
  std::optional<SteadyTime> waiting_since() const;

 private:
  enum class Next { request, close, close_gently };

  Task<> converse();
  Task<bool> begin();
  Task<Next> serve(Request& request);
  void note_answer(const Request& request, Status status);
  HeaderLines always(const Request& request) const;
  Response not_allowed(const Router::OtherMethods& others, const Request& request) const;
  std::optional<Response> refuse_strangers(Request& request);
  Task<std::optional<Response>> refuse_callers(Request& request, Role needed);
  Task<> until_revoked(Caller caller);
  Task<Next> send(Response response, const Request& request, bool keep_alive);
  Task<bool> client_has_all();
  Task<bool> send_while_allowed(const FileBody& body, const Caller& caller);
  Task<> send_whole(const FileBody& body, bool& complete);
  Task<bool> send_endless(BodySource& source, const Caller& caller);
  Task<> write_endless(BodySource& source, bool& complete);
  Task<> write_all_of(BodySource& source, bool& complete);
  Task<Next> send_stream(const http::Stream& stream, const Request& request);
  Task<> write_stream(const http::Stream& stream, const Request& request);
  Task<> watch_client(const Caller& caller);
  Task<> read_to_the_end();
  Task<Next> upgrade(const WebSocketHandler& handler, const Request& request);
  Task<Response> answer(const Handler& handler, const Request& request);

  Server& server_;
  net::ip::address peer_;
  net::ip::address local_;
  Transport transport_;
  ConnectionWriter writer_;
  RequestReader reader_;
  bool reading_ = true;
  std::string_view kind_ = Traffic::kNoRoute;  // of the request that is served
  std::optional<SteadyTime> lingering_since_;
  bool dropped_ = false;
  bool upgraded_ = false;  // the stream belongs to a WebSocket
};

}  // namespace minidvr::http
