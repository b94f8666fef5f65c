// Which recordings are being read, so that none is deleted under its reader.
#pragma once

#include "core/clock.hpp"
#include "core/file.hpp"

#include <map>
#include <memory>
#include <string>

namespace minidvr::archive {

// On the I/O thread; what begin() returns may end on any other. Holds as many names as are read
// within kBetweenParts.
class RecordingsInUse {
 public:
  // A player asks for one part after the other, and need not hold the file open in between.
  static constexpr seconds kBetweenParts{60};

  using Use = std::shared_ptr<const void>;
  // As long as it lives, and kBetweenParts from now on, `name` is in use.
  Use begin(const std::string& name, SteadyTime now);

  bool contains(const std::string& name, SteadyTime now) const;

  // The file, which is in use as long as anybody has it.
  static std::shared_ptr<const FileDescriptor> file_of(Use use, FileDescriptor file);

 private:
  struct Known {
    std::weak_ptr<const void> use;
    SteadyTime last;
    bool holds(SteadyTime now) const { return !use.expired() || now - last < kBetweenParts; }
  };

  std::map<std::string, Known> known_;
  SteadyTime swept_{};
};

}  // namespace minidvr::archive
