// Whether what must survive a restart is kept: the wish, presets, remembered controls, accounts.
#pragma once

#include "core/settings.hpp"
#include "core/user.hpp"
#include "doctor/finding.hpp"

#include <string>
#include <vector>

namespace minidvr::doctor {

struct StateFacts {
  std::string path;
  std::string user;    // who is to write
  int error = 0;       // errno; 0: he may, or it is not known
  std::string closed;  // the folder above it that he may not enter; empty: there is none
  std::string beside;  // the folder of the accounts, where is remembered which one is recorded to
  std::string beside_not_lasting;  // why what is written there does not stay; empty: it does
};

// Of a state_dir that is still to be made in recordings_dir all is said with that. Blocks.
StateFacts state_facts(const Settings& settings, const User& user);

// None where all is well.
std::vector<Finding> judge_state(const StateFacts& facts);

}  // namespace minidvr::doctor
