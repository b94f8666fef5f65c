#include "tls/server_pair.hpp"

#include "tls/openssl.hpp"
#include "tls/pem_file.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <boost/asio/buffer.hpp>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

namespace minidvr::tls {
namespace {

// What OpenSSL's own level 2 allows: 112 bits, which RSA has from 2048 on.
constexpr int kSecurityLevel = 2;

// As it goes over the wire: the length, and the name.
constexpr std::array<unsigned char, 9> kHttp11 = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

// A client that says what it wants to speak, and not HTTP/1.1, wants somebody else.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned offered_size, void*) {
  unsigned char* match = nullptr;
  if (SSL_select_next_proto(&match, size, kHttp11.data(), kHttp11.size(), offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *chosen = match;
  return SSL_TLSEXT_ERR_OK;
}

// Nobody is there to be asked for a passphrase.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

Result<KeyPtr> parse_key(const std::string& pem) {
  const BioPtr text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  KeyPtr key(PEM_read_bio_PrivateKey(text.get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  if (key) return key;
  const bool is_encrypted = pem.find("ENCRYPTED") != std::string::npos;
  return unusable("tls_key", is_encrypted ? "a passphrase protects the key, which nobody can be "
                                            "asked for; keep it without one, in a file that only "
                                            "its owner may read"
                                          : "it holds no private key in the form PEM");
}

void set_up(net::ssl::context& context) {
  SSL_CTX* raw = context.native_handle();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_security_level(raw, kSecurityLevel);
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // Clients keep their own (tickets); here they would only take memory.
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(raw, choose_protocol, nullptr);
}

std::string last_reason() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return reason != nullptr ? reason : "OpenSSL refuses it";
}

}  // namespace

Result<ServerPair> read_server_pair(const PairFiles& files) {
  const auto chain = read_pem_file("tls_certificate", files.certificate);
  if (!chain) return chain.error();
  const auto key_text = read_pem_file("tls_key", files.key);
  if (!key_text) return key_text.error();
  auto certificate = Certificate::parse(*chain);
  if (!certificate) return unusable("tls_certificate", certificate.error().detail);
  const auto key = parse_key(*key_text);
  if (!key) return key.error();
  if (X509_check_private_key(certificate->get(), key->get()) != 1) {
    ERR_clear_error();
    return unusable("tls_key", "it is not the key of the certificate in tls_certificate");
  }

  auto context = std::make_shared<net::ssl::context>(net::ssl::context::tls_server);
  set_up(*context);
  error_code ec;
  context->use_certificate_chain(net::buffer(*chain), ec);
  if (ec) return unusable("tls_certificate", ec.message());
  if (SSL_CTX_use_PrivateKey(context->native_handle(), key->get()) != 1) {
    return unusable("tls_key", last_reason());
  }
  return ServerPair{std::move(*certificate), std::move(context)};
}

}  // namespace minidvr::tls
