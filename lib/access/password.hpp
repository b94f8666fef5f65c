// Passwords and tokens, by libsodium.
#pragma once

#include <string>
#include <string_view>

namespace minidvr::access {

// The shortest password that is taken; NIST SP 800-63B asks for no less where there is no other
// proof.
inline constexpr std::size_t kShortestPassword = 8;
// What a login may send: more is work for nothing.
inline constexpr std::size_t kLongestPassword = 256;

// argon2id with 19 MiB and two passes (OWASP's least): a tenth of a second, and no memory that a
// small board misses. Blocks. Throws std::bad_alloc when there is no memory for it.
std::string hash_password(const std::string& password);
bool is_password(const std::string& hash, const std::string& password);

// 256 random bits as text for a header or a cookie: 43 characters of base64url.
std::string random_token();

// What is kept of a token: nobody gets it back, and as it is random no slow hash is needed.
// BLAKE2b in base64url.
std::string token_digest(std::string_view token);

// Whether they are equal, in a time that does not tell where they differ.
bool is_same_secret(std::string_view one, std::string_view other);

}  // namespace minidvr::access
