// mini-dvr passwd: what is typed at a terminal, or comes by a pipe.

#include "access/accounts_file.hpp"
#include "access/password.hpp"
#include "core/file.hpp"
#include "integration/support/command.hpp"
#include "integration/support/service.hpp"
#include "support/patience.hpp"
#include "support/temporary_folder.hpp"

#include <csignal>
#include <filesystem>
#include <future>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

using namespace minidvr;
using namespace minidvr::test;

namespace {

std::vector<std::string> passwd_for(const std::filesystem::path& accounts) {
  return {"passwd", "--accounts-file", accounts.string()};
}

// What passwd says that gets `text` by a file.
Said passwd_by_file(const std::filesystem::path& accounts, const std::string& text,
                    const std::vector<std::string>& more = {}) {
  const TemporaryFolder folder;
  const auto input = folder.write("input", text).string();
  auto arguments = passwd_for(accounts);
  arguments.insert(arguments.end(), more.begin(), more.end());
  return say(arguments, {},
             [&] { ::dup2(::open(input.c_str(), O_RDONLY | O_CLOEXEC), STDIN_FILENO); });
}

// Somebody at a terminal, where the program runs alone.
class Typist {
 public:
  explicit Typist(const std::vector<std::string>& arguments)
      : keys_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    REQUIRE(keys_);
    REQUIRE(::grantpt(keys_.get()) == 0);
    REQUIRE(::unlockpt(keys_.get()) == 0);
    terminal_ = FileDescriptor(::open(::ptsname(keys_.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
    REQUIRE(terminal_);
    said_ = std::async(std::launch::async, [arguments, terminal = terminal_.get()] {
      return say(arguments, {}, [terminal] {
        ::setsid();
        ::ioctl(terminal, TIOCSCTTY, 0);
        ::dup2(terminal, STDIN_FILENO);
        ::dup2(terminal, STDERR_FILENO);
      });
    });
  }

  bool sees(const std::string& text) {
    return wait_until([&] { return seen().find(text) != std::string::npos; }, kPatience);
  }
  // All that the terminal has shown.
  const std::string& seen() {
    for (pollfd ready{keys_.get(), POLLIN, 0}; ::poll(&ready, 1, 0) == 1;) {
      char text[256];
      const auto size = ::read(keys_.get(), text, sizeof text);
      if (size <= 0) break;
      seen_.append(text, static_cast<std::size_t>(size));
    }
    return seen_;
  }
  bool shows_what_is_typed() const {
    termios now{};
    return ::tcgetattr(terminal_.get(), &now) == 0 && (now.c_lflag & ECHO) != 0;
  }
  void type(std::string_view text) const {
    CHECK(::write(keys_.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  void send(int signal) const { CHECK(::kill(::tcgetpgrp(keys_.get()), signal) == 0); }
  // Its exit status; -1 when a signal ended it.
  int end() { return said_.get().status; }

 private:
  FileDescriptor keys_;
  FileDescriptor terminal_;
  std::string seen_;
  std::future<Said> said_;
};

}  // namespace

TEST_CASE("passwd that is ended while it asks leaves the terminal as it was") {
  const TemporaryFolder folder;
  const auto accounts = folder.path() / "accounts.json";
  constexpr int kByKey = 0;
  for (const int signal : {kByKey, SIGINT, SIGTERM, SIGHUP}) {
    CAPTURE(signal);
    Typist typist(passwd_for(accounts));
    REQUIRE(typist.sees("Password: "));
    CHECK_FALSE(typist.shows_what_is_typed());
    if (signal == kByKey) {
      typist.type("secret\x03");  // Ctrl-C
    } else {
      typist.send(signal);
    }
    CHECK(typist.end() == -1);
    CHECK(typist.shows_what_is_typed());
    CHECK(typist.seen() == "Password: \r\n");
    CHECK_FALSE(std::filesystem::exists(accounts));
  }
}

TEST_CASE("passwd takes what is typed twice at a terminal, and shows none of it") {
  const TemporaryFolder folder;
  const auto accounts = folder.path() / "accounts.json";
  Typist typist(passwd_for(accounts));
  REQUIRE(typist.sees("Password: "));
  typist.type("correct horse\n");
  REQUIRE(typist.sees("The same again: "));
  typist.type("correct horse\n");
  CHECK(typist.end() == 0);
  CHECK(typist.shows_what_is_typed());
  CHECK(typist.seen().find("horse") == std::string::npos);
  const auto people = access::read_accounts(accounts).value().people;
  REQUIRE(people.size() == 1);
  CHECK(access::is_password(people[0].secret, "correct horse"));
}

TEST_CASE("passwd reads one line of a file, whatever its end is") {
  for (const std::string end : {"", "\n", "\r\n", "\r\nmore\n"}) {
    CAPTURE(end);
    const TemporaryFolder folder;
    const auto accounts = folder.path() / "accounts.json";
    CHECK(passwd_by_file(accounts, "correct horse" + end).status == 0);
    const auto people = access::read_accounts(accounts).value().people;
    REQUIRE(people.size() == 1);
    CHECK(access::is_password(people[0].secret, "correct horse"));
  }
}

TEST_CASE("passwd says what is wrong with name, role or file before it asks for a password") {
  const TemporaryFolder folder;
  const auto accounts = folder.path() / "accounts.json";
  const auto says = [&](const std::vector<std::string>& more, const std::string& what) {
    const auto said = passwd_by_file(accounts, "short", more);
    INFO(said.err);
    CHECK(said.status == 1);
    return said.err.find(what) != std::string::npos;
  };
  CHECK(says({"--user", "no spaces"}, "'no spaces' is no name; allowed are 1 to 32 letters"));
  CHECK(says({"--role", "root"}, "--role 'root' is not allowed; allowed is view or control"));
  folder.write("accounts.json", "{");
  CHECK(says({}, "it is no JSON object"));
}
