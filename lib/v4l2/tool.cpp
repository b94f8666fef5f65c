#include "v4l2/tool.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace minidvr::v4l2 {
namespace {

// The vivid device with its 64 controls prints 11 KB.
constexpr std::size_t kOutputLimit = 1 << 20;

bool hangs_at(std::list<HungRun>& hung, const std::string& device) {
  hung.remove_if([](const HungRun& one) { return !one.child.running(); });
  return std::any_of(hung.begin(), hung.end(),
                     [&](const HungRun& one) { return one.device == device; });
}

}  // namespace

Task<Result<process::ProgramOutput>> run(TaskGroup& tasks, Tool tool,
                                         std::vector<std::string> arguments) {
  const std::string device = tool.device();
  if (hangs_at(*tool.hung, device)) {
    co_return make_error(
        Errc::unavailable,
        fmt::format("v4l2-ctl was killed and still hangs in the driver of {}", device));
  }
  process::ProgramRun run;
  run.name = "v4l2-ctl";
  run.program = std::move(tool.program);
  run.arguments = std::move(arguments);
  run.arguments.insert(run.arguments.begin(), "--device=" + device);
  run.extra_environment = std::move(tool.environment);
  // Its messages are compared with English ones.
  run.extra_environment.emplace_back("LC_ALL=C");
  run.time_limit = tool.time_limit;
  run.output_limit = kOutputLimit;
  run.on_left = [hung = tool.hung, device](process::Child child) {
    hung->push_back({device, std::move(child)});
  };
  co_return co_await process::run_program(tasks, std::move(run));
}

}  // namespace minidvr::v4l2
