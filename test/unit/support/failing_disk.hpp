// A disk that fails, for what this program itself asks of it.
#pragma once

#include <string>

namespace minidvr::test {

// While it lives, removing a file fails with EIO when its name ends so.
class FailingRemoval {
 public:
  explicit FailingRemoval(std::string name_ending);
  ~FailingRemoval();
  FailingRemoval(const FailingRemoval&) = delete;
  FailingRemoval& operator=(const FailingRemoval&) = delete;
};

// While it lives, the next fsync fails with EIO.
class FailingSync {
 public:
  FailingSync();
  ~FailingSync();
  FailingSync(const FailingSync&) = delete;
  FailingSync& operator=(const FailingSync&) = delete;
};

}  // namespace minidvr::test
