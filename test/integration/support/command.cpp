#include "integration/support/command.hpp"

#include "integration/support/service.hpp"
#include "support/temporary_folder.hpp"

#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace minidvr::test {

Said say(const std::vector<std::string>& arguments, const std::vector<std::string>& environment,
         const std::function<void()>& before_exec) {
  const TemporaryFolder folder;
  const std::string out = folder.write("out", "").string();
  const std::string err = folder.write("err", "").string();
  const std::string program = Service::tested_program().string();
  std::vector<const char*> argv{program.c_str()};
  for (const auto& argument : arguments)
    argv.push_back(argument.c_str());
  argv.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (const auto& entry : environment)
      ::putenv(const_cast<char*>(entry.c_str()));
    ::dup2(::open(out.c_str(), O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
    ::dup2(::open(err.c_str(), O_WRONLY | O_CLOEXEC), STDERR_FILENO);
    if (before_exec) before_exec();
    ::execv(argv[0], const_cast<char* const*>(argv.data()));
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, folder.read("out"), folder.read("err")};
}

}  // namespace minidvr::test
