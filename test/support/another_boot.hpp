// A segment as a power cut leaves it: of a boot that is over.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

namespace minidvr::test {

// Changes whose boot the journal of a segment is of.
inline void make_of_another_boot(const std::filesystem::path& journal) {
  constexpr std::streamoff kBootIdAt = 32;
  constexpr std::size_t kBootIdLength = 36;
  std::fstream file(journal, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(kBootIdAt);
  file << std::string(kBootIdLength, 'b');
}

}  // namespace minidvr::test
