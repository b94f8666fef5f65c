#include "doctor/finding.hpp"

#include "core/utf8.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace minidvr::doctor {
namespace {

constexpr std::size_t kLongestLine = 500;  // bytes of one; names of drivers and files are in them

const char* name_of_grade(Grade grade) {
  switch (grade) {
    case Grade::ok:
      return "ok";
    case Grade::warning:
      return "warning";
    case Grade::problem:
      break;
  }
  return "problem";
}

std::string counted(std::ptrdiff_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

}  // namespace

bool any_problem(std::span<const Finding> findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& one) { return one.grade == Grade::problem; });
}

std::string report(std::span<const Finding> findings) {
  std::string result;
  for (const Finding& one : findings) {
    result += fmt::format("{:<7}  {:<12}  {}\n", name_of_grade(one.grade), one.subject,
                          display_text(one.text, kLongestLine));
    if (one.remedy.empty()) continue;
    result += fmt::format("{:<23}-> {}\n", "", display_text(one.remedy, kLongestLine));
  }
  const auto of = [&](Grade grade) {
    return std::count_if(findings.begin(), findings.end(),
                         [&](const Finding& one) { return one.grade == grade; });
  };
  return result + fmt::format("{}, {}\n", counted(of(Grade::problem), "problem"),
                              counted(of(Grade::warning), "warning"));
}

}  // namespace minidvr::doctor
