#include "access/accounts_file.hpp"

#include "core/file.hpp"

#include <cerrno>
#include <string>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace minidvr::access {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;  // an account takes some 200 bytes

Error failed(const char* what, const std::filesystem::path& path) {
  return make_error(Errc::unavailable,
                    fmt::format("{} {}: {}", what, path.string(), errno_text(errno)));
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(file, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

// Only root can give a file away.
bool give_to_owner_of(const std::filesystem::path& path, int file) {
  struct stat owner {};
  if (::geteuid() != 0) return true;
  if (::stat(path.c_str(), &owner) != 0) return false;
  return ::fchown(file, owner.st_uid, owner.st_gid) == 0;
}

}  // namespace

Result<Accounts> read_accounts(const std::filesystem::path& file) {
  const auto text = read_file(file, kMostBytes);
  if (!text) {
    if (text.error().code == Errc::not_found) return Accounts{};
    return make_error(Errc::unavailable, text.error().detail);
  }
  auto accounts = parse_accounts(*text);
  if (!accounts) {
    return make_error(Errc::malformed, fmt::format("{}: {}; remove it, or write it anew by "
                                                   "mini-dvr passwd, after looking at it",
                                                   file.string(), accounts.error().detail));
  }
  return accounts;
}

Result<> write_accounts(const std::filesystem::path& file, const Accounts& accounts) {
  return write_secret(file, accounts_text(accounts));
}

Result<> write_secret(const std::filesystem::path& file, std::string_view text) {
  std::error_code ec;
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  std::filesystem::create_directories(folder, ec);
  const std::filesystem::path fresh = file.string() + ".new";
  ::unlink(fresh.c_str());
  const FileDescriptor out(
      ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!out) return failed("cannot write", fresh);
  const auto& owner = std::filesystem::exists(file, ec) ? file : folder;
  if (!write_all(out.get(), text) || !give_to_owner_of(owner, out.get()) ||
      ::fsync(out.get()) != 0 || ::rename(fresh.c_str(), file.c_str()) != 0) {
    const Error error = failed("cannot write", file);
    ::unlink(fresh.c_str());
    return error;
  }
  sync_folder(folder);
  return {};
}

}  // namespace minidvr::access
