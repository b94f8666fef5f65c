#include "core/log.hpp"

#include "core/clock.hpp"
#include "core/log_writer.hpp"
#include "core/utf8.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <memory>

#include <sys/stat.h>
#include <unistd.h>

namespace minidvr::log {
namespace {

struct State {
  Level level = Level::info;
  bool journal = false;
};
State state;

// Lines go through it between init() and shut_down(), and else directly to stderr.
std::unique_ptr<LogWriter> writer;
// stderr was not read when the log was shut down: nobody waits for it again.
bool is_abandoned = false;

// With what stands before it, a line stays below PIPE_BUF: a pipe that others write to, too, takes
// it whole or not at all.
constexpr std::size_t kLongestMessage = 3800;
// For what is still queued at the end: a log that is read takes it in a moment.
constexpr seconds kLastWords{1};

constexpr std::string_view kNames[] = {"error", "warning", "info", "debug"};
constexpr int kSyslogPriorities[] = {3, 4, 6, 7};

// JOURNAL_STREAM is "device:inode" of the journal's end; systemd.exec(5).
bool stderr_is_the_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat info {};
  if (stream == nullptr || fstat(STDERR_FILENO, &info) != 0) return false;
  return fmt::format("{}:{}", info.st_dev, info.st_ino) == stream;
}

std::string line_of(Level level, std::string_view component, std::string_view message) {
  const auto index = static_cast<std::size_t>(level);
  const std::string shown = display_text(message, kLongestMessage);
  if (state.journal) return fmt::format("<{}>{}: {}\n", kSyslogPriorities[index], component, shown);
  return fmt::format("{} {:<7} {}: {}\n", iso8601(std::chrono::system_clock::now()), kNames[index],
                     component, shown);
}

}  // namespace

std::optional<Level> parse_level(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto found = std::find(std::begin(kNames), std::end(kNames), lower);
  if (found == std::end(kNames)) return std::nullopt;
  return static_cast<Level>(found - std::begin(kNames));
}

void init(Level level) {
  state = State{level, stderr_is_the_journal()};
  writer = std::make_unique<LogWriter>(STDERR_FILENO, [](std::uint64_t lines) {
    return line_of(Level::warning, "mini-dvr", fmt::format("{} lines of the log were lost", lines));
  });
}

void shut_down() {
  if (writer) is_abandoned = !writer->finish(kLastWords);
  writer.reset();
}

bool enabled(Level level) {
  return level <= state.level;
}

void write(Level level, std::string_view component, std::string_view message) {
  if (writer) {
    writer->put(line_of(level, component, message));
  } else if (!is_abandoned) {
    write_waiting(STDERR_FILENO, line_of(level, component, message));
  }
}

}  // namespace minidvr::log
