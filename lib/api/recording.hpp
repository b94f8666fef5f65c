// POST /api/recording.
#pragma once

#include "api/dvr_access.hpp"
#include "api/recording_commands.hpp"
#include "http/router.hpp"

namespace minidvr::api {

void add_recording(http::Router& router, RecordingCommands& commands, StatusSource status);

}  // namespace minidvr::api
