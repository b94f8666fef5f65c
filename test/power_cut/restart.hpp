// The machine after the cut: mini-dvr is started on a disk, and does what it does.
#pragma once

#include "power_cut/disk_model.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace minidvr::power_cut {

// Makes the files and folders of `disk` in `folder`, which is emptied before.
void put_on_disk(const Disk& disk, const std::filesystem::path& folder);

// The other way round. Files that are gone while it reads are left out.
Disk read_disk(const std::filesystem::path& folder);

// One place where a machine can be started, again and again; one at a time.
class Machine {
 public:
  // Works in `folder`.
  explicit Machine(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Starts mini-dvr on `disk`, as after a cut: with another boot_id, no camera, recording off.
  // Waits until it has recovered what there was, kills it, and returns what the disk holds then.
  // Throws when it does not start or does not come to an end.
  Disk recover(const Disk& disk);

  // The same, but the power is cut once more while it recovers: returns the disk after that, which
  // is still to be recovered. `at` says at which of its calls, `choices` what of the unsynced is
  // there.
  Disk cut_during_recovery(const Disk& disk, std::uint64_t at, CutChoices& choices);

 private:
  std::filesystem::path recordings() const { return folder_ / "recordings"; }
  void run_until_recovered(std::vector<std::string> environment);

  std::filesystem::path folder_;
  unsigned boots_ = 0;
};

}  // namespace minidvr::power_cut
