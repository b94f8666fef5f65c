// Whether the settings can be read by who is to record with them.
#pragma once

#include "core/user.hpp"
#include "doctor/finding.hpp"

#include <string>
#include <vector>

namespace minidvr::doctor {

struct SettingsFileFacts {
  std::string path;    // empty: there is none
  std::string user;    // who is to read it
  std::string keeper;  // by what he may not, the file or a folder above it; empty: he may
  std::string hidden;  // why the unit keeps it from him; empty: it does not
};

// `file` from / on. Blocks.
SettingsFileFacts settings_file_facts(const std::string& file, const User& user);

// None where all is well.
std::vector<Finding> judge_settings_file(const SettingsFileFacts& facts);

}  // namespace minidvr::doctor
