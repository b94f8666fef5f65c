#include "access/password_prompt.hpp"

#include "access/password.hpp"
#include "core/file.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <poll.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

namespace minidvr::access {
namespace {

// What is typed is not shown as long as this lives. Signals that end or stop the program wait as
// long, so that none leaves the terminal like that: they come when it is as it was before.
class QuietTerminal {
 public:
  QuietTerminal() {
    sigset_t held{};
    ::sigemptyset(&held);
    for (const int signal : {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP})
      ::sigaddset(&held, signal);
    ::pthread_sigmask(SIG_BLOCK, &held, &mask_before_);
    signals_ = FileDescriptor(::signalfd(-1, &held, SFD_CLOEXEC));
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
  }
  QuietTerminal(const QuietTerminal&) = delete;
  QuietTerminal& operator=(const QuietTerminal&) = delete;
  ~QuietTerminal() {
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
  }

  // Can be read when one waits.
  int signals() const { return signals_.get(); }

 private:
  sigset_t mask_before_{};
  FileDescriptor signals_;
  termios before_{};
  bool changed_ = false;
};

// nullopt when one of `signals` waits. Not by std::cin, which goes on reading when a signal comes.
std::optional<std::string> read_typed_line(int signals) {
  std::string text;
  for (;;) {
    std::array<pollfd, 2> ready{{{STDIN_FILENO, POLLIN, 0}, {signals, POLLIN, 0}}};
    if (::poll(ready.data(), ready.size(), -1) < 0) continue;
    if (ready[1].revents != 0) return std::nullopt;
    char typed = 0;
    const auto count = ::read(STDIN_FILENO, &typed, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0 || typed == '\n') return text;
    text += typed;
  }
}

// Anew when the program was stopped and goes on.
std::string ask(const char* what) {
  for (;;) {
    const QuietTerminal quiet;
    fmt::print(stderr, "{}: ", what);
    auto text = read_typed_line(quiet.signals());
    fmt::print(stderr, "\n");
    if (text) return std::move(*text);
  }
}

}  // namespace

Result<std::string> read_new_password() {
  std::string password;
  if (::isatty(STDIN_FILENO) == 1) {
    password = ask("Password");
    if (ask("The same again") != password) {
      return make_error(Errc::malformed, "these were not the same");
    }
  } else {
    std::getline(std::cin, password);
    if (password.ends_with('\r')) password.pop_back();  // of a file of Windows
  }
  if (password.size() < kShortestPassword || password.size() > kLongestPassword) {
    return make_error(Errc::malformed, fmt::format("a password has {} to {} bytes",
                                                   kShortestPassword, kLongestPassword));
  }
  return password;
}

}  // namespace minidvr::access
