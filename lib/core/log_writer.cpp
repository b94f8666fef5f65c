#include "core/log_writer.hpp"

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <utility>

#include <poll.h>
#include <unistd.h>

namespace minidvr::log {

std::size_t write_waiting(int fd, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = ::write(fd, text.data() + done, text.size() - done);
    if (n > 0) {
      done += static_cast<std::size_t>(n);
    } else if (n < 0 && errno == EAGAIN) {
      // Somebody who shares the descriptor made it non-blocking.
      pollfd ready{fd, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (n == 0 || errno != EINTR) {
      break;
    }
  }
  return done;
}

// Shared with the thread, which may outlive the writer.
struct LogWriter::State {
  struct Entry {
    std::string line;
    std::uint64_t lost_before = 0;  // lines that were to stand before this one
  };

  State(int its_fd, DescribeLost its_describe_lost)
      : fd(its_fd), describe_lost(std::move(its_describe_lost)) {}

  void run();
  // The number of lines of it that are lost.
  std::uint64_t write(const Entry& entry);
  bool write(const std::string& line);
  // Once lines are lost, there must be room for many more before one is taken again: else a slow
  // reader would read of nothing but losses.
  bool has_room() const {
    const std::size_t part = lost > 0 ? 2 : 1;
    return queue.size() < kMostLines / part && bytes < kMostBytes / part;
  }

  const int fd;
  const DescribeLost describe_lost;
  bool torn = false;  // the last line was written in part; the thread's own

  std::mutex mutex;  // never held while something is written
  std::condition_variable changed;
  std::deque<Entry> queue;
  std::size_t bytes = 0;   // of the queued lines
  std::uint64_t lost = 0;  // since the newest queued line
  bool ending = false;
  bool ended = false;
};

bool LogWriter::State::write(const std::string& line) {
  if (torn && write_waiting(fd, "\n") == 0) return false;
  torn = false;
  const std::size_t written = write_waiting(fd, line);
  torn = written > 0 && written < line.size();
  return written == line.size();
}

std::uint64_t LogWriter::State::write(const Entry& entry) {
  std::uint64_t failed = 0;
  if (entry.lost_before > 0 && !write(describe_lost(entry.lost_before))) {
    failed += entry.lost_before;
  }
  if (!entry.line.empty() && !write(entry.line)) ++failed;
  return failed;
}

void LogWriter::State::run() {
  std::unique_lock lock(mutex);
  bool works = true;
  for (;;) {
    Entry entry;
    if (!queue.empty()) {
      entry = std::move(queue.front());
      queue.pop_front();
      bytes -= entry.line.size();
    } else if (lost > 0 && works) {
      entry.lost_before = std::exchange(lost, 0);
    } else if (ending) {
      break;
    } else {
      changed.wait(lock);
      continue;
    }
    lock.unlock();
    const std::uint64_t failed = write(entry);
    lock.lock();
    works = failed == 0;
    lost += failed;
  }
  ended = true;
  changed.notify_all();
}

LogWriter::LogWriter(int fd, DescribeLost describe_lost)
    : state_(std::make_shared<State>(fd, std::move(describe_lost))) {
  // A thread begins with the mask of the one that made it. Also: a terminal that stops background
  // programs which write to it (stty tostop) does not stop one that blocks its signal.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([state = state_] { state->run(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

LogWriter::~LogWriter() {
  if (finish({})) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

void LogWriter::put(std::string line) {
  const std::lock_guard lock(state_->mutex);
  if (!state_->has_room()) {
    ++state_->lost;
    return;
  }
  state_->bytes += line.size();
  state_->queue.push_back({std::move(line), std::exchange(state_->lost, 0)});
  state_->changed.notify_all();
}

bool LogWriter::finish(std::chrono::steady_clock::duration limit) {
  std::unique_lock lock(state_->mutex);
  state_->ending = true;
  state_->changed.notify_all();
  return state_->changed.wait_for(lock, limit, [this] { return state_->ended; });
}

}  // namespace minidvr::log
