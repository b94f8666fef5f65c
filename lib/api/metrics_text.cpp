#include "api/metrics_text.hpp"

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
  name_ = name;
  text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, escaped(help, false), name,
                       type == Type::counter ? "counter" : "gauge");
  return *this;
}

MetricsText& MetricsText::value(double value, const Labels& labels) {
  if (std::isnan(value)) return line("NaN", labels);
  if (std::isinf(value)) return line(value > 0 ? "+Inf" : "-Inf", labels);
  return line(fmt::format("{}", value), labels);
}

MetricsText& MetricsText::value(std::uint64_t value, const Labels& labels) {
  return line(fmt::format("{}", value), labels);
}

MetricsText& MetricsText::value(bool value, const Labels& labels) {
  return line(value ? "1" : "0", labels);
}

MetricsText& MetricsText::line(std::string_view value, const Labels& labels) {
  text_ += name_;
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
