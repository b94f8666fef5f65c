// /api/presets: sets of control values under a name.
#pragma once

#include "controls/controls_service.hpp"
#include "http/router.hpp"

namespace minidvr::api {

// GET /api/presets -> {"presets": ["Day", ...]}
// GET /api/presets/{name} -> {"name": ..., "values": {...}}
// PUT /api/presets/{name}, without a body or with {"values": {...}} -> as GET; 201 when it is new
// DELETE /api/presets/{name} -> {"deleted": name}
// POST /api/presets/{name}/apply -> the outcomes of each control
void add_presets(http::Router& router, controls::ControlsService& service);

}  // namespace minidvr::api
