// What a file holds, read in large pieces: unoptimised, an iterator over its bytes takes seconds
// for a recording.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>

namespace minidvr::test {

// Nothing where it can not be read.
inline std::string file_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  if (file) bytes << file.rdbuf();
  return std::move(bytes).str();
}

}  // namespace minidvr::test
