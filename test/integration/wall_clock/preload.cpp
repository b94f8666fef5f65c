// A wall clock that a test can set, for one program: preloaded, it adds what stands in the file
// named by WALL_CLOCK_OFFSET_FILE (seconds, as text) to CLOCK_REALTIME. What stands in that named
// by WALL_CLOCK_SLEPT_FILE the machine has slept: it is added to CLOCK_REALTIME and CLOCK_BOOTTIME.
// All other clocks stay as they are.

#include <cstdlib>

#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace {

long seconds_in(const char* variable) {
  const char* name = std::getenv(variable);
  if (name == nullptr) return 0;
  const int file = ::open(name, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  char text[32] = {};
  const auto length = ::read(file, text, sizeof text - 1);
  ::close(file);
  return length > 0 ? std::strtol(text, nullptr, 10) : 0;
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, struct timespec* time) {
  const auto result = ::syscall(SYS_clock_gettime, clock, time);
  if (result != 0) return static_cast<int>(result);
  const bool is_wall = clock == CLOCK_REALTIME;
  if (is_wall) time->tv_sec += seconds_in("WALL_CLOCK_OFFSET_FILE");
  if (is_wall || clock == CLOCK_BOOTTIME) time->tv_sec += seconds_in("WALL_CLOCK_SLEPT_FILE");
  return static_cast<int>(result);
}
