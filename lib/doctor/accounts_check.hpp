// Whether it is known who may in: while it is not, nobody is let in.
#pragma once

#include "core/settings.hpp"
#include "core/user.hpp"
#include "doctor/finding.hpp"

#include <cstddef>
#include <string>

namespace minidvr::doctor {

struct AccountsFacts {
  std::string path;
  std::string user;      // who is to read it
  bool is_self = true;   // that one asks
  bool is_kept = false;  // and may not read it
  std::string problem;   // why it is of no use; empty: it is, or there is none
  std::size_t people = 0;
  std::size_t tokens = 0;
};

// Reads the file that the settings name. Blocks.
AccountsFacts accounts_facts(const Settings& settings, const User& user);

Finding judge_accounts(const AccountsFacts& facts);

}  // namespace minidvr::doctor
