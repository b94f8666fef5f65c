// Puts records into the log that all programs share.
#pragma once

#include "../log_format.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace minidvr::power_cut {

// A file of the folder's device: the reader knows which of them are below the folder.
struct FileId {
  std::uint64_t device;
  std::uint64_t inode;
};

// Regular files and folders on the device of the noted folder; nullopt for all others, and when
// nothing is to be noted. Leaves errno as it is.
std::optional<FileId> noted_file(int fd);
std::optional<FileId> noted_file(const char* path);

// The absolute path when it is the noted folder or below it; empty otherwise.
std::string noted_path(int folder, const char* path);

// A call that is in the log from here on. What it came to is told by one of done() and failed();
// neither: the program ended while it was made.
class NotedCall {
 public:
  // Not noted.
  NotedCall() = default;
  NotedCall(Call call, FileId file, std::uint64_t offset, std::uint64_t length);
  NotedCall(Call call, std::string_view name, std::string_view other = {},
            std::uint64_t length = 0);

  void add(std::size_t at, const void* data, std::size_t size) const;
  // Where it stands in the log.
  std::uint64_t position() const;
  void set_file(std::optional<FileId> file) const;
  void set_length(std::uint64_t length) const;
  // Returns `result`, and leaves errno as it is. Negative: the call failed.
  template <class Result>
  Result done(Result result) const {
    finish(!(result < 0));
    return result;
  }
  void finish(bool well) const;

  static constexpr std::uint64_t kNoData = ~std::uint64_t{0};

 private:
  void begin(Call call, FileId file, std::uint64_t offset, std::uint64_t length,
             std::size_t payload);
  char* payload() const;

  Record* record_ = nullptr;
};

}  // namespace minidvr::power_cut
