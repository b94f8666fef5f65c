// Bytes as text and back (RFC 4648), by libsodium.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace minidvr {

// With = at the end, as in the headers of HTTP (section 4).
std::string to_base64(std::string_view bytes);

// nullopt: it is none such.
std::optional<std::string> from_base64(std::string_view text);

// With letters that addresses and names of files take, and without = (section 5).
std::string to_base64url(std::string_view bytes);

}  // namespace minidvr
