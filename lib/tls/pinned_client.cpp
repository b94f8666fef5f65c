#include "tls/pinned_client.hpp"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace minidvr::tls {
namespace {

// In the place of OpenSSL's own look at the chain. That the other side has the key is what the
// handshake proves.
int is_pinned(X509_STORE_CTX* chain, void* pinned) {
  const X509* shown = X509_STORE_CTX_get0_cert(chain);
  const auto* certificate = static_cast<const X509*>(pinned);
  const bool same = shown != nullptr && X509_cmp(shown, certificate) == 0;
  X509_STORE_CTX_set_error(chain, same ? X509_V_OK : X509_V_ERR_APPLICATION_VERIFICATION);
  return same ? 1 : 0;
}

}  // namespace

std::shared_ptr<net::ssl::context> pinned_client(const Certificate& certificate) {
  struct Pinned {
    explicit Pinned(const Certificate& given)
        : certificate(given), context(net::ssl::context::tls_client) {}
    Certificate certificate;
    net::ssl::context context;
  };
  const auto pinned = std::make_shared<Pinned>(certificate);
  SSL_CTX* raw = pinned->context.native_handle();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(raw, is_pinned, pinned->certificate.get());
  return {pinned, &pinned->context};
}

}  // namespace minidvr::tls
