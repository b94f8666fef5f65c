// Preloaded into ffmpeg: makes regular files take no more than SLOW_DISK_RATE bytes a second. A
// disk that is busy makes write() wait, and so does this.
#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <mutex>

#include <dlfcn.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {

constexpr long long kNanoseconds = 1'000'000'000;

long long now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * kNanoseconds + time.tv_nsec;
}

class Disk {
 public:
  Disk() {
    const char* rate = std::getenv("SLOW_DISK_RATE");
    if (rate != nullptr) rate_ = std::atoll(rate);
  }

  // Returns when the disk has taken `bytes` more.
  void take(long long bytes) {
    long long done = 0;
    {
      const std::lock_guard lock(mutex_);
      if (rate_ <= 0) return;
      free_at_ = std::max(free_at_, now()) + bytes * kNanoseconds / rate_;
      done = free_at_;
    }
    const timespec until{done / kNanoseconds, done % kNanoseconds};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) != 0) {
    }
  }

 private:
  std::mutex mutex_;
  long long rate_ = 0;
  long long free_at_ = 0;  // when all that was given so far is written
};

Disk& disk() {
  static Disk the_disk;
  return the_disk;
}

template <class Call>
Call real(const char* name) {
  return reinterpret_cast<Call>(dlsym(RTLD_NEXT, name));
}

ssize_t accounted(int fd, ssize_t written) {
  struct stat info {};
  if (written > 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) disk().take(written);
  return written;
}

}  // namespace

extern "C" {

ssize_t write(int fd, const void* data, size_t size) {
  static const auto call = real<ssize_t (*)(int, const void*, size_t)>("write");
  return accounted(fd, call(fd, data, size));
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  static const auto call = real<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  return accounted(fd, call(fd, data, size, offset));
}

ssize_t pwrite64(int fd, const void* data, size_t size, off64_t offset) {
  static const auto call = real<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64");
  return accounted(fd, call(fd, data, size, offset));
}

ssize_t writev(int fd, const iovec* parts, int count) {
  static const auto call = real<ssize_t (*)(int, const iovec*, int)>("writev");
  return accounted(fd, call(fd, parts, count));
}
}
