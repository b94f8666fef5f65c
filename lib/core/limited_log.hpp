// Lines that others decide about: what a child prints, what clients ask for.
#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace minidvr::log {

// Counts lines against a limit. No I/O.
class LineLimit {
 public:
  explicit LineLimit(unsigned lines_a_minute) : most_(lines_a_minute) {}

  struct Verdict {
    bool write = false;
    bool begins_to_leave_out = false;  // this line is the first of its minute that is left out
    std::uint64_t left_out = 0;        // in the minute before, not yet told
  };
  Verdict judge(SteadyTime now);

  // Left out and not yet told.
  std::uint64_t left_out() const { return left_out_; }

 private:
  unsigned most_;
  SteadyTime since_{};
  std::uint64_t lines_ = 0;
  std::uint64_t left_out_ = 0;
};

// The log for such lines: at most so many a minute, so that nobody can fill the disk or push what
// matters out of the journal. The rest is counted and told: when it begins, and how many they were
// with the next line after that minute, or at the end. On one thread.
class LimitedLog {
 public:
  // `name`: whose lines these are, for what is told of them.
  LimitedLog(std::string name, unsigned lines_a_minute)
      : name_(std::move(name)), lines_a_minute_(lines_a_minute), limit_(lines_a_minute) {}
  LimitedLog(const LimitedLog&) = delete;
  LimitedLog& operator=(const LimitedLog&) = delete;
  ~LimitedLog() { tell_left_out(limit_.left_out()); }

  void write(Level level, std::string_view component, std::string_view message);

  template <class... Args>
  void print(Level level, std::string_view component, fmt::format_string<Args...> format,
             Args&&... args) {
    if (!enabled(level)) return;
    write(level, component, fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  void tell_left_out(std::uint64_t lines) const;

  std::string name_;
  unsigned lines_a_minute_;
  LineLimit limit_;
};

// What a client sent, short enough for a line of the log and without control characters.
std::string excerpt(std::string_view text);

}  // namespace minidvr::log
