// A process that has something that is wanted: a device, a port.
#pragma once

#include <span>
#include <string>

#include <sys/types.h>

namespace minidvr::process {

struct Holder {
  pid_t pid = 0;
  std::string name;      // of its program
  bool is_ours = false;  // a mini-dvr, whatever its settings, or a child of one
  bool operator==(const Holder&) const = default;
};

// For people: "motion (pid 123), cheese (pid 456)".
std::string describe(std::span<const Holder> holders);

}  // namespace minidvr::process
