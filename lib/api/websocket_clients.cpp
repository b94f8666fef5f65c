#include "api/websocket_clients.hpp"

#include "api/status.hpp"
#include "api/status_changes.hpp"
#include "core/json_text.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace minidvr::api {
namespace json = boost::json;
namespace {

// {"status": name, ...fields}
json::object with_status(const char* name, const json::object& fields) {
  json::object message;
  message["status"] = name;
  for (const auto& pair : fields)
    message[pair.key()] = pair.value();
  return message;
}

}  // namespace

http::SharedText shared_text(const json::object& message) {
  return std::make_shared<const std::string>(json_text(message));
}

void send_answer(Client& client, json::object message,
                 const std::optional<std::string>& request_id) {
  if (request_id) message["request_id"] = *request_id;
  client.session.send(shared_text(message));
}

void send_answer(Client& client, http::SharedText message,
                 const std::optional<std::string>& request_id) {
  if (!request_id) return client.session.send(std::move(message));
  const std::string id = json_text(json::value(*request_id));
  client.session.send(message->substr(0, message->size() - 1) + R"(,"request_id":)" + id + "}");
}

WebSocketClients::Membership WebSocketClients::add(Client& client) {
  send_snapshot(client, std::nullopt);
  changed_.notify();
  return Membership(clients_, client);
}

void WebSocketClients::send_snapshot(Client& client, const std::optional<std::string>& request_id) {
  client.known = std::make_shared<const json::object>(status_json(status_()));
  auto message = with_status("snapshot", *client.known);
  if (access_of_) message["access"] = access_of_(client.session.caller());
  send_answer(client, std::move(message), request_id);
}

void WebSocketClients::announce(const json::object& message, const AnsweredRequests& answered) {
  const auto text = shared_text(message);
  for (Client* client : clients_) {
    const auto found = answered.find(client);
    if (found == answered.end()) {
      client->session.send(text);
      continue;
    }
    for (const auto& request_id : found->second) {
      send_answer(*client, message, request_id);
    }
  }
}

void WebSocketClients::broadcast(const json::object& message) {
  const auto text = shared_text(message);
  for (Client* client : clients_)
    client->session.send(text);
}

bool WebSocketClients::keep_up() const {
  return std::all_of(clients_.begin(), clients_.end(),
                     [](const Client* client) { return client->session.keeps_up(); });
}

void WebSocketClients::send_updates() {
  if (clients_.empty()) return;
  const auto now = std::make_shared<const json::object>(status_json(status_()));
  // Most clients were told the same last, so there is one comparison for all of them.
  std::map<StatusFields, http::SharedText> updates;
  for (Client* client : clients_) {
    const auto [it, is_new] = updates.try_emplace(client->known);
    if (is_new) {
      if (const auto changes = status_changes(*client->known, *now)) {
        it->second = shared_text(with_status("update", *changes));
      }
    }
    if (!it->second) continue;
    client->session.send(it->second);
    client->known = now;
  }
}

}  // namespace minidvr::api
