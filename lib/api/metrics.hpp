// GET /metrics
#pragma once

#include "api/dvr_access.hpp"
#include "http/router.hpp"

#include <string>

namespace minidvr::api {

// What the status tells, as Prometheus reads it. Counters count from the start of the program and
// never go back, also where those of /status begin again with each recording.
std::string metrics_text(const dvr::Status& status);

void add_metrics(http::Router& router, StatusSource status);

}  // namespace minidvr::api
