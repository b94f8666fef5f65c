#include "doctor/folder_check.hpp"

#include "archive/retention.hpp"
#include "archive/retention_files.hpp"
#include "core/file.hpp"
#include "recording/disk_guard.hpp"
#include "recording/folder_on_disk.hpp"
#include "recording/known_folder.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <fcntl.h>

namespace minidvr::doctor {
namespace {

constexpr const char* kFolder = "recordings";
constexpr const char* kRoom = "free space";
constexpr const char* kSpeed = "disk speed";
constexpr double kMegabyte = 1e6;

// A disk that is only just fast enough has nothing left for who plays, and falls behind whenever
// it tidies up.
constexpr double kComfortable = 2;

std::string way_for_user(const FolderFacts& facts) {
  return fmt::format("sudo -u {} mini-dvr doctor", facts.user);
}

std::string remedy_for(int error, const FolderFacts& facts) {
  switch (error) {
    case EROFS:
      return "look for why in dmesg, then: mount -o remount,rw the disk; a memory card that "
             "became read-only is worn out";
    case ENOSPC:
    case EDQUOT:
      return "delete something there, or lower max_age_days or max_size; see mini-dvr cleanup "
             "--dry-run";
    case EACCES:
    case EPERM:
      return fmt::format(
          "if it is the service's, ask by sudo mini-dvr doctor; else sudo chown {} {}, or set "
          "recordings_dir to another folder",
          facts.user, facts.path);
    default:
      return "see dmesg; try another disk";
  }
}

Finding judge_writing(const FolderFacts& facts) {
  if (facts.is_closed_to_root && !facts.is_there) {
    return {Grade::warning, kFolder,
            fmt::format("{} is closed to root: whether {} can write there is not known", facts.path,
                        facts.user),
            way_for_user(facts)};
  }
  if (facts.is_there && !facts.is_folder) {
    return {Grade::problem, kFolder, facts.path + " is no folder",
            "set recordings_dir to a folder"};
  }
  if (!facts.wrong.empty()) {
    return {Grade::problem, kFolder, facts.wrong,
            "mount its disk; if what is there is right: recordings_dir_id = any"};
  }
  if (!facts.closed.empty()) {
    return {Grade::problem, kFolder,
            fmt::format("{} can not be written by {}, who may not enter {}", facts.path, facts.user,
                        facts.closed),
            way_into(facts.closed, facts.user)};
  }
  if (facts.write_error != 0) {
    return {Grade::problem, kFolder,
            fmt::format("{} can not be written by {}: {}", facts.path, facts.user,
                        errno_text(facts.write_error)),
            remedy_for(facts.write_error, facts)};
  }
  if (!facts.walled.empty()) {
    return {Grade::problem, kFolder, facts.walled, facts.way};
  }
  return {Grade::ok,
          kFolder,
          facts.path + (facts.is_there ? " can be written" : " is not there yet; it will be made"),
          {}};
}

Finding judge_room(const FolderFacts& facts) {
  recording::DiskGuard guard;
  const auto& space = *facts.space;
  if (!space.is_known()) return {Grade::ok, kRoom, "the disk does not tell how much is free", {}};
  const std::string text = fmt::format("{} of {}", archive::amount_of_space(space.free),
                                       archive::amount_of_space(space.total));
  if (!guard.update(space, facts.stream_rate)) {
    return {Grade::problem, kRoom, text + ": the disk is full", remedy_for(ENOSPC, facts)};
  }
  if (facts.min_free >= space.total) {
    return {
        Grade::warning, kRoom,
        fmt::format("{}, and min_free ({}) is not less than the disk: nothing is deleted for it",
                    text, archive::amount_of_space(facts.min_free)),
        "set min_free to less"};
  }
  if (space.free < facts.min_free) {
    return {Grade::warning, kRoom,
            fmt::format("{}, less than the {} of min_free: the oldest recordings go", text,
                        archive::amount_of_space(facts.min_free)),
            "delete what else is on the disk, or take a larger one; what would go: mini-dvr "
            "cleanup --dry-run"};
  }
  return {Grade::ok, kRoom, text, {}};
}

Finding judge_speed(const FolderFacts& facts) {
  const std::string text = fmt::format(
      "{:.1f} MB/s written, {:.1f} MB/s are {}", *facts.write_rate / kMegabyte,
      facts.stream_rate / kMegabyte,
      facts.stream_rate_is_measured ? "what the camera sends" : "usual for such a picture");
  const std::string remedy =
      "use a faster disk, lower resolution or fps, or give frame_buffer_mb more for short waits";
  if (*facts.write_rate < facts.stream_rate) {
    return {Grade::problem, kSpeed, text + ": the disk is too slow", remedy};
  }
  if (*facts.write_rate < kComfortable * facts.stream_rate) {
    return {Grade::warning, kSpeed, text + ": that is only just enough", remedy};
  }
  return {Grade::ok, kSpeed, text, {}};
}

}  // namespace

double usual_stream_rate(unsigned width, unsigned height, unsigned fps) {
  constexpr double kBytesPerPixel = 4e6 / (1920.0 * 1080.0 * 30.0);
  return kBytesPerPixel * width * height * fps;
}

std::filesystem::path nearest_existing(std::filesystem::path path) {
  std::error_code ec;
  while (std::filesystem::status(path, ec).type() == std::filesystem::file_type::not_found &&
         path.has_relative_path())
    path = path.parent_path();
  return path;
}

std::string why_not_lasting(const std::filesystem::path& path) {
  const FileDescriptor open(::open(nearest_existing(path).c_str(), O_PATH | O_CLOEXEC));
  return open ? recording::why_not_lasting(open.get()) : std::string();
}

std::string closed_above(const User& user, const std::filesystem::path& existing) {
  constexpr mode_t kEnter = 1;
  const auto closed = what_keeps_from(user, existing, kEnter);
  return closed == existing ? std::string() : closed.string();
}

std::string way_into(const std::string& closed, const std::string& user) {
  return fmt::format(
      "mount the disk where {0} may enter, such as below /mnt (/etc/fstab), or let {0} through: "
      "sudo setfacl -m u:{0}:x {1}",
      user, closed);
}

FolderFacts folder_facts(const Settings& settings, const User& user) {
  std::error_code ec;
  FolderFacts facts;
  const auto folder = std::filesystem::absolute(settings.recordings_dir, ec);
  facts.path = folder.string();
  facts.is_there = std::filesystem::exists(folder, ec);
  facts.is_closed_to_root = !user.is_self && ec == std::errc::permission_denied;
  facts.is_folder = std::filesystem::is_directory(folder, ec);
  facts.user = user.name;
  // Where there is none yet, it is made in what there is.
  const auto existing = nearest_existing(folder);
  constexpr mode_t kWriteAndEnter = 3;
  if (!facts.is_closed_to_root) {
    facts.write_error = refusal(user, existing, kWriteAndEnter);
    facts.closed = closed_above(user, existing);
  }
  facts.not_lasting = why_not_lasting(existing);
  if (const auto space = recording::disk_space(folder)) {
    facts.space = *space;
    const archive::Retention retention(archive::limits_of(settings));
    if (space->is_known()) facts.min_free = retention.min_free(*space);
  }
  auto look = recording::known_folder(settings);
  look.changes_nothing = true;
  const auto known = recording::KnownFolder(std::move(look)).look();
  if (!known && known.error().reason == Reason::wrong_folder) facts.wrong = known.error().detail;
  return facts;
}

bool may_be_tried(const FolderFacts& facts) {
  const bool may_write = facts.write_error == 0 && facts.closed.empty() && !facts.is_closed_to_root;
  const bool has_room =
      facts.space && (!facts.space->is_known() || facts.space->free >= kTrialRoom);
  return may_write && facts.wrong.empty() && has_room;
}

void take_trial(FolderFacts& facts, const DiskTrial& trial, bool by_himself) {
  // No disk of this machine refuses root so.
  facts.is_closed_to_root = !by_himself && trial.error == EACCES;
  if (facts.is_closed_to_root) return;
  facts.write_error = trial.error;
  facts.write_rate = trial.rate;
}

std::vector<Finding> judge_folder(const FolderFacts& facts) {
  std::vector<Finding> findings{judge_writing(facts)};
  if (!facts.not_lasting.empty()) {
    findings.push_back({Grade::warning, kFolder,
                        fmt::format("{} {}", facts.path, facts.not_lasting),
                        "mount a disk of its own, and set recordings_dir to a folder there"});
  }
  if (facts.space) findings.push_back(judge_room(facts));
  if (facts.write_rate) findings.push_back(judge_speed(facts));
  if (facts.is_closed_to_root && facts.is_there) {
    findings.push_back(
        {Grade::ok, kSpeed, "not measured, root may not write there: " + way_for_user(facts), {}});
  }
  return findings;
}

}  // namespace minidvr::doctor
