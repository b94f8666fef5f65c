// GET /status, and the same fields wherever else they appear.
#pragma once

#include "api/dvr_access.hpp"
#include "http/router.hpp"

#include <boost/json/object.hpp>

namespace minidvr::api {

// The fields of GET /status, in the order of the contract. Numbers are rounded to what they are
// worth.
boost::json::object status_json(const dvr::Status& status);

// As a state is called for clients.
const char* state_name(dvr::RecorderState state);

void add_status(http::Router& router, StatusSource status);

}  // namespace minidvr::api
