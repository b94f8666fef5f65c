#include "inherited.hpp"

#include "core/shell_words.hpp"
#include "core/shown_url.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace minidvr {

bool open_missing_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest free number is this one. Without O_CLOEXEC: it is as if we had got it.
    if (::open("/dev/null", O_RDWR) != fd) return false;
  }
  return true;
}

void reset_signals() {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  std::signal(SIGCHLD, SIG_DFL);
}

void raise_descriptor_limit() {
  // Children inherit it, and some programs go through all that there may be.
  constexpr rlim_t kMostDescriptors = 65'536;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = std::min(limit.rlim_max, kMostDescriptors);
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = wanted;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

bool hangup_is_ignored() {
  struct sigaction action {};
  return ::sigaction(SIGHUP, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

bool has_terminal() {
  const int fd = ::open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return false;
  ::close(fd);
  return true;
}

void hide_secrets(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view given = argv[i];
    std::string shown = shown_text_of_words(given);
    if (shown.find("://") != std::string::npos) shown = shown_url(shown);
    if (shown == given) continue;
    // In its place, which does not grow.
    const std::size_t room = given.size();
    shown.resize(room);
    std::memcpy(argv[i], shown.data(), room);
  }
  for (const char* variable : {"MINIDVR_STREAM_URL", "MINIDVR_USTREAMER_ARGS"})
    ::unsetenv(variable);
}

}  // namespace minidvr
