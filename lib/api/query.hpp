// Values of a query, and of a body, that several resources know.
#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"

#include <charconv>
#include <optional>
#include <string_view>

namespace minidvr::api {

// All of `text` as a number; nullopt when it is none.
template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number value{};
  const auto* end = text.data() + text.size();
  const auto [at, ec] = std::from_chars(text.data(), end, value);
  if (ec != std::errc() || at != end) return std::nullopt;
  return value;
}

// The time that `name` tells. malformed: what is wrong with it, and what is allowed.
Result<WallTime> parse_named_time(std::string_view name, std::string_view text);

// The same of from and to, which may lie outside of what a time may be: a page that shows the first
// hour of 1970 asks for what was before.
Result<WallTime> parse_named_bound(std::string_view name, std::string_view text);

}  // namespace minidvr::api
