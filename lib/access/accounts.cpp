#include "access/accounts.hpp"

#include "core/json_text.hpp"

#include <algorithm>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/system/error_code.hpp>
#include <fmt/format.h>

namespace minidvr::access {
namespace json = boost::json;
namespace {

constexpr std::size_t kLongestName = 32;

json::array written(const std::vector<Account>& accounts) {
  json::array all;
  for (const auto& account : accounts) {
    all.push_back({{"name", account.name},
                   {"role", std::string(http::name_of(account.role))},
                   {"secret", account.secret}});
  }
  return all;
}

const std::string* text_of(const json::object& object, std::string_view key, std::string& text) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_string()) return nullptr;
  text = std::string(value->get_string());
  return &text;
}

Result<Account> read_account(const json::value& value) {
  Account account;
  std::string role;
  const json::object* object = value.if_object();
  if (object == nullptr || text_of(*object, "name", account.name) == nullptr ||
      !is_account_name(account.name)) {
    return make_error(Errc::malformed, "an account has no name that is allowed");
  }
  const auto known = text_of(*object, "role", role) ? http::role_named(role) : std::nullopt;
  if (!known) {
    return make_error(Errc::malformed,
                      fmt::format("{} has no role; allowed are view and control", account.name));
  }
  account.role = *known;
  if (text_of(*object, "secret", account.secret) == nullptr || account.secret.empty()) {
    return make_error(Errc::malformed, fmt::format("{} has no secret", account.name));
  }
  return account;
}

Result<> read_all(const json::object& object, std::string_view key,
                  std::vector<Account>& accounts) {
  const json::value* list = object.if_contains(key);
  if (list == nullptr || !list->is_array()) {
    return make_error(Errc::malformed, fmt::format("there is no list \"{}\"", key));
  }
  for (const auto& value : list->get_array()) {
    auto account = read_account(value);
    if (!account) return account.error();
    put(accounts, std::move(*account));
  }
  return {};
}

}  // namespace

const Account* find(const std::vector<Account>& accounts, std::string_view name) {
  const auto found = std::find_if(accounts.begin(), accounts.end(),
                                  [&](const Account& account) { return account.name == name; });
  return found == accounts.end() ? nullptr : &*found;
}

void put(std::vector<Account>& accounts, Account account) {
  std::erase_if(accounts, [&](const Account& other) { return other.name == account.name; });
  accounts.push_back(std::move(account));
}

bool is_account_name(std::string_view name) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  return !name.empty() && name.size() <= kLongestName &&
         name.find_first_not_of(kAllowed) == std::string_view::npos;
}

std::string accounts_text(const Accounts& accounts) {
  const json::object object = {{"people", written(accounts.people)},
                               {"tokens", written(accounts.tokens)}};
  return json_text(object) + "\n";
}

Result<Accounts> parse_accounts(std::string_view text) {
  boost::system::error_code ec;
  const json::value value = json::parse(text, ec);
  if (ec || !value.is_object()) return make_error(Errc::malformed, "it is no JSON object");
  Accounts accounts;
  if (auto read = read_all(value.get_object(), "people", accounts.people); !read) {
    return read.error();
  }
  if (auto read = read_all(value.get_object(), "tokens", accounts.tokens); !read) {
    return read.error();
  }
  return accounts;
}

}  // namespace minidvr::access
