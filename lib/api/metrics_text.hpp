// Text that Prometheus reads: its exposition format, version 0.0.4. Written here, in as many lines
// as it would take to hand our values to a library: Debian's brings a web server, its headers and
// those of curl along, and counts for itself what is counted in the status already.
#pragma once

#include "core/histogram.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace minidvr::api {

class MetricsText {
 public:
  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

  enum class Type { counter, gauge, histogram };
  using Labels = std::vector<std::pair<std::string_view, std::string_view>>;  // name, value

  // Begins a metric. `name` and the names of labels as Prometheus allows them; a counter's ends in
  // _total.
  MetricsText& metric(std::string_view name, Type type, std::string_view help);

  // One value of the metric that was begun last.
  MetricsText& value(double value, const Labels& labels = {});
  MetricsText& value(std::uint64_t value, const Labels& labels = {});
  MetricsText& value(bool value, const Labels& labels = {});

  // All lines of the metric that was begun last, which is a histogram. Its name ends in _seconds.
  MetricsText& value(const Histogram& histogram);

  const std::string& text() const { return text_; }

 private:
  MetricsText& line(std::string_view suffix, std::string_view value, const Labels& labels);

  std::string name_;
  std::string text_;
};

}  // namespace minidvr::api
