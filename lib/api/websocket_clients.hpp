// Everybody on /ws: who they are, what they know, what they are told.
#pragma once

#include "api/dvr_access.hpp"
#include "core/event.hpp"
#include "http/websocket_session.hpp"

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

namespace minidvr::api {

using StatusFields = std::shared_ptr<const boost::json::object>;

// A start or stop that a client waits for. Its event is held back until the outcome is known,
// because the sender's copy carries the request_id.
struct PendingCommand {
  dvr::RecordingEvent::Kind kind;
  std::string request_id;
  std::vector<dvr::RecordingEvent> held;
};

struct Client {
  explicit Client(http::WebSocketSession& its_session) : session(its_session) {}

  http::WebSocketSession& session;
  StatusFields known;  // the status that it was told last
  std::optional<PendingCommand> pending;
};

boost::json::object event_message(const dvr::RecordingEvent& event);

class WebSocketClients {
 public:
  WebSocketClients(const net::any_io_executor& executor, StatusSource status)
      : status_(std::move(status)), changed_(executor) {}

  // Tells `client` everything and adds it, in one step: no event can come before the snapshot or be
  // missed after it. The client is removed when the membership ends.
  class Membership;
  [[nodiscard]] Membership add(Client& client);

  // A fresh snapshot for one client.
  void send_snapshot(Client& client, const std::optional<std::string>& request_id);

  // Tells everybody once; those who wait for it get it with their answer.
  void announce(const dvr::RecordingEvent& event);

  // Any other news for everybody.
  void broadcast(const boost::json::object& message);

  // Tells everybody what has changed of what they know. Does nothing for who knows it all.
  void send_updates();

  bool empty() const { return clients_.empty(); }

  // Notified when a client is added.
  Event& changed() { return changed_; }

 private:
  StatusSource status_;
  std::list<Client*> clients_;
  Event changed_;
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
