// The {"status":"update"} messages.
#pragma once

#include "api/websocket_clients.hpp"
#include "core/asio.hpp"

namespace minidvr::api {

// Tells the clients what has changed, at most once a second, until cancelled. Nobody connected: no
// work.
Task<> send_status_updates(WebSocketClients& clients);

}  // namespace minidvr::api
