#include "core/file_lock.hpp"

#include "core/log.hpp"

#include <cerrno>
#include <system_error>
#include <thread>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>

namespace minidvr {

Result<FileDescriptor> lock_for_change(const std::filesystem::path& file, Steady::duration limit,
                                       const Flock& flock) {
  constexpr milliseconds kPause{20};
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  std::error_code ec;
  std::filesystem::create_directories(folder, ec);
  FileDescriptor lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const auto try_lock = [&] {
    constexpr int kHow = LOCK_EX | LOCK_NB;
    return (flock ? flock(lock.get(), kHow) : ::flock(lock.get(), kHow)) == 0;
  };
  const auto end = Steady::now() + limit;
  while (lock && !try_lock()) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) {
      log::warning("mini-dvr", "{} can not be locked ({}): of two changes at once one may be lost",
                   folder.string(), errno_text(errno));
      return FileDescriptor();
    }
    if (Steady::now() >= end) {
      return make_error(Errc::unavailable,
                        fmt::format("{} can not be changed: another program has kept the lock "
                                    "(flock) on {} for {:.0f} s; end it, or try again",
                                    file.string(), folder.string(), to_seconds(limit)));
    }
    std::this_thread::sleep_for(kPause);
  }
  return lock;  // without a folder, writing says what is wrong
}

}  // namespace minidvr
