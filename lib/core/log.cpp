#include "core/log.hpp"

#include "core/clock.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>

#include <sys/stat.h>
#include <unistd.h>

namespace minidvr::log {
namespace {

struct State {
  Level level = Level::info;
  bool journal = false;
};
State state;

constexpr std::string_view kNames[] = {"error", "warning", "info", "debug"};
constexpr int kSyslogPriorities[] = {3, 4, 6, 7};

// JOURNAL_STREAM is "device:inode" of the journal's end; systemd.exec(5).
bool stderr_is_the_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat info {};
  if (stream == nullptr || fstat(STDERR_FILENO, &info) != 0) return false;
  return fmt::format("{}:{}", info.st_dev, info.st_ino) == stream;
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
}

bool enabled(Level level) {
  return level <= state.level;
}

void write(Level level, std::string_view component, std::string_view message) {
  const auto index = static_cast<std::size_t>(level);
  std::string line = state.journal
                         ? fmt::format("<{}>{}: {}", kSyslogPriorities[index], component, message)
                         : fmt::format("{} {:<7} {}: {}", iso8601(std::chrono::system_clock::now()),
                                       kNames[index], component, message);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  line += '\n';
  // A log that can not be written is nobody's to repair here.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace minidvr::log
