// Lines on their way to a descriptor that may not be read.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace minidvr::log {

// Writes lines in a thread of its own, because a terminal that is held (Ctrl-S), a pager, a
// sleeping ssh or a stalled journal may take none for as long as they like, and a descriptor made
// non-blocking would be so for every program that shares it. What does not fit into the queue, or
// can not be written, is lost, and told in one line at its place when lines are taken again.
class LogWriter {
 public:
  // A start with all its children is about 100 lines, a bad minute of ustreamer 300.
  static constexpr std::size_t kMostLines = 2000;
  // As many lines of usual length, so that the queue is small beside the frames.
  static constexpr std::size_t kMostBytes = 256 * 1024;

  // Makes the line that tells how many were lost. Called on the writer's thread.
  using DescribeLost = std::function<std::string(std::uint64_t lines)>;

  // The descriptor stays its owner's. Signals are never handled on the writer's thread.
  LogWriter(int fd, DescribeLost describe_lost);
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;
  // Leaves behind a thread that is stuck in a write; it ends with the process.
  ~LogWriter();

  // Takes a whole line, with its \n. Never waits for the descriptor.
  void put(std::string line);

  // Waits until all that was put is written, at most `limit`. True when it is. The last call.
  bool finish(std::chrono::steady_clock::duration limit);

 private:
  struct State;
  std::shared_ptr<State> state_;
  std::thread thread_;
};

// Writes it all, or as much as can be: waits while the descriptor takes nothing. Returns the bytes
// written.
std::size_t write_waiting(int fd, const std::string& text);

}  // namespace minidvr::log
