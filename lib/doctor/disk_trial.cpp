#include "doctor/disk_trial.hpp"

#include "core/file.hpp"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace minidvr::doctor {
namespace {

constexpr std::size_t kPiece = 1 << 20;              // bytes of one write
constexpr std::uint64_t kBetweenSyncs = 4 * kPiece;  // a second of a usual stream

FileDescriptor nameless_file(const std::filesystem::path& folder) {
  std::string name = (folder / ".mini-dvr-doctor-XXXXXX").string();
  FileDescriptor file(::mkostemp(name.data(), O_CLOEXEC));
  if (file) ::unlink(name.c_str());
  return file;
}

}  // namespace

DiskTrial try_disk(const std::filesystem::path& folder) {
  const FileDescriptor file = nameless_file(folder);
  if (!file) return {errno, std::nullopt};
  // Not zeros: some disks keep those for nothing.
  std::vector<char> piece(kPiece);
  std::uint32_t noise = 1;
  for (char& byte : piece) {
    noise = noise * 1664525U + 1013904223U;
    byte = static_cast<char>(noise >> 24U);
  }
  const SteadyTime began = Steady::now();
  std::uint64_t written = 0;
  std::uint64_t synced = 0;
  while (written < kTrialBytes && Steady::now() - began < kTrialLimit) {
    const ssize_t n = ::write(file.get(), piece.data(), piece.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return {errno, std::nullopt};
    written += static_cast<std::uint64_t>(n);
    if (written - synced < kBetweenSyncs && written < kTrialBytes) continue;
    if (::fdatasync(file.get()) != 0) return {errno, std::nullopt};
    synced = written;
  }
  if (synced < written && ::fdatasync(file.get()) != 0) return {errno, std::nullopt};
  return {0, static_cast<double>(written) / to_seconds(Steady::now() - began)};
}

}  // namespace minidvr::doctor
