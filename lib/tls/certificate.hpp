// A certificate: what it says of itself.
#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/types.h>

namespace minidvr::tls {

class Certificate {
 public:
  // The first one in `pem`. malformed when there is none.
  static Result<Certificate> parse(std::string_view pem);

  WallTime valid_from() const { return valid_from_; }
  WallTime valid_until() const { return valid_until_; }

  // The names and addresses that it is for, as they are written in it.
  const std::vector<std::string>& names() const { return names_; }

  // Whether a browser that was given `host`, a name or an address, takes it to be for that.
  bool is_for(const std::string& host) const;

  // SHA-256, as browsers show it: "5E:1B:...".
  const std::string& fingerprint() const { return fingerprint_; }

  X509* get() const { return x509_.get(); }

 private:
  explicit Certificate(std::shared_ptr<X509> x509);

  std::shared_ptr<X509> x509_;
  WallTime valid_from_;
  WallTime valid_until_;
  std::vector<std::string> names_;
  std::string fingerprint_;
};

// Browsers warn of one that has expired, and nobody can look without passing over that: so long
// before it is told.
inline constexpr std::chrono::days kRenewalTime{14};

// What is wrong with its times, or soon will be: "it has expired on 2026-11-30". Empty when nothing
// is.
std::string trouble_with_times(const Certificate& certificate, WallTime now);

// The day of `time` where this machine is: 2026-11-30.
std::string day_of(WallTime time);

// Of the file that the setting tls_certificate names. The error names the setting and not the path.
// Blocks.
Result<Certificate> read_certificate(const std::filesystem::path& file);

}  // namespace minidvr::tls
