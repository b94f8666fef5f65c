// /login, POST /api/login, POST /api/logout, GET /api/access: who one is.
#pragma once

#include "access/access_gate.hpp"
#include "http/router.hpp"

#include <boost/json/object.hpp>

namespace minidvr::api {

// {"password": whether one is asked for, "user": ..., "role": ...}; the last two where it is known
// who asks.
boost::json::object access_json(bool password, const http::Caller& caller);

void add_login(http::Router& router, access::AccessGate& gate);

}  // namespace minidvr::api
