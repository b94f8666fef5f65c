#include "v4l2/formats.hpp"

#include "core/text.hpp"

#include <charconv>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace minidvr::v4l2 {
namespace {

constexpr std::string_view kMjpeg = "MJPG";
// The same pictures by another name, which ustreamer takes for MJPEG, too.
constexpr std::string_view kJpeg = "JPEG";

std::optional<unsigned> take_number(std::string_view& text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

// "1280x720", and what is behind it stays in `text`.
std::optional<Resolution> take_resolution(std::string_view& text) {
  const auto width = take_number(text);
  if (!width || !text.starts_with('x')) return std::nullopt;
  text.remove_prefix(1);
  const auto height = take_number(text);
  if (!height) return std::nullopt;
  return Resolution{*width, *height};
}

// "Discrete 640x480", "Stepwise 48x32 - 1920x1080 with step 2/2".
std::optional<OfferedSize> parse_size(std::string_view text) {
  text = trim(text.substr(std::min(text.find(' '), text.size())));
  const auto least = take_resolution(text);
  if (!least) return std::nullopt;
  constexpr std::string_view kTo = " - ";
  if (!text.starts_with(kTo)) return OfferedSize{*least, *least, {}};
  text.remove_prefix(kTo.size());
  const auto largest = take_resolution(text);
  if (!largest) return std::nullopt;
  return OfferedSize{*least, *largest, {}};
}

// "Discrete 0.033s (30.000 fps)"
std::optional<double> parse_rate(std::string_view text) {
  const auto bracket = text.find('(');
  const auto end = text.find(" fps");
  if (bracket == std::string_view::npos || end == std::string_view::npos || end < bracket)
    return std::nullopt;
  const std::string_view digits = text.substr(bracket + 1, end - bracket - 1);
  double rate = 0;
  const auto [last, error] = std::from_chars(digits.data(), digits.data() + digits.size(), rate);
  if (error != std::errc() || last != digits.data() + digits.size()) return std::nullopt;
  return rate;
}

// "[0]: 'MJPG' (Motion-JPEG, compressed)"
std::optional<std::string_view> format_name(std::string_view line) {
  if (!line.starts_with('[')) return std::nullopt;
  const auto begin = line.find('\'');
  const auto end = line.find('\'', begin + 1);
  if (begin == std::string_view::npos || end == std::string_view::npos) return std::nullopt;
  return trim(line.substr(begin + 1, end - begin - 1));
}

}  // namespace

bool OfferedSize::has(const Resolution& wanted) const {
  return wanted.width >= least.width && wanted.width <= largest.width &&
         wanted.height >= least.height && wanted.height <= largest.height;
}

Offered parse_formats(std::string_view printed) {
  constexpr std::string_view kSize = "Size:";
  constexpr std::string_view kInterval = "Interval:";
  Offered offered;
  bool is_mjpeg = false;
  bool has_size = false;  // the newest one's rates follow
  while (!printed.empty()) {
    const auto end = printed.find('\n');
    const std::string_view line = trim(printed.substr(0, end));
    printed.remove_prefix(end == std::string_view::npos ? printed.size() : end + 1);
    if (const auto name = format_name(line)) {
      offered.formats.emplace_back(*name);
      is_mjpeg = *name == kMjpeg || *name == kJpeg;
      has_size = false;
    } else if (is_mjpeg && line.starts_with(kSize)) {
      const auto size = parse_size(trim(line.substr(kSize.size())));
      has_size = size.has_value();
      if (size) offered.mjpeg.push_back(*size);
    } else if (is_mjpeg && has_size && line.starts_with(kInterval)) {
      if (const auto rate = parse_rate(line)) offered.mjpeg.back().rates.push_back(*rate);
    }
  }
  return offered;
}

namespace {

std::string describe_sizes(const std::vector<OfferedSize>& sizes, std::string_view to,
                           std::string_view before, std::string_view between,
                           std::string_view after) {
  std::vector<std::string> parts;
  for (const auto& size : sizes) {
    std::string part = fmt::format("{}x{}", size.least.width, size.least.height);
    if (size.largest != size.least) {
      part += fmt::format("{}{}x{}", to, size.largest.width, size.largest.height);
    }
    std::vector<std::string> rates;
    for (const double rate : size.rates)
      rates.push_back(fmt::format("{:.4g}", rate));
    if (!rates.empty()) part += fmt::format("{}{}{}", before, fmt::join(rates, between), after);
    parts.push_back(std::move(part));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

std::string describe(const std::vector<OfferedSize>& sizes) {
  return describe_sizes(sizes, " to ", " at ", " or ", "");
}

std::string in_any_language(const std::vector<OfferedSize>& sizes) {
  return describe_sizes(sizes, " - ", " (", ", ", " fps)");
}

}  // namespace minidvr::v4l2
