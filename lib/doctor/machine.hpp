// Where the facts of a machine are read. Tests have folders of their own.
#pragma once

#include <filesystem>
#include <string>

namespace minidvr::doctor {

struct Machine {
  std::filesystem::path proc = "/proc";
  std::filesystem::path sys = "/sys";
  std::string vcgencmd = "vcgencmd";  // tells of a Raspberry Pi's power; others have none
};

}  // namespace minidvr::doctor
