#include "access/password.hpp"

#include "core/base64.hpp"

#include <array>
#include <new>
#include <stdexcept>

#include <sodium.h>

namespace minidvr::access {
namespace {

constexpr unsigned long long kPasses = 2;
constexpr std::size_t kMemory = std::size_t{19} * 1024 * 1024;  // bytes
constexpr std::size_t kTokenBytes = 32;

void begin() {
  static const bool ready = sodium_init() >= 0;
  if (!ready) throw std::runtime_error("libsodium does not start");
}

template <std::size_t kSize>
std::string as_text(const std::array<unsigned char, kSize>& bytes) {
  return to_base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

std::string hash_password(const std::string& password) {
  begin();
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (crypto_pwhash_str_alg(hash.data(), password.data(), password.size(), kPasses, kMemory,
                            crypto_pwhash_ALG_ARGON2ID13) != 0) {
    throw std::bad_alloc();
  }
  return hash.data();
}

bool is_password(const std::string& hash, const std::string& password) {
  begin();
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

std::string random_token() {
  begin();
  std::array<unsigned char, kTokenBytes> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  return as_text(bytes);
}

std::string token_digest(std::string_view token) {
  begin();
  std::array<unsigned char, crypto_generichash_BYTES> digest{};
  crypto_generichash(digest.data(), digest.size(),
                     reinterpret_cast<const unsigned char*>(token.data()), token.size(), nullptr,
                     0);
  return as_text(digest);
}

bool is_same_secret(std::string_view one, std::string_view other) {
  return one.size() == other.size() && sodium_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace minidvr::access
