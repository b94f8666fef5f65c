// The log: one line an event on stderr.
//
// Levels have a meaning: error = something the user asked for is not happening; warning = something
// went wrong and is being dealt with; info = a change of state an operator wants to see; debug =
// the rest. When stderr goes to the systemd journal, lines carry syslog priorities (<6>) instead of
// a time. A log that nobody reads loses lines, counts them, and delays nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace minidvr::log {

enum class Level { error, warning, info, debug };

// The names of the levels, in any case. nullopt for any other text.
std::optional<Level> parse_level(std::string_view text);

// Looks once at the environment (JOURNAL_STREAM), remembers the level, and starts the thread that
// writes to stderr. Before it, the level is info, and lines are written at once. Call it before
// there are other threads.
void init(Level level);

// Gives what is queued a moment to be read. Lines after it are written at once, unless nobody
// reads. Call it when there are no other threads any more. May be called twice, and without init().
void shut_down();

bool enabled(Level level);

// Writes one line, whole and in order; does not wait for stderr. Control characters and what is no
// UTF-8 in `message` are replaced, so that a child or a client can not forge a line or steer a
// terminal; a very long message is cut.
void write(Level level, std::string_view component, std::string_view message);

template <class... Args>
void print(Level level, std::string_view component, fmt::format_string<Args...> format,
           Args&&... args) {
  if (enabled(level)) write(level, component, fmt::format(format, std::forward<Args>(args)...));
}

template <class... Args>
void error(std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
  print(Level::error, component, format, std::forward<Args>(args)...);
}
template <class... Args>
void warning(std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
  print(Level::warning, component, format, std::forward<Args>(args)...);
}
template <class... Args>
void info(std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
  print(Level::info, component, format, std::forward<Args>(args)...);
}
template <class... Args>
void debug(std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
  print(Level::debug, component, format, std::forward<Args>(args)...);
}

}  // namespace minidvr::log
