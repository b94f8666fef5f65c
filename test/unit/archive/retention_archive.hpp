// An archive and its disk, for the tests of retention.
#pragma once

#include "archive/retention.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

namespace minidvr::archive::retention_test {

using namespace std::chrono_literals;
using Limit = Retention::Limit;
using Stop = Retention::Stop;
using Names = std::vector<std::string>;

inline constexpr std::uint64_t kMiB = 1 << 20;
inline constexpr std::uint64_t kGiB = 1 << 30;
inline constexpr auto kDay = 24h;

inline const WallTime kToday =
    WallTime(std::chrono::sys_days(std::chrono::year(2026) / 11 / 23)) + 10h;

// Ten minutes that ended `ago`.
inline Retention::File ended(std::string name, WallTime::duration ago,
                             std::uint64_t bytes = 100 * kMiB) {
  return {std::move(name), kToday - ago - 10min, 10min, bytes, false, false};
}

// A shell whose disk may keep what is unlinked, and whose files may refuse to go.
struct Archive {
  explicit Archive(Retention::Limits limits) : retention(limits) {}

  Retention::Facts facts() const {
    return {files, recording::DiskSpace{free, 100 * kGiB}, now, clock_set, clock_doubted};
  }

  // Returns what was deleted, in this order.
  std::vector<std::string> pass() {
    std::vector<std::string> gone;
    retention.begin_pass(files);
    for (last = retention.next(facts()); last.deletion; last = retention.next(facts())) {
      const std::string name = last.deletion->name;
      const auto file = std::find_if(files.begin(), files.end(),
                                     [&](const auto& other) { return other.name == name; });
      REQUIRE(file != files.end());
      if (std::count(stuck.begin(), stuck.end(), name) > 0) {
        retention.failed();
        ++tries;
        continue;
      }
      gone.push_back(name);
      if (std::count(held.begin(), held.end(), name) == 0 && !snapshot) free += file->bytes;
      files.erase(file);
      retention.unlinked();
    }
    return gone;
  }

  Retention retention;
  std::vector<Retention::File> files;
  std::uint64_t free = 50 * kGiB;
  WallTime now = kToday;
  bool clock_set = true;
  bool clock_doubted = false;
  std::vector<std::string> stuck;  // can not be unlinked
  std::vector<std::string> held;   // give nothing back
  bool snapshot = false;           // nor does any other
  unsigned tries = 0;              // unlinks that failed
  Retention::Step last;
};

}  // namespace minidvr::archive::retention_test
