#include "v4l2/tool.hpp"

#include <utility>

namespace minidvr::v4l2 {
namespace {

// The vivid device with its 64 controls prints 11 KB.
constexpr std::size_t kOutputLimit = 1 << 20;

}  // namespace

Task<Result<process::ProgramOutput>> run(TaskGroup& tasks, Tool tool,
                                         std::vector<std::string> arguments) {
  process::ProgramRun run;
  run.name = "v4l2-ctl";
  run.program = std::move(tool.program);
  run.arguments = std::move(arguments);
  run.arguments.insert(run.arguments.begin(), "--device=" + tool.device());
  run.extra_environment = std::move(tool.environment);
  // Its messages are compared with English ones.
  run.extra_environment.emplace_back("LC_ALL=C");
  run.time_limit = tool.time_limit;
  run.output_limit = kOutputLimit;
  return process::run_program(tasks, std::move(run));
}

}  // namespace minidvr::v4l2
