#include "http/open_connections.hpp"

#include "core/log.hpp"
#include "http/admission.hpp"
#include "http/log_component.hpp"
#include "http/session.hpp"

#include <algorithm>
#include <utility>

namespace minidvr::http {
namespace {

bool in_use(const std::shared_ptr<Session>& session, const Session* besides) {
  return session && !session->dropped() && session.get() != besides;
}

}  // namespace

Taken OpenConnections::admit(const boost::asio::ip::address& peer) {
  if (!contains(trusted_proxies_, peer)) {
    return make_room(network_of(peer), nullptr, limits_, &pace_);
  }
  Limits limits = limits_;
  limits.connections_per_network = limits.connections;
  return make_room(network_of(peer), nullptr, limits, nullptr);
}

void OpenConnections::add(const boost::asio::ip::address& peer, std::weak_ptr<Session> session) {
  std::erase_if(connections_, [](const Connection& other) { return other.session.expired(); });
  connections_.push_back({network_of(peer), std::move(session)});
}

bool OpenConnections::count_as(const Session& session, const std::string& client) {
  const auto own = std::find_if(
      connections_.begin(), connections_.end(),
      [&](const Connection& connection) { return connection.session.lock().get() == &session; });
  if (own == connections_.end() || own->network == client) return true;
  const bool there_is_room = make_room(client, &session, limits_, nullptr) == Taken::yes;
  if (there_is_room) own->network = client;
  return there_is_room;
}

// `besides`: that has its place already.
Taken OpenConnections::make_room(const std::string& network, const Session* besides,
                                 const Limits& limits, ArrivalPace* pace) {
  // Counted first: who comes too fast is to cost no more than that.
  std::size_t all = 0;
  std::size_t same = 0;
  for (const auto& connection : connections_) {
    if (!in_use(connection.session.lock(), besides)) continue;
    ++all;
    if (connection.network == network) ++same;
  }
  if (same < limits.connections_per_network && all < limits.connections) return Taken::yes;
  if (pace != nullptr && !pace->keeps(network, Steady::now())) return Taken::too_soon;

  std::vector<OpenConnection> open;
  std::vector<std::shared_ptr<Session>> sessions;
  for (const auto& connection : connections_) {
    auto session = connection.session.lock();
    if (!in_use(session, besides)) continue;
    open.push_back({connection.network, session->waiting_since()});
    sessions.push_back(std::move(session));
  }
  const Admission verdict = admission(open, network, limits);
  if (verdict.closes) {
    log::debug(kComponent, "closing an idle connection of {} for one of {}",
               open[*verdict.closes].network, network);
    sessions[*verdict.closes]->drop();
    ++traffic_.connections_made_room;
  }
  return verdict.admitted ? Taken::yes : Taken::no;
}

}  // namespace minidvr::http
