// Where the samples of a complete MP4 file lie: read anew from the format's description, so that
// the program is not measured by itself.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace minidvr::power_cut {

struct SampleAt {
  std::uint64_t offset;
  std::uint64_t size;
};

// What is wrong with a file.
class IncompleteMp4 : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Of the only track, in order. Throws IncompleteMp4 when it is not a whole file with moov before
// mdat.
std::vector<SampleAt> mp4_samples(std::string_view file);

}  // namespace minidvr::power_cut
