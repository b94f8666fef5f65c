// A program that is run for its answer, within bounds.
#pragma once

#include "core/asio.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/task_group.hpp"
#include "process/child.hpp"

#include <functional>
#include <string>
#include <vector>

namespace minidvr::process {

struct ProgramRun {
  std::string name;     // as it is called in errors
  std::string program;  // a path, or a name to be found on PATH
  std::vector<std::string> arguments;
  std::vector<std::string> extra_environment;  // NAME=VALUE
  Steady::duration time_limit = 3s;
  std::size_t output_limit = 1 << 20;  // bytes, of stdout and stderr each
  // Takes one that was killed and has not ended: it sits in a driver until that lets it go. Empty:
  // nobody wants to know.
  std::function<void(Child)> on_left = {};
};

struct ProgramOutput {
  ExitStatus status;
  std::string out;
  std::string err;
};

// Returns a second after the time limit at the latest, whatever hangs. unavailable: it ran longer
// than that (Reason::timeout) or printed more than the output limit (it is then killed), or can not
// be started. not_found: there is no such program. A non-zero exit status is no error.
Task<Result<ProgramOutput>> run_program(TaskGroup& tasks, ProgramRun run);

}  // namespace minidvr::process
