// In the program that counts which of its lines run: on SIGRTMIN it writes the counts and ends as
// SIGKILL ends it. They are otherwise written at a normal exit only, and tests kill it often.
#include <csignal>
#include <thread>

#include <unistd.h>

extern "C" void __gcov_dump();

namespace {

// A thread of its own, because what writes the counts allocates memory, which a signal handler must
// not.
struct DumpWhenKilled {
  DumpWhenKilled() {
    sigset_t all;
    sigset_t before;
    sigset_t awaited;
    ::sigfillset(&all);
    ::sigemptyset(&awaited);
    ::sigaddset(&awaited, SIGRTMIN);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread([awaited] {
      int number = 0;
      while (::sigwait(&awaited, &number) != 0) {
      }
      __gcov_dump();
      ::kill(::getpid(), SIGKILL);
    }).detach();
    // Nobody but that thread gets it, in the threads that are still to come, too.
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    ::pthread_sigmask(SIG_BLOCK, &awaited, nullptr);
  }
};

const DumpWhenKilled dump_when_killed;

}  // namespace
