#include "process/run_program.hpp"

#include <csignal>
#include <memory>
#include <utility>

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

namespace minidvr::process {
namespace {

// For the end of one that was killed, on a busy machine. One that sits in a driver does not end,
// and its output does not while somebody else has it, too.
constexpr seconds kKillTime{1};

// What the child prints, up to the limit. Shared with the tasks that read it, which may outlive us
// when we are cancelled.
struct Collected {
  std::string out;
  std::string err;
  bool too_much = false;
};

void collect(std::string& text, std::string_view bytes, std::size_t limit, Collected& collected) {
  if (text.size() + bytes.size() > limit) {
    collected.too_much = true;
  } else {
    text += bytes;
  }
}

}  // namespace

Task<Result<ProgramOutput>> run_program(TaskGroup& tasks, ProgramRun run) {
  const auto executor = co_await net::this_coro::executor;
  auto collected = std::make_shared<Collected>();
  ChildSpec spec;
  spec.name = run.name;
  spec.program = run.program;
  spec.arguments = run.arguments;
  spec.extra_environment = run.extra_environment;
  spec.on_stdout = [collected, limit = run.output_limit](std::string_view bytes) {
    collect(collected->out, bytes, limit, *collected);
  };
  spec.on_stderr = [collected, limit = run.output_limit](std::string_view bytes) {
    collect(collected->err, bytes, limit, *collected);
  };
  auto child = Child::spawn(executor, tasks, spec);
  if (!child) co_return child.error();

  const SteadyTime deadline = Steady::now() + run.time_limit;
  // A program that prints without end is stopped at the time limit at the latest; what it prints
  // beyond the output limit is not kept.
  const auto status = co_await child->wait_until(deadline);
  if (!status) {
    child->signal(SIGKILL);
    const auto ended = co_await child->wait_until(Steady::now() + kKillTime);
    if (!ended && child->running() && run.on_left) run.on_left(std::move(*child));
    co_return make_error(
        Errc::unavailable,
        fmt::format("{} did not end within {:.0f} s", run.name, to_seconds(run.time_limit)),
        Reason::timeout);
  }
  if (collected->too_much) {
    co_return make_error(Errc::unavailable,
                         fmt::format("{} printed more than {} bytes", run.name, run.output_limit));
  }
  co_return ProgramOutput{*status, std::move(collected->out), std::move(collected->err)};
}

}  // namespace minidvr::process
