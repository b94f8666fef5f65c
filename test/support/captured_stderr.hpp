// What is written to stderr while one of these exists.
#pragma once

#include "support/temporary_folder.hpp"

#include <string>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

namespace minidvr::test {

class CapturedStderr {
 public:
  CapturedStderr() : before_(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)) {
    const auto file = folder_.write("stderr", "");
    const int fd = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    ::dup2(fd, STDERR_FILENO);
    ::close(fd);
  }
  CapturedStderr(const CapturedStderr&) = delete;
  CapturedStderr& operator=(const CapturedStderr&) = delete;
  ~CapturedStderr() {
    ::dup2(before_, STDERR_FILENO);
    ::close(before_);
  }

  std::string text() const { return folder_.read("stderr"); }

 private:
  TemporaryFolder folder_;
  int before_;
};

// How often `part` stands in `text`.
inline std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

}  // namespace minidvr::test
