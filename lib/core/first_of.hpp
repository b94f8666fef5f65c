// Waiting for whichever of two tasks ends first.
#pragma once

#include "core/asio.hpp"
#include "core/clock.hpp"

#include <cstddef>

namespace minidvr {

// Runs both tasks. When one ends, however it ends, the other is cancelled and waited for. Returns
// which one ended first (0 or 1), or throws what that one threw; what the other one threw is
// forgotten.
Task<std::size_t> first_of(Task<> one, Task<> other);

// Runs `task` for at most `limit`. False when it had to be cancelled.
Task<bool> within(Steady::duration limit, Task<> task);

}  // namespace minidvr
