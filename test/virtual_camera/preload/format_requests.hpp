// What the camera is and which pictures it can deliver: capabilities, inputs, formats, sizes,
// rates.
#pragma once

#include "../shared_state.hpp"

namespace minidvr::virtual_camera {

// 0, a negative errno, or -ENOTTY for a request that a UVC camera does not know.
int handle_format_request(SharedState& state, std::uint32_t request, void* argument);

// Bytes to reserve for a frame of the current size: as cameras say, what it would need
// uncompressed.
std::uint32_t largest_frame(const SharedState& state);

}  // namespace minidvr::virtual_camera
