// The v4l2-ctl program, which tells what a camera has, offers and is set to.
#pragma once

#include "core/asio.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/task_group.hpp"
#include "process/run_program.hpp"

#include <functional>
#include <string>
#include <vector>

namespace minidvr::v4l2 {

struct Tool {
  std::string program;                   // v4l2-ctl: a path, or a name to be found on PATH
  std::function<std::string()> device;   // its path, asked before each run: it may change
  std::vector<std::string> environment;  // NAME=VALUE, what the device needs
  // Of one run; a hung device must not hold up a client longer. uvcvideo waits 5 s for a control
  // that does not answer, and says then which one it was.
  Steady::duration time_limit = 7s;
};

// One run on the device, which prints English. Fails as process::run_program() does.
Task<Result<process::ProgramOutput>> run(TaskGroup& tasks, Tool tool,
                                         std::vector<std::string> arguments);

}  // namespace minidvr::v4l2
