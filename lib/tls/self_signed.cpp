#include "tls/self_signed.hpp"

#include "core/host_name.hpp"
#include "tls/openssl.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

namespace minidvr::tls {
namespace ip = boost::asio::ip;
namespace {

constexpr int kSerialBytes = 16;

bool is_address(const std::string& name) {
  boost::system::error_code ec;
  ip::make_address(name, ec);
  return !ec;
}

std::string pem_of(const BioPtr& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

bool add_extension(X509* x509, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, x509, x509, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  const bool added = extension != nullptr && X509_add_ext(x509, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

std::string alternative_names(const std::vector<std::string>& names) {
  std::vector<std::string> list;
  for (const auto& name : names)
    list.push_back(fmt::format("{}:{}", is_address(name) ? "IP" : "DNS", name));
  return fmt::format("{}", fmt::join(list, ","));
}

std::string own_names_alone(const std::vector<std::string>& names) {
  std::string text = "critical";
  for (const auto& name : names) {
    boost::system::error_code ec;
    const auto address = ip::make_address(name, ec);
    const char* mask =
        address.is_v4() ? "255.255.255.255" : "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
    text += ec ? fmt::format(",permitted;DNS:{}", name)
               : fmt::format(",permitted;IP:{}/{}", name, mask);
  }
  return text;
}

// Random: browsers that have seen another certificate of the same name and number refuse this one.
bool set_serial(X509* x509) {
  std::array<unsigned char, kSerialBytes> bytes{};
  if (RAND_bytes(bytes.data(), kSerialBytes) != 1) return false;
  bytes[0] &= 0x7f;  // a positive number
  using Number = std::unique_ptr<BIGNUM, Deleter<BN_free>>;
  const Number number(BN_bin2bn(bytes.data(), kSerialBytes, nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(x509)) != nullptr;
}

bool set_times(X509* x509, std::chrono::days life, WallTime now) {
  const std::time_t at = std::chrono::system_clock::to_time_t(now);
  constexpr std::time_t kNow = 0;
  std::time_t base = at;
  return X509_time_adj_ex(X509_getm_notBefore(x509), -1, kNow, &base) != nullptr &&
         X509_time_adj_ex(X509_getm_notAfter(x509), static_cast<int>(life.count()), kNow, &base) !=
             nullptr;
}

// What people see in a list: the first name that there is room for.
bool set_name(X509* x509, const std::vector<std::string>& names) {
  constexpr std::size_t kLongestCommonName = 64;  // RFC 5280, ub-common-name
  const auto fits = [](const std::string& name) { return name.size() <= kLongestCommonName; };
  const auto found = std::find_if(names.begin(), names.end(), fits);
  if (found == names.end()) return false;
  const std::string& name = *found;
  X509_NAME* subject = X509_get_subject_name(x509);
  const auto* text = reinterpret_cast<const unsigned char*>(name.data());
  return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, text,
                                    static_cast<int>(name.size()), -1, 0) == 1 &&
         X509_set_issuer_name(x509, subject) == 1;
}

// Only a CA that may sign is taken into the list of those whom a phone or Chromium trusts. So that
// whoever steals the key can not pass for anybody else, it may sign for its own names alone.
bool add_extensions(X509* x509, const std::vector<std::string>& names) {
  return add_extension(x509, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
         add_extension(x509, NID_key_usage, "critical,digitalSignature,keyCertSign") &&
         add_extension(x509, NID_name_constraints, own_names_alone(names)) &&
         add_extension(x509, NID_ext_key_usage, "serverAuth") &&
         add_extension(x509, NID_subject_key_identifier, "hash") &&
         add_extension(x509, NID_subject_alt_name, alternative_names(names));
}

bool fill(X509* x509, EVP_PKEY* key, const std::vector<std::string>& names, std::chrono::days life,
          WallTime now) {
  return X509_set_version(x509, X509_VERSION_3) == 1 && set_serial(x509) &&
         set_times(x509, life, now) && set_name(x509, names) && X509_set_pubkey(x509, key) == 1 &&
         add_extensions(x509, names) && X509_sign(x509, key, EVP_sha256()) > 0;
}

ip::address address_of(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof v4);
    return ip::address_v4(ntohl(v4.sin_addr.s_addr));
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, address, sizeof v6);
  ip::address_v6::bytes_type bytes{};
  std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
  return ip::address_v6(bytes);
}

std::vector<std::string> own_addresses() {
  std::vector<std::string> texts;
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return texts;
  for (const ifaddrs* one = list; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr) continue;
    const auto family = one->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    const auto address = address_of(one->ifa_addr);
    if (address.is_v6() && address.to_v6().is_link_local()) continue;
    texts.push_back(address.to_string());
  }
  ::freeifaddrs(list);
  return texts;
}

}  // namespace

Result<SelfSigned> make_self_signed(const std::vector<std::string>& names, std::chrono::days life,
                                    WallTime now) {
  const KeyPtr key(EVP_EC_gen("P-256"));
  const X509Ptr x509(X509_new());
  const BioPtr key_text(BIO_new(BIO_s_mem()));
  const BioPtr certificate_text(BIO_new(BIO_s_mem()));
  const bool made = key && x509 && key_text && certificate_text &&
                    fill(x509.get(), key.get(), names, life, now) &&
                    PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0,
                                             nullptr, nullptr) == 1 &&
                    PEM_write_bio_X509(certificate_text.get(), x509.get()) == 1;
  if (!made) {
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return make_error(Errc::refused,
                      fmt::format("no certificate can be made for {}: {}", fmt::join(names, ", "),
                                  reason != nullptr ? reason : "OpenSSL refuses"));
  }
  return SelfSigned{pem_of(key_text), pem_of(certificate_text)};
}

std::vector<std::string> own_names() {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(name);
  };
  const std::string host = own_host_name();
  add(host);
  if (!host.empty() && host.find('.') == std::string::npos) add(host + ".local");
  add("localhost");
  for (const auto& address : own_addresses())
    add(address);
  return names;
}

}  // namespace minidvr::tls
