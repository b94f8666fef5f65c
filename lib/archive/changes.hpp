// What is other than clients were told.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace minidvr::archive {

// Names, of what is listed or was.
struct Changes {
  std::vector<std::string> added;
  std::vector<std::string> changed;
  std::vector<std::string> removed;
  std::size_t size() const { return added.size() + changed.size() + removed.size(); }
  bool empty() const { return size() == 0; }
};

}  // namespace minidvr::archive
