// Whether the external programs are there, and which they are.
#pragma once

#include "doctor/finding.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace minidvr::doctor {

struct ProgramFacts {
  std::string name;     // ustreamer
  std::string package;  // of Debian: what brings it
  std::string setting;  // which names another one: ustreamer_bin
  std::string printed;  // when it was asked for its version
  std::string problem;  // why it can not be run; empty when it can
};

Finding judge_program(const ProgramFacts& facts);

// The version in what a program prints when it is asked for it: the first word of the first line
// that begins with a digit ("4.9", "v4l2-ctl 1.22.1", "ffmpeg version 5.1.9-0+deb12u1 ...").
std::optional<std::string> version_in(std::string_view printed);

}  // namespace minidvr::doctor
