// A program that is run for its answer, within bounds.
#pragma once

#include "core/asio.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/task_group.hpp"
#include "process/child.hpp"

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
};

struct ProgramOutput {
  ExitStatus status;
  std::string out;
  std::string err;
};

// unavailable: it ran longer than the time limit (Reason::timeout) or printed more than the output
// limit (it is then killed), or can not be started. not_found: there is no such program. A non-zero
// exit status is no error.
Task<Result<ProgramOutput>> run_program(TaskGroup& tasks, ProgramRun run);

}  // namespace minidvr::process
