// What an examination comes to: one line each, and what helps.
#pragma once

#include <span>
#include <string>

namespace minidvr::doctor {

enum class Grade {
  ok,
  warning,  // recording works, and may not for long, or not as well as it could
  problem,  // recording does not work, or not as it was asked for
};

struct Finding {
  Grade grade = Grade::ok;
  std::string subject;  // what was looked at: "camera"
  std::string text;     // what was found, one plain line
  std::string remedy;   // what to do; empty when there is nothing to do
  bool operator==(const Finding&) const = default;
};

bool any_problem(std::span<const Finding> findings);

// For people: a line each, its remedy below, and a last one that counts.
std::string report(std::span<const Finding> findings);

}  // namespace minidvr::doctor
