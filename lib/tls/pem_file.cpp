#include "tls/pem_file.hpp"

#include "core/file.hpp"

#include <cerrno>

#include <fmt/format.h>

#include <fcntl.h>

namespace minidvr::tls {
namespace {

constexpr std::size_t kMostBytes = 256 << 10;  // a chain of certificates takes some thousand

}  // namespace

Error unusable(std::string_view setting, std::string_view why) {
  return make_error(Errc::malformed, fmt::format("the file of {} is of no use: {}", setting, why));
}

Result<std::string> read_pem_file(std::string_view setting, const std::filesystem::path& file) {
  // What has no end, or no beginning before somebody writes, is no file.
  const FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) {
    return make_error(Errc::unavailable, fmt::format("the file of {} can not be read: {}", setting,
                                                     errno_text(errno)));
  }
  auto text = read_all(fd.get(), kMostBytes, fmt::format("the file of {}", setting));
  if (!text) return make_error(Errc::unavailable, text.error().detail);
  return text;
}

}  // namespace minidvr::tls
