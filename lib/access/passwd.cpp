#include "access/passwd.hpp"

#include "access/accounts_file.hpp"
#include "access/password.hpp"
#include "core/file_lock.hpp"

#include <utility>

#include <fmt/format.h>

namespace minidvr::access {
namespace {

Result<> check_name(const std::string& name) {
  if (is_account_name(name)) return {};
  return make_error(
      Errc::malformed,
      fmt::format("'{}' is no name; allowed are 1 to 32 letters, digits, and . _ -", name));
}

Result<Accounts> remove(const std::filesystem::path& file, const std::string& name,
                        std::vector<Account> Accounts::*kind, const char* what) {
  const auto lock = lock_for_change(file);
  if (!lock) return lock.error();
  auto accounts = read_accounts(file);
  if (!accounts) return accounts.error();
  auto& list = (*accounts).*kind;
  if (find(list, name) == nullptr) {
    return make_error(Errc::not_found, fmt::format("there is no {} {}", what, name));
  }
  std::erase_if(list, [&](const Account& account) { return account.name == name; });
  if (auto written = write_accounts(file, *accounts); !written) return written.error();
  return accounts;
}

}  // namespace

Result<> check_account(const std::filesystem::path& file, const std::string& name) {
  if (auto checked = check_name(name); !checked) return checked;
  if (const auto accounts = read_accounts(file); !accounts) return accounts.error();
  return {};
}

Result<> set_password(const std::filesystem::path& file, const std::string& name, http::Role role,
                      const std::string& password) {
  if (auto checked = check_name(name); !checked) return checked;
  std::string hash = hash_password(password);  // before the lock: it takes its time
  const auto lock = lock_for_change(file);
  if (!lock) return lock.error();
  auto accounts = read_accounts(file);
  if (!accounts) return accounts.error();
  put(accounts->people, {name, role, std::move(hash)});
  return write_accounts(file, *accounts);
}

Result<std::string> make_token(const std::filesystem::path& file, const std::string& name,
                               http::Role role) {
  if (auto checked = check_name(name); !checked) return checked.error();
  const auto lock = lock_for_change(file);
  if (!lock) return lock.error();
  auto accounts = read_accounts(file);
  if (!accounts) return accounts.error();
  std::string token = random_token();
  put(accounts->tokens, {name, role, token_digest(token)});
  if (auto written = write_accounts(file, *accounts); !written) return written.error();
  return token;
}

Result<Accounts> remove_account(const std::filesystem::path& file, const std::string& name) {
  return remove(file, name, &Accounts::people, "account");
}

Result<Accounts> remove_token(const std::filesystem::path& file, const std::string& name) {
  return remove(file, name, &Accounts::tokens, "token");
}

}  // namespace minidvr::access
