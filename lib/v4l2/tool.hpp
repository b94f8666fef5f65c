// The v4l2-ctl program, which tells what a camera has, offers and is set to.
#pragma once

#include "core/asio.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/task_group.hpp"
#include "process/run_program.hpp"

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

namespace minidvr::v4l2 {

// A run that was killed and has not ended: it sits in the driver.
struct HungRun {
  std::string device;
  process::Child child;
};

struct Tool {
  std::string program;                   // v4l2-ctl: a path, or a name to be found on PATH
  std::function<std::string()> device;   // its path, asked before each run: it may change
  std::vector<std::string> environment;  // NAME=VALUE, what the device needs
  // Of one run; a hung device must not hold up a client longer. uvcvideo waits 5 s for a control
  // that does not answer, and says then which one it was.
  Steady::duration time_limit = 7s;
  // Those of this tool and its copies.
  std::shared_ptr<std::list<HungRun>> hung = std::make_shared<std::list<HungRun>>();
};

// One run on the device, which prints English. Fails as process::run_program() does, and at once
// (unavailable) while one that was killed still hangs there: each further one would stay as well.
Task<Result<process::ProgramOutput>> run(TaskGroup& tasks, Tool tool,
                                         std::vector<std::string> arguments);

}  // namespace minidvr::v4l2
