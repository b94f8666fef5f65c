// Everybody on /ws: who they are, what they know, what they are told.
#pragma once

#include "api/dvr_access.hpp"
#include "core/event.hpp"
#include "http/websocket_session.hpp"

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

namespace minidvr::api {

using StatusFields = std::shared_ptr<const boost::json::object>;

struct Client {
  Client(http::WebSocketSession& its_session, dvr::SenderId its_id)
      : session(its_session), id(its_id) {}

  http::WebSocketSession& session;
  const dvr::SenderId id;
  StatusFields known;  // the status that it was told last
};

// The request_ids that a message answers, by the client that sent them.
using AnsweredRequests = std::map<const Client*, std::vector<std::string>>;

http::SharedText shared_text(const boost::json::object& message);

// Answers a client alone. As a text: of an object that is not empty, which is copied only where it
// takes a request_id.
void send_answer(Client& client, boost::json::object message,
                 const std::optional<std::string>& request_id);
void send_answer(Client& client, http::SharedText message,
                 const std::optional<std::string>& request_id);

class WebSocketClients {
 public:
  WebSocketClients(const net::any_io_executor& executor, StatusSource status)
      : status_(std::move(status)), changed_(executor) {}

  // What each client is told of its own rights, as "access" in its snapshots.
  using AccessOf = std::function<boost::json::object(const http::Caller&)>;
  void tell_access(AccessOf access_of) { access_of_ = std::move(access_of); }

  // Tells `client` everything and adds it, in one step: no event can come before the snapshot or be
  // missed after it. The client is removed when the membership ends.
  class Membership;
  [[nodiscard]] Membership add(Client& client);

  // A fresh snapshot for one client.
  void send_snapshot(Client& client, const std::optional<std::string>& request_id);

  // Tells everybody once. Whoever is answered by it gets it with the request_id, and for each
  // further request_id of its own the same message once more: that is the answer to that request.
  void announce(const boost::json::object& message, const AnsweredRequests& answered);

  // Any other news for everybody.
  void broadcast(const boost::json::object& message);

  // Tells everybody what has changed of what they know. Does nothing for who knows it all.
  void send_updates();

  // Whether nothing waits for any of them behind what is being sent.
  bool keep_up() const;

  bool empty() const { return clients_.empty(); }
  std::size_t size() const { return clients_.size(); }

  // For whoever sends commands.
  dvr::SenderId new_id() { return ++last_id_; }

  // Notified when a client is added.
  Event& changed() { return changed_; }

 private:
  StatusSource status_;
  AccessOf access_of_;
  std::list<Client*> clients_;
  Event changed_;
  dvr::SenderId last_id_ = 0;
};

class WebSocketClients::Membership {
 public:
  Membership(std::list<Client*>& list, Client& client)
      : list_(list), place_(list.insert(list.end(), &client)) {}
  Membership(const Membership&) = delete;
  Membership& operator=(const Membership&) = delete;
  ~Membership() { list_.erase(place_); }

 private:
  std::list<Client*>& list_;
  std::list<Client*>::iterator place_;
};

}  // namespace minidvr::api
