// What GET /metrics answers, read line by line as strictly as its format is written down (version
// 0.0.4), and by the conventions for names: anything else throws.
#pragma once

#include <cmath>
#include <cstdlib>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>

namespace minidvr::test {

class MetricsPage {
 public:
  explicit MetricsPage(const std::string& text) {
    if (text.empty() || text.back() != '\n') fail("the last line does not end", text);
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
      read(line);
    for (const auto& [name, type] : types_) {
      if (!with_values_.contains(name)) fail("a metric without a value", name);
      if (type == "histogram") check_histogram(name);
    }
  }

  // By name and labels, as they stand there: `mini_dvr_check_ok{check="disk"}`.
  double at(const std::string& series) const {
    const auto found = values_.find(series);
    if (found == values_.end()) fail("there is no", series);
    return found->second;
  }
  bool has(const std::string& series) const { return values_.contains(series); }
  const std::map<std::string, double>& values() const { return values_; }
  bool is_counter(const std::string& series) const {
    const auto type = types_.find(series.substr(0, series.find('{')));
    return type == types_.end() || type->second == "counter";  // parts of histograms only grow
  }

 private:
  [[noreturn]] static void fail(const std::string& what, const std::string& where) {
    throw std::runtime_error(what + ": " + where);
  }

  // HELP, TYPE, and then all values of one metric, before the next begins.
  void read(const std::string& line) {
    static const std::regex help(R"(# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) ((?:[^\\]|\\\\|\\n)+))");
    static const std::regex type(R"(# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram))");
    std::smatch parts;
    if (std::regex_match(line, parts, help)) {
      if (!helps_.insert(parts[1]).second) fail("HELP twice", line);
      current_ = parts[1];
    } else if (std::regex_match(line, parts, type)) {
      if (parts[1] != current_) fail("TYPE without its HELP", line);
      if (!types_.emplace(parts[1], parts[2]).second) fail("TYPE twice", line);
      const bool ends_as_counter = current_.ends_with("_total");
      if (ends_as_counter != (parts[2] == "counter")) fail("a name against the convention", line);
    } else {
      read_value(line);
    }
  }

  // Buckets count what is not above their bound: each those of the one before, and the last all.
  void check_histogram(const std::string& name) const {
    std::map<double, double> buckets;
    const std::string begin = name + "_bucket{le=\"";
    for (const auto& [series, value] : values_) {
      if (!series.starts_with(begin)) continue;
      buckets[std::strtod(series.c_str() + begin.size(), nullptr)] = value;
    }
    if (buckets.empty() || !std::isinf(buckets.rbegin()->first)) fail("no bucket for all", name);
    double before = 0;
    for (const auto& [bound, count] : buckets) {
      if (count < before) fail("a bucket with less than the one before", name);
      before = count;
    }
    if (at(name + "_count") != before || at(name + "_sum") < 0) fail("sums that are wrong", name);
  }

  // What a value's name without that of its metric may be.
  bool is_part_of_histogram(const std::string& name) const {
    const auto type = types_.find(current_);
    if (type == types_.end() || type->second != "histogram" || !name.starts_with(current_)) {
      return false;
    }
    const std::string suffix = name.substr(current_.size());
    return suffix == "_bucket" || suffix == "_sum" || suffix == "_count";
  }

  void read_value(const std::string& line) {
    static const std::regex value(
        R"(([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\\\|\\"|\\n)*")"
        R"((?:,[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\\\|\\"|\\n)*")*\})? )"
        R"((NaN|[+-]Inf|-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?))");
    std::smatch parts;
    if (!std::regex_match(line, parts, value)) fail("not a line of the format", line);
    const std::string name = parts[1];
    const bool in_histogram = is_part_of_histogram(name);
    if ((name != current_ && !in_histogram) || !types_.contains(current_)) {
      fail("a value without its TYPE", line);
    }
    if (types_.at(current_) == "histogram" && !in_histogram) fail("no part of a histogram", line);
    const double number = std::strtod(parts[3].str().c_str(), nullptr);
    if (types_.at(current_) != "gauge" && !(number >= 0)) fail("no count", line);
    if (!values_.emplace(name + parts[2].str(), number).second) fail("a value twice", line);
    with_values_.insert(current_);
  }

  std::string current_;
  std::set<std::string> helps_;
  std::set<std::string> with_values_;
  std::map<std::string, std::string> types_;
  std::map<std::string, double> values_;
};

}  // namespace minidvr::test
