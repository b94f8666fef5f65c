// The log of a recording, in memory.
#pragma once

#include "power_cut/log_format.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace minidvr::power_cut {

// One call, in the order in which calls began. Its place in the log's vector is its position.
struct Event {
  Call call = Call::unknown;
  std::chrono::nanoseconds begun{0};
  std::chrono::nanoseconds ended{0};
  std::uint64_t inode = 0;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::size_t began = 0;  // of a sync_end: the position of its sync_begin
  std::string name{};     // below the folder, without it
  std::string other{};
  std::string_view data{};
};

class WriteLog {
 public:
  // Makes the file that programs write to; it must outlive them.
  static void create(const std::filesystem::path& file);

  // Reads what they wrote, once they have ended. Calls that failed are left out. Throws when the
  // log is too small, or has a call that no model knows.
  WriteLog(const std::filesystem::path& file, const std::filesystem::path& folder);
  // Made by hand.
  explicit WriteLog(std::vector<Event> events) : events_(std::move(events)) {}

  const std::vector<Event>& events() const { return events_; }

  // As if the program had not synced the files and folders that `forgotten` names (the inode is
  // given).
  WriteLog without_syncs(const std::function<bool(std::uint64_t inode)>& forgotten) const;

 private:
  std::string bytes_;
  std::vector<Event> events_;
};

}  // namespace minidvr::power_cut
