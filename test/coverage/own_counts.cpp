// In the program that counts which of its lines run. Each process writes its counts to a folder of
// its own, because one that is killed while it adds to a file leaves that file of no use to all
// others; scripts/checks/coverage.sh adds them up. And on SIGRTMIN it writes them and ends as
// SIGKILL ends it: they are otherwise written at a normal exit only, and tests kill it often.
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <string>
#include <thread>

#include <semaphore.h>
#include <unistd.h>

extern "C" void __gcov_dump();

namespace {

sem_t wanted;

// What gcov puts before the path of each file:
// https://gcc.gnu.org/onlinedocs/gcc/Cross-profiling.html. A number of a process comes again, so
// the time is in the name, too.
void count_in_own_folder() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const std::string folder = std::string(MINIDVR_COUNTS) + "/" + std::to_string(::getpid()) + "-" +
                             std::to_string(now.tv_sec) + "." + std::to_string(now.tv_nsec);
  ::setenv("GCOV_PREFIX", folder.c_str(), 1);
}

// A thread of its own, because what writes the counts allocates memory, which a signal handler must
// not. It does not wait for the signal itself: the program takes back which signals are blocked.
struct OwnCounts {
  OwnCounts() {
    count_in_own_folder();
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

const OwnCounts own_counts;

}  // namespace
