#include "http/byte_range.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include <boost/beast/core/string.hpp>

namespace minidvr::http {
namespace {

constexpr std::string_view kUnit = "bytes=";

// Digits alone. A number that is too large is as good as the largest.
std::optional<std::uint64_t> parse_position(std::string_view text) {
  std::uint64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [at, ec] = std::from_chars(text.data(), end, value);
  if (text.empty() || at != end) return std::nullopt;
  return ec == std::errc::result_out_of_range ? std::numeric_limits<std::uint64_t>::max() : value;
}

}  // namespace

std::variant<Whole, ByteRange, Unsatisfiable> requested_range(std::string_view range,
                                                              std::string_view if_range,
                                                              std::string_view etag,
                                                              std::uint64_t size) {
  if (!if_range.empty() && trim(if_range) != etag) return Whole{};
  if (range.size() < kUnit.size() ||
      !boost::beast::iequals(std::string_view(range).substr(0, kUnit.size()), kUnit)) {
    return Whole{};
  }
  const auto asked = trim(range.substr(kUnit.size()), " \t");
  const auto dash = asked.find('-');
  if (dash == std::string_view::npos) return Whole{};
  const auto before = asked.substr(0, dash);
  const auto behind = asked.substr(dash + 1);
  const auto first = parse_position(before);
  const auto last = parse_position(behind);
  if (before.empty() && last) {  // so many at the end
    const auto length = std::min(*last, size);
    if (length == 0) return Unsatisfiable{};
    return ByteRange{size - length, length};
  }
  if (!first || (!last && !behind.empty()) || (last && *last < *first)) return Whole{};
  if (*first >= size) return Unsatisfiable{};
  const auto end = last ? std::min(*last, size - 1) : size - 1;
  return ByteRange{*first, end - *first + 1};
}

}  // namespace minidvr::http
