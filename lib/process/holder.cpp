#include "process/holder.hpp"

#include <fmt/format.h>

namespace minidvr::process {

std::string describe(std::span<const Holder> holders) {
  std::string result;
  for (const Holder& one : holders)
    result += fmt::format("{}{} (pid {})", result.empty() ? "" : ", ", one.name, one.pid);
  return result;
}

}  // namespace minidvr::process
