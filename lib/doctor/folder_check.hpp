// Whether recordings can be written, how much room there is, and whether the disk keeps up.
#pragma once

#include "core/settings.hpp"
#include "core/user.hpp"
#include "doctor/disk_trial.hpp"
#include "doctor/finding.hpp"
#include "recording/disk_space.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace minidvr::doctor {

struct FolderFacts {
  std::string path;
  bool is_there = false;
  bool is_folder = false;
  std::string user;     // who is to write
  int write_error = 0;  // errno; 0: it can be written
  // The folder above it that he may not enter; empty: there is none.
  std::string closed{};
  // Root asks for that user, and may not itself do what he may: NFS makes it nobody, FUSE refuses
  // it.
  bool is_closed_to_root = false;
  std::string walled;         // why the unit keeps it from being written; empty: it does not
  std::string way{};          // and what helps
  std::string not_lasting{};  // why what is written there does not stay; empty: it does
  std::string wrong{};        // why it is not the folder that was recorded to before; empty: it is
  std::optional<recording::DiskSpace> space;
  std::uint64_t min_free = 0;            // bytes, as it is for this disk
  std::optional<double> write_rate;      // bytes a second, measured
  double stream_rate = 0;                // bytes a second that have to be written
  bool stream_rate_is_measured = false;  // else it is what is usual
};

// `path`, or what is there of it: where it would be made. Blocks.
std::filesystem::path nearest_existing(std::filesystem::path path);

// Why what is written to `path`, or where it would be made, does not stay, as
// recording::why_not_lasting() tells it. Blocks.
std::string why_not_lasting(const std::filesystem::path& path);

// The folder above `existing` that `user` may not enter; empty: there is none.
std::string closed_above(const User& user, const std::filesystem::path& existing);

// What lets somebody in there.
std::string way_into(const std::string& closed, const std::string& user);

// All but what the unit says, what is written and how fast. Blocks as long as the disk does.
FolderFacts folder_facts(const Settings& settings, const User& user);

// Whether a trial of the disk can come to anything, and does no harm.
bool may_be_tried(const FolderFacts& facts);

// What came of writing there, by the user himself or by root in his place.
void take_trial(FolderFacts& facts, const DiskTrial& trial, bool by_himself);

std::vector<Finding> judge_folder(const FolderFacts& facts);

// Bytes a second of a usual camera's MJPEG: 4 MB at 1920x1080, 30 frames a second, and in
// proportion.
double usual_stream_rate(unsigned width, unsigned height, unsigned fps);

}  // namespace minidvr::doctor
