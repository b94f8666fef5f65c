// GET /health
#pragma once

#include "api/dvr_access.hpp"
#include "http/router.hpp"

namespace minidvr::api {

// 200 when all checks are fine, else 503; the body is that of /status, and the checks.
http::Response health_response(const dvr::Status& status);

void add_health(http::Router& router, StatusSource status);

}  // namespace minidvr::api
