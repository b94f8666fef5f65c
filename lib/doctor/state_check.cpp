#include "doctor/state_check.hpp"

#include "core/file.hpp"
#include "doctor/folder_check.hpp"
#include "recording/known_folder.hpp"

#include <filesystem>
#include <system_error>

#include <fmt/format.h>

namespace minidvr::doctor {

StateFacts state_facts(const Settings& settings, const User& user) {
  std::error_code ec;
  StateFacts facts;
  const auto folder = std::filesystem::absolute(settings.state_dir, ec);
  facts.path = folder.string();
  facts.user = user.name;
  facts.beside = std::filesystem::absolute(settings.accounts_file, ec).parent_path().string();
  facts.beside_not_lasting = why_not_lasting(facts.beside);
  const bool is_there = std::filesystem::exists(folder, ec);
  // Some disks of a network refuse root, and not that user.
  const bool is_closed_to_root = !user.is_self && ec == std::errc::permission_denied;
  if (is_closed_to_root) return facts;
  if (!is_there && recording::state_lies_with_recordings(settings)) return facts;
  constexpr mode_t kWriteAndEnter = 3;
  const auto existing = nearest_existing(folder);
  facts.error = refusal(user, existing, kWriteAndEnter);
  facts.closed = closed_above(user, existing);
  return facts;
}

std::vector<Finding> judge_state(const StateFacts& facts) {
  constexpr const char* kSubject = "state";
  constexpr const char* kLost =
      "whether recording was wanted, presets and remembered controls are not kept over a restart";
  std::vector<Finding> findings;
  if (!facts.closed.empty()) {
    findings.push_back({Grade::warning, kSubject,
                        fmt::format("{} can not be written by {}, who may not enter {}: {}",
                                    facts.path, facts.user, facts.closed, kLost),
                        way_into(facts.closed, facts.user)});
  } else if (facts.error != 0) {
    findings.push_back(
        {Grade::warning, kSubject,
         fmt::format("{} can not be written by {}: {}: {}", facts.path, facts.user,
                     errno_text(facts.error), kLost),
         fmt::format("where that user records: sudo chown -R {} {}, or set state_dir to another "
                     "folder; where another one does: run this as root",
                     facts.user, facts.path)});
  }
  if (!facts.beside_not_lasting.empty()) {
    findings.push_back({Grade::warning, kSubject,
                        fmt::format("{} {}: passwords that are set, and which folder was recorded "
                                    "to",
                                    facts.beside, facts.beside_not_lasting),
                        "set accounts_file to a file on a disk that stays"});
  }
  return findings;
}

}  // namespace minidvr::doctor
