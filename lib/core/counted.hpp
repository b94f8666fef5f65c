// How many there are of something, however each of them ends.
#pragma once

#include <cstddef>

namespace minidvr {

// One more as long as it lives. `count` outlives it.
class Counted {
 public:
  explicit Counted(std::size_t& count) : count_(count) { ++count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --count_; }

 private:
  std::size_t& count_;
};

}  // namespace minidvr
