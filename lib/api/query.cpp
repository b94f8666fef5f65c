#include "api/query.hpp"

#include "archive/iso_time.hpp"

#include <fmt/format.h>

namespace minidvr::api {

namespace {

Result<WallTime> with_name(std::string_view name, Result<WallTime> time) {
  if (time) return time;
  return make_error(time.error().code, fmt::format("{}: {}", name, time.error().detail));
}

}  // namespace

Result<WallTime> parse_named_time(std::string_view name, std::string_view text) {
  return with_name(name, archive::parse_time(text));
}

Result<WallTime> parse_named_bound(std::string_view name, std::string_view text) {
  return with_name(name, archive::parse_bound(text));
}

}  // namespace minidvr::api
