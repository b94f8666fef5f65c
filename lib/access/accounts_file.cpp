#include "access/accounts_file.hpp"

#include "core/file.hpp"
#include "core/user.hpp"

#include <string>
#include <utility>

#include <fmt/format.h>

#include <sys/stat.h>

namespace minidvr::access {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;  // an account takes some 200 bytes

}  // namespace

Result<std::optional<Accounts>> find_accounts(const std::filesystem::path& file) {
  const auto text = read_file(file, kMostBytes);
  if (!text) {
    if (text.error().code == Errc::not_found) return std::optional<Accounts>();
    return make_error(Errc::unavailable, text.error().detail);
  }
  auto accounts = parse_accounts(*text);
  if (!accounts) {
    return make_error(Errc::malformed,
                      fmt::format("{}: {}; put it away before accounts are made anew",
                                  file.string(), accounts.error().detail));
  }
  return std::optional(std::move(*accounts));
}

Result<Accounts> read_accounts(const std::filesystem::path& file) {
  auto found = find_accounts(file);
  if (!found) return found.error();
  return found->value_or(Accounts{});
}

Result<> write_accounts(const std::filesystem::path& file, const Accounts& accounts) {
  return write_file_atomically(
      file, accounts_text(accounts),
      {.mode = S_IRUSR | S_IWUSR, .keep_owner = true, .instead_of_root = reader_instead_of_root()});
}

Result<> write_secret(const std::filesystem::path& file, std::string_view text) {
  return write_file_atomically(file, text, {.mode = S_IRUSR | S_IWUSR, .keep_owner = true});
}

}  // namespace minidvr::access
