// The machine's clock, its power and its temperature.
#pragma once

#include "archive/retention_files.hpp"
#include "doctor/finding.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace minidvr::doctor {

// `service_knows`: what keeps it right is told to the service, too.
Finding judge_clock(const archive::ClockFacts& facts, bool service_knows = true);

struct PowerFacts {
  std::optional<std::uint32_t> throttled;  // the bits of a Raspberry Pi's firmware
  std::optional<double> celsius;           // of the processor
};

// Nothing is found where nothing is told.
std::vector<Finding> judge_power(const PowerFacts& facts);

// The bits in "throttled=0x50005", as vcgencmd prints them, or in "50005", as the kernel does.
std::optional<std::uint32_t> parse_throttled(std::string_view text);

// As the files below `sys` tell, which is /sys but in tests.
PowerFacts read_power(const std::filesystem::path& sys);

}  // namespace minidvr::doctor
