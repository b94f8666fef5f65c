#include "power_cut/verdict.hpp"

#include "power_cut/mp4_samples.hpp"

#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace minidvr::power_cut {

std::vector<std::string> faults_of(const Disk& disk, const Footage& footage,
                                   const std::vector<std::uint64_t>& required) {
  std::vector<std::string> faults;
  std::set<std::uint64_t> there;
  for (const auto& [path, bytes] : disk.files) {
    if (path.find('/') != std::string::npos || !path.ends_with(".mp4")) continue;
    try {
      std::uint64_t last = 0;
      for (const auto& found : frames_in(bytes)) {
        const auto frame = footage.frames().find(found.number);
        if (frame == footage.frames().end()) {
          faults.push_back(
              fmt::format("{}: what follows frame {} is no frame of the camera", path, last));
          continue;
        }
        if (frame->second.hash != found.hash) {
          faults.push_back(fmt::format("{}: frame {} has other bytes", path, found.number));
        }
        if (!there.insert(found.number).second) {
          faults.push_back(fmt::format("{}: frame {} is there twice", path, found.number));
        }
        if (found.number <= last) {
          faults.push_back(fmt::format("{}: frame {} out of order", path, found.number));
        }
        last = found.number;
      }
    } catch (const IncompleteMp4& e) {
      faults.push_back(fmt::format("{}: {}", path, e.what()));
    }
  }
  std::vector<std::uint64_t> missing;
  for (const auto number : required) {
    if (!there.contains(number)) missing.push_back(number);
  }
  if (!missing.empty()) {
    faults.push_back(
        fmt::format("{} frames are missing: {}", missing.size(), fmt::join(missing, " ")));
  }
  return faults;
}

}  // namespace minidvr::power_cut
