#include "process/supervised_process.hpp"

#include "support/captured_stderr.hpp"
#include "support/patience.hpp"
#include "unit/support/run_task.hpp"

#include <csignal>
#include <functional>
#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace minidvr;
using namespace minidvr::process;
using minidvr::test::CapturedStderr;
using minidvr::test::count;
using namespace std::chrono_literals;

namespace {

// A supervised shell. `script` may be changed: it is read at every start.
class Supervised {
 public:
  explicit Supervised(std::string its_script, Steady::duration grace = test::kPatience)
      : script(std::move(its_script)),
        process(
            tasks.group(), [this] { return spec(); }, SIGTERM, grace) {
    tasks.group().spawn("supervise", process.run());
  }

  bool wait_for(const std::function<bool()>& condition) {
    for (const SteadyTime end = Steady::now() + test::kPatience; Steady::now() < end;) {
      if (condition()) return true;
      tasks.run(sleep_for(10ms));
    }
    return false;
  }

  test::Tasks tasks;
  std::string script;
  std::string program = "/bin/sh";
  std::string printed;
  int starts = 0;
  SupervisedProcess process;

 private:
  ChildSpec spec() {
    ++starts;
    ChildSpec spec;
    spec.name = "patient";
    spec.program = program;
    spec.arguments = {"-c", script};
    spec.on_stdout = [this](std::string_view bytes) { printed += bytes; };
    return spec;
  }
};

}  // namespace

TEST_CASE("a program that ends is started again, and why it does not run is told") {
  const CapturedStderr captured;
  Supervised supervised("exit 3");
  CHECK(supervised.process.problem() == "not started yet");
  CHECK(supervised.wait_for([&] { return supervised.starts >= 2; }));
  CHECK(supervised.wait_for(
      [&] { return supervised.process.problem() == "patient ended with status 3"; }));
  supervised.script = "echo well; sleep 1000";
  CHECK(supervised.wait_for([&] { return supervised.printed == "well\n"; }));
  CHECK(supervised.process.running());
  CHECK(supervised.process.problem().empty());
  CHECK(supervised.process.restarts().ended == static_cast<std::uint64_t>(supervised.starts - 1));
  CHECK(supervised.process.restarts().asked == 0);
  CHECK(count(captured.text(), "patient ended with status 3; starting it again in 100 ms") == 1);
}

TEST_CASE("a program that waits to be started again is started at once when it hurries") {
  const CapturedStderr captured;
  Supervised supervised("exit 3");
  CHECK(supervised.wait_for([&] { return supervised.starts == 5; }));
  CHECK(supervised.wait_for([&] { return !supervised.process.running(); }));
  supervised.script = "echo well; sleep 1000";
  const auto before = Steady::now();
  supervised.process.hurry();
  CHECK(supervised.wait_for([&] { return supervised.printed == "well\n"; }));
  // 1.6 s is what it would have waited.
  CHECK(Steady::now() - before < 1500ms);
}

TEST_CASE("a program that is missing is looked for again, and said to be missing once") {
  const CapturedStderr captured;
  Supervised supervised("echo here; sleep 1000");
  supervised.program = "no-such-program";
  CHECK(supervised.wait_for([&] { return supervised.starts >= 3; }));
  CHECK(supervised.process.problem() == "there is no program no-such-program on PATH");
  CHECK_FALSE(supervised.process.running());
  supervised.process.restart("it does not run anyway");
  supervised.program = "/bin/sh";
  CHECK(supervised.wait_for([&] { return supervised.printed == "here\n"; }));
  CHECK(supervised.process.restarts().ended + supervised.process.restarts().asked == 0);
  CHECK(count(captured.text(), "there is no program") == 1);
  CHECK(count(captured.text(), "ending pid") == 0);
}

TEST_CASE("a program that lives and does not work is started anew") {
  const CapturedStderr captured;
  Supervised supervised("trap '' TERM; echo up; sleep 1000");
  REQUIRE(supervised.wait_for([&] { return supervised.printed == "up\n"; }));
  supervised.process.restart("it delivers nothing");
  CHECK(supervised.wait_for([&] { return supervised.printed == "up\nup\n"; }));
  CHECK(supervised.starts == 2);
  CHECK(supervised.process.restarts().ended == 0);
  CHECK(supervised.process.restarts().asked == 1);
  CHECK(count(captured.text(), ": it delivers nothing") == 1);
}

TEST_CASE("a supervised program that is stopped stays so, whether it listens or not") {
  const CapturedStderr captured;
  const bool listens = GENERATE(true, false);
  Supervised supervised(
      fmt::format("trap '{}' TERM; echo up; while :; do sleep 0.05; done", listens ? "exit 0" : ""),
      listens ? Steady::duration(test::kPatience) : 100ms);
  REQUIRE(supervised.wait_for([&] { return supervised.printed == "up\n"; }));
  supervised.tasks.run(supervised.process.stop());
  CHECK_FALSE(supervised.process.running());
  supervised.tasks.run(supervised.tasks.group().join());  // run() has ended, too
  CHECK(supervised.starts == 1);
  CHECK(count(captured.text(), "does not end within 0.1 s, killing it") == (listens ? 0 : 1));
}

TEST_CASE("what a child prints is logged line by line under its name, without bars, at its level") {
  const CapturedStderr captured;
  {
    const auto sink = log_lines("child", [](std::string_view line) {
      return line.starts_with("bad") ? log::Level::error : log::Level::debug;
    });
    sink("bad one\n-----\nnot interesting\nbad tw");
    sink("o\n");
  }
  const std::string text = captured.text();
  CHECK(count(text, "\n") == 2);
  CHECK(count(text, "error   child: bad one\n") == 1);
  CHECK(count(text, "error   child: bad two\n") == 1);
}

TEST_CASE("a child that prints without end is logged in part, and the rest is counted") {
  const CapturedStderr captured;
  {
    const auto sink = log_lines("child", [](std::string_view) { return log::Level::info; });
    for (int i = 0; i < 1000; ++i)
      sink("noise\n");
  }
  const std::string text = captured.text();
  CHECK(count(text, "child: noise") == 300);
  CHECK(count(text, "child: more than 300 lines in a minute") == 1);
  CHECK(count(text, "child: 700 lines were left out") == 1);
}
