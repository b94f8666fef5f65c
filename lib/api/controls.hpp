// /api/controls: what the camera's controls are, and setting them.
#pragma once

#include "api/control_listings.hpp"
#include "controls/controls_service.hpp"
#include "http/message.hpp"
#include "http/router.hpp"

namespace minidvr::api {

// GET /api/controls, POST /api/controls/{id}, POST /api/controls, POST /api/controls/reset.
void add_controls(http::Router& router, controls::ControlsService& service,
                  ControlListings& listings);

// {"outcomes": [{"id", "ok": true, "control"}, {"id", "ok": false, "status", "detail",
// "control"}]}. When nothing was done, the status and a "detail" say why; what was so already is as
// done as what was set, whether it is listed or not.
http::Response outcomes_response(const controls::ControlOutcomes& outcomes,
                                 bool lists_what_was_so = true);

}  // namespace minidvr::api
