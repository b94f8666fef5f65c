// In the program that counts which of its lines run: on SIGRTMIN it writes the counts and ends as
// SIGKILL ends it. They are otherwise written at a normal exit only, and tests kill it often.
#include <csignal>
#include <thread>

#include <semaphore.h>
#include <unistd.h>

extern "C" void __gcov_dump();

namespace {

sem_t wanted;

// A thread of its own, because what writes the counts allocates memory, which a signal handler must
// not. It does not wait for the signal itself: the program takes back which signals are blocked.
struct DumpWhenKilled {
  DumpWhenKilled() {
    ::sem_init(&wanted, 0, 0);
    struct sigaction action {};
    action.sa_handler = [](int) { ::sem_post(&wanted); };
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGRTMIN, &action, nullptr);
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread([] {
      while (::sem_wait(&wanted) != 0) {
      }
      __gcov_dump();
      ::kill(::getpid(), SIGKILL);
    }).detach();
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }
};

const DumpWhenKilled dump_when_killed;

}  // namespace
