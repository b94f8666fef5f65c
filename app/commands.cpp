#include "commands.hpp"

#include "archive/cleanup.hpp"
#include "archive/retention_files.hpp"
#include "core/asio.hpp"
#include "core/task_group.hpp"
#include "doctor/examination.hpp"
#include "doctor/running_service.hpp"
#include "doctor/status_text.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

namespace minidvr {
namespace {

// Runs a command that waits, to its end.
int run_to_end(net::io_context& io, Task<int> command) {
  int status = kExitFailure;
  net::co_spawn(io, std::move(command), [&](const std::exception_ptr& error, int result) {
    if (error) std::rethrow_exception(error);
    status = result;
  });
  io.run();
  return status;
}

void tell_not_reachable(const Settings& settings, const std::string& why) {
  fmt::print(
      stderr,
      "mini-dvr: {}\n"
      "Is it started? systemctl start mini-dvr, and journalctl -u mini-dvr says why it ends.\n"
      "Does it listen elsewhere than on port {}? Give its settings, too: --config FILE or "
      "--app-port PORT; those of the service are in /etc/mini-dvr.conf.\n",
      why, settings.app_port);
}

Task<int> ask_and_tell(const Settings& settings, bool json) {
  const auto health = co_await doctor::ask_service(settings, "/health");
  if (!health) {
    tell_not_reachable(settings, health.error().detail);
    co_return kExitNotReachable;
  }
  if (json) {
    const auto status = co_await doctor::ask_service(settings, "/status");
    if (!status) {
      tell_not_reachable(settings, status.error().detail);
      co_return kExitNotReachable;
    }
    fmt::print("{}\n", status->text);
  } else {
    fmt::print("{}", doctor::status_text(health->document));
  }
  co_return doctor::is_healthy(health->document) ? EXIT_SUCCESS : kExitFailure;
}

Task<int> examine_and_tell(TaskGroup& tasks, const Settings& settings) {
  doctor::Machine machine;
  const auto findings = co_await doctor::examine(tasks, settings, std::move(machine));
  fmt::print("{}", doctor::report(findings));
  co_return doctor::any_problem(findings) ? kExitFailure : EXIT_SUCCESS;
}

}  // namespace

int clean_up(const Settings& settings, bool dry_run) {
  const archive::CleanupOutput output{
      [](const std::string& line) { fmt::print("{}\n", line); },
      [](const std::string& line) { fmt::print(stderr, "mini-dvr: {}\n", line); }};
  const archive::CleanupOptions options{settings.recordings_dir, archive::limits_of(settings),
                                        dry_run};
  return archive::clean_up(options, output) ? EXIT_SUCCESS : kExitFailure;
}

int tell_status(const Settings& settings, bool json) {
  net::io_context io{1};
  return run_to_end(io, ask_and_tell(settings, json));
}

int tell_findings(const Settings& settings) {
  net::io_context io{1};
  TaskGroup tasks(io.get_executor());
  return run_to_end(io, examine_and_tell(tasks, settings));
}

}  // namespace minidvr
