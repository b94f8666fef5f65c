// Whether the folder of the state is there. It may lie with the recordings, on a disk that is not
// mounted: then it must be neither read nor made below the mount point.
#pragma once

#include "core/error.hpp"

#include <functional>

namespace minidvr {

// Success: it is there, or may be made. Empty: it is always there. Blocks as a disk does.
using StateGate = std::function<Result<>()>;

inline Result<> ask(const StateGate& gate) {
  return gate ? gate() : Result<>();
}

}  // namespace minidvr
