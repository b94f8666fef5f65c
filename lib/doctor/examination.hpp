// The whole examination: gathers the facts and has them judged.
#pragma once

#include "core/asio.hpp"
#include "core/settings_sources.hpp"
#include "core/task_group.hpp"
#include "doctor/finding.hpp"
#include "doctor/machine.hpp"

#include <vector>

namespace minidvr::doctor {

// Looks, and changes nothing; a recording that runs goes on undisturbed: the camera is asked for
// its formats, which nobody has to wait for, and the disk gets kTrialBytes to write. Blocks for
// some seconds. Children of it belong to `tasks`; call it on the main thread.
Task<std::vector<Finding>> examine(TaskGroup& tasks, const LoadedSettings& loaded, Machine machine);

}  // namespace minidvr::doctor
