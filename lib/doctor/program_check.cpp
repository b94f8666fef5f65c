#include "doctor/program_check.hpp"

#include "core/text.hpp"

#include <fmt/format.h>

namespace minidvr::doctor {

std::optional<std::string> version_in(std::string_view printed) {
  std::string_view line = trim(printed.substr(0, printed.find('\n')));
  while (!line.empty()) {
    const std::string_view word = line.substr(0, line.find(' '));
    if (!word.empty() && word.front() >= '0' && word.front() <= '9') return std::string(word);
    line = trim(line.substr(word.size()));
  }
  return std::nullopt;
}

Finding judge_program(const ProgramFacts& facts) {
  if (!facts.problem.empty()) {
    return {Grade::problem, facts.name, facts.problem,
            fmt::format("apt install {}, or name another one by {}", facts.package, facts.setting)};
  }
  const auto version = version_in(facts.printed);
  if (!version) {
    return {Grade::warning, facts.name, "it is there, and does not say which version it is",
            fmt::format("see whether {} names the right program", facts.setting)};
  }
  return {Grade::ok, facts.name, "version " + *version, {}};
}

}  // namespace minidvr::doctor
