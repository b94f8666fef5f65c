#include "instance_lock.hpp"

#include "core/clock.hpp"
#include "core/log.hpp"
#include "recording/segment_names.hpp"

#include <chrono>
#include <thread>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>

namespace minidvr {
namespace {

// A run that was killed is gone at once; its lock goes with it when the kernel has taken it apart.
constexpr milliseconds kPatience{3000};
constexpr milliseconds kPause{50};

}  // namespace

Result<FileDescriptor> lock_recordings(const std::filesystem::path& recordings_dir) {
  const auto partial = recording::partial_dir(recordings_dir);
  std::error_code ec;
  std::filesystem::create_directories(partial, ec);
  FileDescriptor lock(::open((partial / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!lock) {
    log::error("mini-dvr", "cannot write to {}: {}", recordings_dir.string(), errno_text(errno));
    return lock;
  }
  const SteadyTime deadline = Steady::now() + kPatience;
  while (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (Steady::now() >= deadline) {
      return make_error(Errc::wrong_state,
                        fmt::format("another mini-dvr records to {}", recordings_dir.string()));
    }
    std::this_thread::sleep_for(kPause);
  }
  return lock;
}

}  // namespace minidvr
