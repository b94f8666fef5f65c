// A recording with rotations, made by the real program, with a log of all that it did to its
// folder.
#pragma once

#include "power_cut/disk_model.hpp"
#include "power_cut/footage.hpp"
#include "power_cut/write_log.hpp"
#include "support/temporary_folder.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>

namespace minidvr::power_cut {

class RecordedSession {
 public:
  // Records with the virtual camera. With a folder that is to be kept, there; what was recorded
  // there before is taken as it is.
  explicit RecordedSession(const std::filesystem::path& kept = {});

  const WriteLog& log() const { return *log_; }
  const DiskModel& model() const { return *model_; }
  const Footage& footage() const { return *footage_; }
  std::filesystem::path recordings() const { return folder_ / "recordings"; }
  std::uint64_t top() const { return top_; }

  // Every frame that another client of the camera saw, with the hash of its bytes, by its number;
  // none when the recording was there before.
  const std::map<std::uint64_t, std::size_t>& seen() const { return seen_; }

  // How far behind the cut what is missing may be: one second, the time of syncs, and how late the
  // machine let anybody run meanwhile.
  std::chrono::nanoseconds bound() const;

  // The same session as if some of its files had not been synced.
  enum class Forgotten { media, journals, folders };
  WriteLog without_syncs(Forgotten forgotten) const;

 private:
  void record();

  test::TemporaryFolder temporary_;
  std::filesystem::path folder_;
  std::uint64_t top_ = 0;
  std::map<std::uint64_t, std::size_t> seen_;
  std::chrono::nanoseconds lateness_{0};
  std::unique_ptr<WriteLog> log_;
  std::unique_ptr<DiskModel> model_;
  std::unique_ptr<Footage> footage_;
};

}  // namespace minidvr::power_cut
