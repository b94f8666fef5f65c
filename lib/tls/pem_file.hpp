// The files that tls_certificate and tls_key name. What is said of them is logged, and names the
// setting instead of the path.
#pragma once

#include "core/error.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace minidvr::tls {

// Its text. unavailable when it can not be read. Blocks.
Result<std::string> read_pem_file(std::string_view setting, const std::filesystem::path& file);

// malformed: what is wrong with that file.
Error unusable(std::string_view setting, std::string_view why);

}  // namespace minidvr::tls
