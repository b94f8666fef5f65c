// Who may in: accounts of people, and tokens of scripts.
#pragma once

#include "core/error.hpp"
#include "http/role.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace minidvr::access {

struct Account {
  std::string name;
  http::Role role = http::Role::view;
  std::string secret;  // of a person: as hash_password() made it; of a token: token_digest()
  bool operator==(const Account&) const = default;
};

struct Accounts {
  std::vector<Account> people;
  std::vector<Account> tokens;

  bool empty() const { return people.empty() && tokens.empty(); }
  bool operator==(const Accounts&) const = default;
};

// nullptr when there is none of that name.
const Account* find(const std::vector<Account>& accounts, std::string_view name);

// Puts it in, in place of one of the same name.
void put(std::vector<Account>& accounts, Account account);

// Whether a name can be one: 1 to 32 letters, digits, and ._- of ASCII.
bool is_account_name(std::string_view name);

// The text of the file that keeps them, and back. malformed says what is wrong.
std::string accounts_text(const Accounts& accounts);
Result<Accounts> parse_accounts(std::string_view text);

}  // namespace minidvr::access
