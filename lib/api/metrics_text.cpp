#include "api/metrics_text.hpp"

#include <array>
#include <cmath>

#include <fmt/format.h>

namespace minidvr::api {
namespace {

std::string escaped(std::string_view text, bool with_quotes) {
  std::string result;
  for (const char c : text) {
    if (c == '\n') {
      result += "\\n";
      continue;
    }
    if (c == '\\' || (with_quotes && c == '"')) result += '\\';
    result += c;
  }
  return result;
}

}  // namespace

MetricsText& MetricsText::metric(std::string_view name, Type type, std::string_view help) {
  constexpr std::array<std::string_view, 3> kTypes = {"counter", "gauge", "histogram"};
  name_ = name;
  text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, escaped(help, false), name,
                       kTypes.at(static_cast<std::size_t>(type)));
  return *this;
}

MetricsText& MetricsText::value(double value, const Labels& labels) {
  if (std::isnan(value)) return line("", "NaN", labels);
  if (std::isinf(value)) return line("", value > 0 ? "+Inf" : "-Inf", labels);
  return line("", fmt::format("{}", value), labels);
}

MetricsText& MetricsText::value(std::uint64_t value, const Labels& labels) {
  return line("", fmt::format("{}", value), labels);
}

MetricsText& MetricsText::value(bool value, const Labels& labels) {
  return line("", value ? "1" : "0", labels);
}

MetricsText& MetricsText::value(const Histogram& histogram) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < histogram.counts().size(); ++i) {
    count += histogram.counts()[i];
    const bool is_last = i == Histogram::kBounds.size();
    const std::string bound = is_last ? "+Inf" : fmt::format("{}", Histogram::kBounds[i]);
    line("_bucket", fmt::format("{}", count), {{"le", bound}});
  }
  line("_sum", fmt::format("{}", histogram.sum()), {});
  return line("_count", fmt::format("{}", count), {});
}

MetricsText& MetricsText::line(std::string_view suffix, std::string_view value,
                               const Labels& labels) {
  text_ += name_;
  text_ += suffix;
  char before = '{';
  for (const auto& [name, label] : labels) {
    text_ += fmt::format("{}{}=\"{}\"", before, name, escaped(label, true));
    before = ',';
  }
  if (!labels.empty()) text_ += '}';
  text_ += fmt::format(" {}\n", value);
  return *this;
}

}  // namespace minidvr::api
