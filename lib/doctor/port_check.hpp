// Whether the ports can be had, or are ours already.
#pragma once

#include "doctor/finding.hpp"
#include "process/holder.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace minidvr::doctor {

struct PortFacts {
  std::string setting;  // app_port
  std::uint16_t port = 0;
  bool is_taken = false;
  std::vector<process::Holder> holders;  // by whom; empty when that is not to be seen
  bool service_runs = false;             // a mini-dvr with these settings
  bool answers = false;                  // there, as far as it can be asked
};

Finding judge_port(const PortFacts& facts);

}  // namespace minidvr::doctor
