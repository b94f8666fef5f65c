#include "tls/certificate.hpp"

#include "tls/openssl.hpp"
#include "tls/pem_file.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include <openssl/pem.h>

namespace minidvr::tls {
namespace {

// Those without an end are good until 9999; WallTime ends in 2262, and time_t may in 2038.
WallTime time_of(const ASN1_TIME* time) {
  constexpr std::chrono::days kFarthest{106'000};  // from 1970: 290 years
  std::tm utc{};
  if (ASN1_TIME_to_tm(time, &utc) != 1) return {};
  const std::chrono::year_month_day date =
      std::chrono::year(utc.tm_year + 1900) / (utc.tm_mon + 1) / utc.tm_mday;
  const auto days = std::chrono::sys_days(date).time_since_epoch();
  return WallTime(std::clamp(days, -kFarthest, kFarthest)) + std::chrono::hours(utc.tm_hour) +
         std::chrono::minutes(utc.tm_min) + seconds(utc.tm_sec);
}

std::string_view text_of(const ASN1_STRING* text) {
  const void* data = ASN1_STRING_get0_data(text);
  return {static_cast<const char*>(data), static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::string address_of(const ASN1_OCTET_STRING* bytes) {
  namespace ip = boost::asio::ip;
  const std::string_view text = text_of(bytes);
  const auto copy_to = [&](auto array) {
    std::copy(text.begin(), text.end(), array.begin());
    return array;
  };
  if (text.size() == ip::address_v4::bytes_type().size())
    return ip::address_v4(copy_to(ip::address_v4::bytes_type())).to_string();
  if (text.size() == ip::address_v6::bytes_type().size())
    return ip::address_v6(copy_to(ip::address_v6::bytes_type())).to_string();
  return "?";
}

std::vector<std::string> names_of(const X509* x509) {
  std::vector<std::string> names;
  const NamesPtr found(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(x509, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; found && i < sk_GENERAL_NAME_num(found.get()); ++i) {
    int type = 0;
    const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(found.get(), i), &type);
    if (type == GEN_DNS) names.emplace_back(text_of(static_cast<const ASN1_STRING*>(value)));
    if (type == GEN_IPADD)
      names.push_back(address_of(static_cast<const ASN1_OCTET_STRING*>(value)));
  }
  return names;
}

std::string fingerprint_of(const X509* x509) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (X509_digest(x509, EVP_sha256(), digest.data(), &size) != 1) return {};
  std::string text;
  for (unsigned i = 0; i < size; ++i)
    text += fmt::format("{}{:02X}", i == 0 ? "" : ":", digest[i]);
  return text;
}

}  // namespace

Certificate::Certificate(std::shared_ptr<X509> x509)
    : x509_(std::move(x509)),
      valid_from_(time_of(X509_get0_notBefore(x509_.get()))),
      valid_until_(time_of(X509_get0_notAfter(x509_.get()))),
      names_(names_of(x509_.get())),
      fingerprint_(fingerprint_of(x509_.get())) {}

Result<Certificate> Certificate::parse(std::string_view pem) {
  const BioPtr text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  X509Ptr x509(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
  if (!x509) return make_error(Errc::malformed, "it holds no certificate in the form PEM");
  return Certificate(std::shared_ptr<X509>(std::move(x509)));
}

bool Certificate::is_for(const std::string& host) const {
  boost::system::error_code ec;
  boost::asio::ip::make_address(host, ec);
  if (!ec) return X509_check_ip_asc(x509_.get(), host.c_str(), 0) == 1;
  return X509_check_host(x509_.get(), host.data(), host.size(), 0, nullptr) == 1;
}

std::string day_of(WallTime time) {
  constexpr std::size_t kDay = 10;
  return iso8601(time).substr(0, kDay);
}

std::string trouble_with_times(const Certificate& certificate, WallTime now) {
  const auto from = certificate.valid_from();
  const auto until = certificate.valid_until();
  if (now < from) {
    return fmt::format("it is valid from {} on, and by this machine's clock it is {}", day_of(from),
                       day_of(now));
  }
  if (now >= until) return fmt::format("it expired on {}", day_of(until));
  if (now >= until - kRenewalTime) return fmt::format("it expires on {}", day_of(until));
  return {};
}

Result<Certificate> read_certificate(const std::filesystem::path& file) {
  const auto pem = read_pem_file("tls_certificate", file);
  if (!pem) return pem.error();
  auto certificate = Certificate::parse(*pem);
  if (!certificate) return unusable("tls_certificate", certificate.error().detail);
  return certificate;
}

}  // namespace minidvr::tls
