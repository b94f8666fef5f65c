// Reading and setting the camera's controls, with uvcvideo's rules and error codes.
#pragma once

#include "../shared_state.hpp"

namespace minidvr::virtual_camera {

// 0, a negative errno, or -ENOTTY for a request that is not about controls.
int handle_control_request(SharedState& state, std::uint32_t request, void* argument);

}  // namespace minidvr::virtual_camera
