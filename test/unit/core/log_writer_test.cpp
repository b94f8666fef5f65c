#include "core/log_writer.hpp"

#include "support/patience.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

using minidvr::log::LogWriter;
using namespace std::chrono_literals;

namespace {

std::string lost_line(std::uint64_t lines) {
  return fmt::format("lost {}\n", lines);
}

std::string line(int number) {
  return fmt::format("line {} {}\n", number, std::string(100, 'x'));
}

class Pipe {
 public:
  Pipe() { REQUIRE(::pipe2(ends_, O_CLOEXEC) == 0); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_reader();
    close_writer();
  }
  int writer() const { return ends_[1]; }
  void close_writer() { close(ends_[1]); }
  void close_reader() { close(ends_[0]); }

  // One line, without its end; empty at the end of what was written.
  std::string read_line() const {
    std::string text;
    for (char c = 0; ::read(ends_[0], &c, 1) == 1 && c != '\n';)
      text += c;
    return text;
  }

 private:
  static void close(int& fd) {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }
  int ends_[2] = {-1, -1};
};

}  // namespace

TEST_CASE("a log that nobody reads takes lines without waiting, and tells later how many it lost") {
  constexpr int kLines = 10'000;
  Pipe pipe;
  LogWriter writer(pipe.writer(), lost_line);
  for (int i = 0; i < kLines; ++i)
    writer.put(line(i));  // would never return if it waited
  CHECK_FALSE(writer.finish(50ms));

  int next = 0;
  int losses = 0;
  while (next < kLines) {
    const std::string text = pipe.read_line();
    if (text.starts_with("lost ")) {
      ++losses;
      next += std::stoi(text.substr(5));
    } else {
      REQUIRE(text + "\n" == line(next));
      ++next;
    }
  }
  CHECK(next == kLines);
  CHECK(losses == 1);
  CHECK(writer.finish(minidvr::test::kPatience));
}

TEST_CASE("what is lost is told where it was, before the lines after it") {
  Pipe pipe;
  LogWriter writer(pipe.writer(), lost_line);
  constexpr int kMany = 5000;
  for (int i = 0; i < kMany; ++i)
    writer.put(line(0));
  int lost = 0;
  // The writer empties its queue while we read, and takes lines again.
  while (lost == 0) {
    writer.put("newer\n");
    const std::string text = pipe.read_line();
    REQUIRE(text != "newer");
    if (text.starts_with("lost ")) lost = std::stoi(text.substr(5));
  }
  CHECK(lost >= kMany - static_cast<int>(LogWriter::kMostLines) - 1000);
  CHECK(pipe.read_line() == "newer");
}

TEST_CASE("the queue is bounded in bytes, too") {
  Pipe pipe;
  LogWriter writer(pipe.writer(), lost_line);
  const std::string large = std::string(4000, 'y') + "\n";
  constexpr int kMany = 1000;
  for (int i = 0; i < kMany; ++i)
    writer.put(large);
  std::size_t read = 0;
  int lost = 0;
  // Which comes first depends on when the writer's thread began.
  for (int lines = 0; lines + lost < kMany;) {
    const std::string text = pipe.read_line();
    REQUIRE_FALSE(text.empty());
    if (text.starts_with("lost ")) {
      lost = std::stoi(text.substr(5));
    } else {
      read += large.size();
      ++lines;
    }
  }
  CHECK(lost > 0);
  CHECK(read > LogWriter::kMostBytes - large.size());
  // A full queue may be taken at once to be written, and then there is room for as much again.
  CHECK(read < 2 * LogWriter::kMostBytes + 200'000);  // what the pipe holds
}

TEST_CASE("a log whose reader is gone costs nothing and does not keep the program from ending") {
  Pipe pipe;
  pipe.close_reader();
  LogWriter writer(pipe.writer(), lost_line);
  for (int i = 0; i < 1000; ++i)
    writer.put(line(i));
  CHECK(writer.finish(minidvr::test::kPatience));
}

TEST_CASE("a log that nobody reads does not keep the program from ending") {
  Pipe pipe;
  const pid_t program = ::fork();
  if (program == 0) {
    {
      LogWriter writer(pipe.writer(), lost_line);
      for (int i = 0; i < 5000; ++i)
        writer.put(line(i));
    }
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(program, &status, 0) == program);
  CHECK(status == 0);
}

TEST_CASE("lines that could not be written are told when the log works again") {
  Pipe pipe;
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  REQUIRE(full >= 0);
  LogWriter writer(full, lost_line);
  for (int i = 0; i < 5; ++i)
    writer.put(line(i));
  // All five were tried when the number is right; there is nothing else to see it by.
  ::usleep(200'000);
  REQUIRE(::dup3(pipe.writer(), full, O_CLOEXEC) == full);
  writer.put("after\n");
  CHECK(writer.finish(minidvr::test::kPatience));
  ::close(full);
  CHECK(pipe.read_line() == "lost 5");
  CHECK(pipe.read_line() == "after");
}

TEST_CASE("a descriptor that somebody made non-blocking is waited for") {
  Pipe pipe;
  REQUIRE(::fcntl(pipe.writer(), F_SETFL, O_NONBLOCK) == 0);
  LogWriter writer(pipe.writer(), lost_line);
  constexpr int kLines = 1500;  // more than the pipe holds, less than the queue
  for (int i = 0; i < kLines; ++i)
    writer.put(line(i));
  for (int i = 0; i < kLines; ++i)
    REQUIRE(pipe.read_line() + "\n" == line(i));
}
