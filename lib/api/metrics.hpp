// GET /metrics
#pragma once

#include "access/access_gate.hpp"
#include "api/dvr_access.hpp"
#include "api/websocket_commands.hpp"
#include "http/router.hpp"
#include "http/traffic.hpp"

#include <functional>
#include <string>

namespace minidvr::api {

// What clients did.
struct ClientCounts {
  http::Traffic traffic;
  CommandCounts commands;
  access::LoginCounts logins;
};

// What the status tells, as Prometheus reads it. Counters count from the start of the program and
// never go back, also where those of /status begin again with each recording.
std::string metrics_text(const dvr::Status& status, const ClientCounts& clients = {});

void add_metrics(http::Router& router, StatusSource status, std::function<ClientCounts()> clients);

}  // namespace minidvr::api
