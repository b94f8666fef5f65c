// What must hold of every answer of a camera's server, whatever bytes it is made of.
#pragma once

#include <string_view>

namespace minidvr::fuzz {

// Reads head, chunks and parts of it as FrameSource does, cut into pieces in many ways. Aborts when
// they do not all come to the same frames, or take more memory than they may.
void check_stream(std::string_view answer);

}  // namespace minidvr::fuzz
