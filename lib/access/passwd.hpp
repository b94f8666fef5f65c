// What `mini-dvr passwd` and `mini-dvr token` do. All of it blocks. Who changes the same file at
// the same time waits: nothing of either is lost.
#pragma once

#include "access/accounts.hpp"
#include "core/error.hpp"

#include <filesystem>
#include <string>

namespace minidvr::access {

// Whether set_password would be in vain, before somebody is asked for a password.
Result<> check_account(const std::filesystem::path& file, const std::string& name);

// Makes the account, or gives it another password and role.
Result<> set_password(const std::filesystem::path& file, const std::string& name, http::Role role,
                      const std::string& password);

// Makes the token, or another in its place, and returns it: it is told this once.
Result<std::string> make_token(const std::filesystem::path& file, const std::string& name,
                               http::Role role);

// Return those that are left. Without any, nobody may in until mini-dvr is restarted, and then
// everybody. not_found when there is no account, or no token, of that name.
Result<Accounts> remove_account(const std::filesystem::path& file, const std::string& name);
Result<Accounts> remove_token(const std::filesystem::path& file, const std::string& name);

}  // namespace minidvr::access
