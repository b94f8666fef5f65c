// Start and stop, as clients give them and are answered.
#pragma once

#include "api/dvr_access.hpp"
#include "api/websocket_clients.hpp"
#include "core/asio.hpp"
#include "core/clock.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace minidvr::api {

// Knows who sent which command. One message answers one command: the event that it caused, with its
// request_id for its sender, or a message of its own.
class RecordingCommands {
 public:
  RecordingCommands(net::any_io_executor executor, DvrAccess dvr, WebSocketClients& clients);
  RecordingCommands(const RecordingCommands&) = delete;
  RecordingCommands& operator=(const RecordingCommands&) = delete;
  ~RecordingCommands();

  // Takes effect before it returns, and even when its sender leaves before the answer.
  void carry_out(const std::shared_ptr<Client>& client, bool on,
                 std::optional<std::string> request_id);

  // The same for a request. nullopt: it was not done within `patience`, and goes on.
  Task<std::optional<dvr::CommandAnswer>> carry_out(bool on, Steady::duration patience);

  // The server stops: what still waits is answered with an error, and so is what comes.
  void end();

 private:
  using Handler = std::function<void(const dvr::CommandAnswer&)>;
  struct Sender {
    std::weak_ptr<Client> client;
    std::optional<std::string> request_id;
    Handler handler;  // of a request; then there is no client
  };

  void command(dvr::SenderId sender_id, bool on, Sender sender);
  void on_event(const dvr::RecordingEvent& event);
  void on_answer(const dvr::CommandAnswer& answer);
  std::optional<Sender> take_sender(dvr::CommandId id);

  net::any_io_executor executor_;
  DvrAccess dvr_;
  WebSocketClients& clients_;
  dvr::CommandId last_id_ = 0;
  bool ended_ = false;
  // Of the commands that wait; dvr::Commands bounds their number.
  std::map<dvr::CommandId, Sender> senders_;
};

}  // namespace minidvr::api
