// When what is wrong with the certificate that is served is told, and as what.
#include "tls/certificate_watch.hpp"

#include "tls/self_signed.hpp"

#include <chrono>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace std::chrono_literals;
using tls::CertificateTrouble;

namespace {

const WallTime kMade = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
constexpr SteadyTime kStart{std::chrono::hours(1)};

tls::Certificate certificate_for(std::chrono::days life) {
  const auto made = tls::make_self_signed({"dvr.local"}, life, kMade).value();
  return tls::Certificate::parse(made.certificate).value();
}

}  // namespace

TEST_CASE("What is wrong with the certificate that is served is known by the time that it is") {
  tls::CertificateWatch watch;
  CHECK_FALSE(watch.state(kMade));
  CHECK(watch.reminder(kMade, kStart).empty());
  watch.serves(certificate_for(std::chrono::days(90)));
  const auto until = watch.state(kMade)->expires;
  const auto at = [&](WallTime now) { return *watch.state(now); };
  CHECK(at(kMade).trouble == CertificateTrouble::none);
  CHECK(at(kMade).problem.empty());
  CHECK(at(until - std::chrono::days(14) - 1s).trouble == CertificateTrouble::none);
  CHECK(at(until - std::chrono::days(14)).trouble == CertificateTrouble::expires_soon);
  CHECK(at(until - 1s).problem == "it expires on " + tls::day_of(until));
  CHECK(at(until).trouble == CertificateTrouble::expired);
  CHECK(at(until).problem == "it expired on " + tls::day_of(until));
  CHECK(at(kMade - std::chrono::days(30)).trouble == CertificateTrouble::not_valid_yet);
}

TEST_CASE("That another certificate could not be read is told until one can be") {
  tls::CertificateWatch watch;
  watch.serves(certificate_for(std::chrono::days(90)));
  const auto until = watch.state(kMade)->expires;
  watch.keeps_because("the file of tls_key is of no use");
  CHECK(watch.state(kMade)->trouble == CertificateTrouble::not_renewed);
  CHECK(watch.state(kMade)->problem ==
        "the one that was read before stays: the file of tls_key is of no use");
  CHECK(watch.state(until - 1h)->trouble == CertificateTrouble::not_renewed);
  CHECK(watch.state(until - 1h)->problem ==
        "it expires on " + tls::day_of(until) +
            "; the one that was read before stays: the file of tls_key is of no use");
  CHECK(watch.state(until)->trouble == CertificateTrouble::expired);
  watch.serves(certificate_for(std::chrono::days(90)));
  CHECK(watch.state(kMade)->problem.empty());
}

TEST_CASE("What is wrong with the certificate is said once a day, and at once when it is news") {
  tls::CertificateWatch watch;
  watch.serves(certificate_for(std::chrono::days(20)));
  const auto soon = watch.state(kMade)->expires - std::chrono::days(10);
  CHECK(watch.reminder(kMade, kStart).empty());
  CHECK(watch.reminder(soon, kStart + 1h) == watch.state(soon)->problem);
  CHECK(watch.reminder(soon, kStart + 2h).empty());
  CHECK(watch.reminder(soon, kStart + 25h - 1s).empty());
  CHECK_FALSE(watch.reminder(soon, kStart + 25h).empty());
  CHECK(watch.reminder(soon, kStart + 26h).empty());
  watch.keeps_because("it is not there");
  CHECK_FALSE(watch.reminder(soon, kStart + 26h).empty());
  CHECK(watch.reminder(soon, kStart + 27h).empty());
  watch.serves(certificate_for(std::chrono::days(90)));
  CHECK(watch.reminder(kMade, kStart + 60h).empty());
}

TEST_CASE("Each trouble of a certificate has a name of its own") {
  CHECK(name_of(CertificateTrouble::none).empty());
  CHECK(name_of(CertificateTrouble::not_valid_yet) == "not_valid_yet");
  CHECK(name_of(CertificateTrouble::expires_soon) == "expires_soon");
  CHECK(name_of(CertificateTrouble::expired) == "expired");
  CHECK(name_of(CertificateTrouble::not_renewed) == "not_renewed");
}
