// Which recordings are being read, so that they are deleted later than others.
#pragma once

#include "core/clock.hpp"
#include "core/file.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <string>

namespace minidvr::archive {

// On the I/O thread; what begin() returns may end on any other. Holds as many names as are read
// within kBetweenParts.
class RecordingsInUse {
 public:
  // A player asks for one part after the other, and need not hold the file open in between; a slow
  // client has still to get what the kernel holds for it when the file is closed here.
  static constexpr seconds kBetweenParts{60};

  using Use = std::shared_ptr<const void>;
  // `name` is in use as long as this lives, and kBetweenParts from its end.
  Use begin(const std::string& name);

  // As it will be at `now`, unless something begins.
  bool contains(const std::string& name, SteadyTime now) const;

  // The file, which is in use as long as anybody has what is returned.
  static std::shared_ptr<const FileDescriptor> file_of(Use use,
                                                       std::shared_ptr<const FileDescriptor> file);

 private:
  struct Known {
    std::weak_ptr<const void> use;
    std::shared_ptr<std::atomic<SteadyTime>> ended;
    bool holds(SteadyTime now) const {
      return !use.expired() || now - ended->load() < kBetweenParts;
    }
  };

  std::map<std::string, Known> known_;
  SteadyTime swept_{};
};

}  // namespace minidvr::archive
