// What a server proves by who it is: a certificate, with those that vouch for it, and its key.
#pragma once

#include "core/asio.hpp"
#include "core/error.hpp"
#include "tls/certificate.hpp"

#include <filesystem>
#include <memory>

#include <boost/asio/ssl/context.hpp>

namespace minidvr::tls {

// As the settings tls_certificate and tls_key name them. Both or none.
struct PairFiles {
  std::filesystem::path certificate;
  std::filesystem::path key;
  bool given() const { return !certificate.empty(); }
};

struct ServerPair {
  Certificate certificate;
  // TLS 1.2 and 1.3, HTTP/1.1. Connections keep what they need of it.
  std::shared_ptr<net::ssl::context> context;
};

// unavailable when a file can not be read, malformed when it is not what it should be or the key is
// of another certificate; one line that names the setting, and nothing of what the file holds. One
// that has expired is none of these: a browser says so, and lets people go on. Blocks.
Result<ServerPair> read_server_pair(const PairFiles& files);

}  // namespace minidvr::tls
