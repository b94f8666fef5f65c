// Where the facts of a machine are read. Tests have folders of their own.
#pragma once

#include "core/user.hpp"

#include <filesystem>
#include <string>

namespace minidvr::doctor {

struct Machine {
  std::filesystem::path proc = "/proc";
  std::filesystem::path sys = "/sys";
  std::filesystem::path resolv_conf = "/etc/resolv.conf";
  std::string vcgencmd = "vcgencmd";    // tells of a Raspberry Pi's power; others have none
  std::string systemctl = "systemctl";  // tells of the unit that runs the service
  User user = user_in_question();
};

}  // namespace minidvr::doctor
