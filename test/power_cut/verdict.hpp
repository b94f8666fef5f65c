// What must hold when a machine has started again after a power cut.
#pragma once

#include "power_cut/disk_model.hpp"
#include "power_cut/footage.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace minidvr::power_cut {

// All that is wrong with `disk`, of which `required` names the frames that must be there: an
// incomplete .mp4, a sample that is no frame of the camera as it was, a frame that is there twice
// or out of order, or is missing.
std::vector<std::string> faults_of(const Disk& disk, const Footage& footage,
                                   const std::vector<std::uint64_t>& required);

}  // namespace minidvr::power_cut
