#include "api/query.hpp"

#include "archive/iso_time.hpp"

#include <fmt/format.h>

namespace minidvr::api {

Result<WallTime> parse_named_time(std::string_view name, std::string_view text) {
  const auto time = archive::parse_time(text);
  if (!time) return make_error(time.error().code, fmt::format("{}: {}", name, time.error().detail));
  return *time;
}

}  // namespace minidvr::api
