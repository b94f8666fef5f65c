#include "core/log.hpp"

#include "core/limited_log.hpp"
#include "core/utf8.hpp"
#include "support/captured_stderr.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace minidvr;
using minidvr::test::CapturedStderr;
using minidvr::test::count;
using namespace std::chrono_literals;

TEST_CASE("a line of the log is one line, whatever stands in it") {
  const CapturedStderr captured;
  log::write(log::Level::info, "http", "a\nb\r\x1b[2J\x7f \xff \xc2\x9b ü €");
  const std::string text = captured.text();
  CHECK(count(text, "\n") == 1);
  CHECK(text.find("info    http: a b  [2J  \xEF\xBF\xBD   ü €\n") != std::string::npos);
}

TEST_CASE("a very long message is cut between two characters") {
  std::string message;
  while (message.size() < 10'000)
    message += "€";
  const CapturedStderr captured;
  log::write(log::Level::info, "http", message);
  const std::string text = captured.text();
  CHECK(text.size() < 4096);  // PIPE_BUF
  CHECK(is_utf8(text));
}

TEST_CASE("after the log was shut down, lines are written at once") {
  const CapturedStderr captured;
  log::init(log::Level::info);
  for (int i = 0; i < 100; ++i)
    log::info("test", "queued");
  log::shut_down();
  log::shut_down();
  log::error("test", "last");
  const std::string text = captured.text();
  CHECK(count(text, "queued") == 100);
  CHECK(text.rfind("last") > text.rfind("queued"));
}

TEST_CASE("what a client sent is shown in part") {
  CHECK(log::excerpt("/status") == "/status");
  const std::string shown = log::excerpt("/" + std::string(8000, 'a') + "\n");
  CHECK(shown.size() < 250);
  CHECK(shown.ends_with("aaa..."));
  CHECK(log::excerpt("/a\nb\x1b\xff") == "/a b \xEF\xBF\xBD");
}

TEST_CASE("lines over the limit are left out until the minute is over, and told once") {
  log::LineLimit limit(3);
  const SteadyTime start = Steady::now();
  for (int i = 0; i < 3; ++i)
    CHECK(limit.judge(start + i * 1s).write);
  const auto first = limit.judge(start + 10s);
  CHECK_FALSE(first.write);
  CHECK(first.begins_to_leave_out);
  CHECK(first.left_out == 0);
  const auto second = limit.judge(start + 50s);
  CHECK_FALSE(second.write);
  CHECK_FALSE(second.begins_to_leave_out);
  const auto later = limit.judge(start + 61s);
  CHECK(later.write);
  CHECK(later.left_out == 2);
  CHECK(limit.judge(start + 62s).left_out == 0);
  CHECK(limit.left_out() == 0);
}

TEST_CASE("a flood of lines is a few lines, and their number") {
  const CapturedStderr captured;
  {
    log::LimitedLog lines("clients", 10);
    for (int i = 0; i < 1000; ++i)
      lines.print(log::Level::info, "http", "flood");
    lines.print(log::Level::debug, "http", "not even counted");
  }
  const std::string text = captured.text();
  CHECK(count(text, "http: flood") == 10);
  CHECK(count(text, "clients: more than 10 lines in a minute; the rest of it is left out") == 1);
  CHECK(count(text, "clients: 990 lines were left out") == 1);
}
