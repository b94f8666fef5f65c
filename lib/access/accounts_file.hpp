// The file that keeps accounts. Only its owner may read it.
#pragma once

#include "access/accounts.hpp"
#include "core/error.hpp"

#include <filesystem>
#include <optional>
#include <string_view>

namespace minidvr::access {

// nullopt when there is no file. Any other reason not to know them is an error: whoever can not
// tell who may in must let nobody in. malformed or unavailable, naming the file. Blocks.
Result<std::optional<Accounts>> find_accounts(const std::filesystem::path& file);

// The same for who changes them: without a file there are none yet.
Result<Accounts> read_accounts(const std::filesystem::path& file);

// Replaces it whole, readable by its owner alone: who owned it before, else who owns the folder,
// because it is root who sets a password and not root who serves. What would be root's is the
// service's. Blocks.
Result<> write_accounts(const std::filesystem::path& file, const Accounts& accounts);

// Replaces `file` with `text` in the same way, but that root's stays root's: it is for who runs
// this. Blocks.
Result<> write_secret(const std::filesystem::path& file, std::string_view text);

}  // namespace minidvr::access
