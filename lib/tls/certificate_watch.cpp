#include "tls/certificate_watch.hpp"

#include <utility>

namespace minidvr::tls {
namespace {

CertificateTrouble trouble_of_times(const Certificate& certificate, WallTime now) {
  if (now < certificate.valid_from()) return CertificateTrouble::not_valid_yet;
  if (now >= certificate.valid_until()) return CertificateTrouble::expired;
  const bool is_soon = now >= certificate.valid_until() - kRenewalTime;
  return is_soon ? CertificateTrouble::expires_soon : CertificateTrouble::none;
}

}  // namespace

std::string_view name_of(CertificateTrouble trouble) {
  switch (trouble) {
    case CertificateTrouble::none:
      return "";
    case CertificateTrouble::not_valid_yet:
      return "not_valid_yet";
    case CertificateTrouble::expires_soon:
      return "expires_soon";
    case CertificateTrouble::expired:
      return "expired";
    case CertificateTrouble::not_renewed:
      return "not_renewed";
  }
  return "";
}

void CertificateWatch::serves(Certificate certificate) {
  certificate_ = std::move(certificate);
  why_not_renewed_.clear();
  told_.reset();
}

void CertificateWatch::keeps_because(std::string why) {
  why_not_renewed_ = std::move(why);
  told_.reset();
}

std::optional<CertificateState> CertificateWatch::state(WallTime now) const {
  if (!certificate_) return std::nullopt;
  CertificateState state;
  state.expires = certificate_->valid_until();
  state.trouble = trouble_of_times(*certificate_, now);
  state.problem = trouble_with_times(*certificate_, now);
  if (why_not_renewed_.empty()) return state;
  if (!state.problem.empty()) state.problem += "; ";
  state.problem += "the one that was read before stays: " + why_not_renewed_;
  // That one has expired is worse than that no other could be read.
  const bool is_minor = state.trouble == CertificateTrouble::none ||
                        state.trouble == CertificateTrouble::expires_soon;
  if (is_minor) state.trouble = CertificateTrouble::not_renewed;
  return state;
}

std::string CertificateWatch::reminder(WallTime wall, SteadyTime now) {
  if (told_ && now - *told_ < kBetweenReminders) return {};
  auto found = state(wall);
  if (!found || found->problem.empty()) return {};
  told_ = now;
  return std::move(found->problem);
}

}  // namespace minidvr::tls
