#include "doctor/port_check.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace minidvr::doctor {

Finding judge_port(const PortFacts& facts) {
  const std::string port = fmt::format("port {}", facts.port);
  if (!facts.is_taken) return {Grade::ok, facts.setting, port + " is free", {}};
  const bool is_ours =
      facts.holders.empty()
          ? facts.answers
          : facts.service_runs &&
                std::all_of(facts.holders.begin(), facts.holders.end(),
                            [](const process::Holder& one) { return one.is_ours; });
  if (is_ours) {
    return {Grade::ok, facts.setting, port + " is that of the mini-dvr that runs", {}};
  }
  const std::string remedy = fmt::format("give another one: {} = {}", facts.setting,
                                         facts.port < 65535 ? facts.port + 1 : facts.port - 1);
  if (facts.holders.empty()) {
    return {Grade::warning, facts.setting,
            port + " is taken, by whom is not to be seen without sudo", remedy};
  }
  return {Grade::problem, facts.setting,
          fmt::format("{} is taken by {}", port, process::describe(facts.holders)),
          fmt::format("end it, or {}", remedy)};
}

}  // namespace minidvr::doctor
