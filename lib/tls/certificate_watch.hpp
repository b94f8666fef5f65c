// The certificate that is served: until when it is good, what is wrong with it, and when to say so.
#pragma once

#include "core/clock.hpp"
#include "tls/certificate.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace minidvr::tls {

enum class CertificateTrouble { none, not_valid_yet, expires_soon, expired, not_renewed };

// Clients are told the name, which never changes. `none` has none.
std::string_view name_of(CertificateTrouble trouble);

struct CertificateState {
  WallTime expires;
  CertificateTrouble trouble = CertificateTrouble::none;
  std::string problem;  // the same for people, with the reason; empty: none
};

class CertificateWatch {
 public:
  // What is wrong is said at once when something new is known, then so often.
  static constexpr std::chrono::hours kBetweenReminders{24};

  // It was read, and new connections get it.
  void serves(Certificate certificate);

  // It was to be read again and could not be; the one before stays.
  void keeps_because(std::string why);

  // nullopt: none is served yet.
  std::optional<CertificateState> state(WallTime now) const;

  // What is to be said now; empty: nothing.
  std::string reminder(WallTime wall, SteadyTime now);

 private:
  std::optional<Certificate> certificate_;
  std::string why_not_renewed_;
  std::optional<SteadyTime> told_;  // since something new was known
};

}  // namespace minidvr::tls
