#include "doctor/certificate_check.hpp"

#include "tls/self_signed.hpp"
#include "tls/server_pair.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sys/stat.h>

namespace minidvr::doctor {
namespace {

constexpr const char* kSubject = "certificate";
constexpr const char* kNoPage = "there is no page and no API: ";
constexpr const char* kRenew =
    "put another one in its place (mini-dvr tls --self-signed --force makes one), then: systemctl "
    "reload mini-dvr";

// Names by which the page is to be opened, and that it is not for.
std::vector<std::string> names_it_lacks(const CertificateFacts& facts) {
  const auto is_for = [&](const std::string& name) { return facts.certificate->is_for(name); };
  const auto& own = facts.own_names;
  auto lacking = facts.allowed_hosts;
  std::erase_if(lacking, is_for);
  // A public name may be all that is wanted of it.
  if (facts.allowed_hosts.empty() && std::none_of(own.begin(), own.end(), is_for)) return own;
  return lacking;
}

Finding judge_reading(const CertificateFacts& facts) {
  if (!facts.not_allowed.empty()) {
    return {Grade::problem, kSubject,
            fmt::format("{}the user {} may not read the file of {}", kNoPage, facts.user,
                        facts.not_allowed),
            fmt::format("let {} read it: chown, or a copy of its own in a folder that it may enter",
                        facts.user)};
  }
  return {Grade::problem, kSubject, kNoPage + facts.problem,
          "correct that, or have a pair made: mini-dvr tls --self-signed; a mini-dvr that runs "
          "takes it by itself, or after: systemctl reload mini-dvr"};
}

}  // namespace

CertificateFacts certificate_facts(const Settings& settings, const User& user) {
  CertificateFacts facts;
  facts.user = user.name;
  facts.own_names = tls::own_names();
  facts.allowed_hosts = settings.allowed_hosts;
  facts.now = std::chrono::system_clock::now();
  if (is_kept_from(user, settings.tls_key)) facts.not_allowed = "tls_key";
  if (is_kept_from(user, settings.tls_certificate)) facts.not_allowed = "tls_certificate";
  struct stat key {};
  facts.key_is_open =
      ::stat(settings.tls_key.c_str(), &key) == 0 && (key.st_mode & (S_IROTH | S_IWOTH)) != 0;
  auto pair = tls::read_server_pair({settings.tls_certificate, settings.tls_key});
  if (pair) {
    facts.certificate = std::move(pair->certificate);
  } else {
    facts.problem = pair.error().detail;
  }
  return facts;
}

Finding judge_certificate(const CertificateFacts& facts) {
  if (!facts.not_allowed.empty() || !facts.problem.empty()) return judge_reading(facts);
  const auto& certificate = *facts.certificate;
  if (const auto trouble = tls::trouble_with_times(certificate, facts.now); !trouble.empty()) {
    const bool is_early = facts.now < certificate.valid_from();
    const bool is_late = facts.now >= certificate.valid_until();
    return {is_early || is_late ? Grade::problem : Grade::warning, kSubject,
            trouble + (is_early || is_late ? ": browsers refuse it, or warn" : ""),
            is_early ? "see what is said of the clock" : kRenew};
  }
  if (facts.key_is_open) {
    return {Grade::warning, kSubject, "everybody on this machine may read the file of tls_key",
            "chmod 0600 it; where somebody may have read it, have another pair made"};
  }
  if (const auto lacking = names_it_lacks(facts); !lacking.empty()) {
    return {Grade::warning, kSubject,
            fmt::format("it is for {}, and not for {}: browsers warn",
                        fmt::join(certificate.names(), ", "), fmt::join(lacking, ", ")),
            "open the page by a name that it is for, or have one made that is for this machine: "
            "mini-dvr tls --self-signed --force"};
  }
  return {Grade::ok,
          kSubject,
          fmt::format("for {}, valid until {}, SHA-256 {}", fmt::join(certificate.names(), ", "),
                      tls::day_of(certificate.valid_until()), certificate.fingerprint()),
          {}};
}

}  // namespace minidvr::doctor
