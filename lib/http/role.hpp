// What a client may do. Every route, and every command of a WebSocket, names the least role that it
// takes.
#pragma once

#include <optional>
#include <string_view>

namespace minidvr::http {

// Each may what those before it may.
enum class Role {
  anyone,   // also who has not said who he is
  view,     // look at the picture, the state and the recordings
  control,  // record, set the camera, note, protect and delete
};

// As it stands in files, answers and on the command line: "view", "control"; "anyone" is none that
// can be given.
std::string_view name_of(Role role);
std::optional<Role> role_named(std::string_view name);

}  // namespace minidvr::http
