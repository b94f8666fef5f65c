// Certificates for servers of tests: made by the program, as its users have them made.
#pragma once

#include "integration/support/service.hpp"
#include "support/temporary_folder.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace minidvr::test {

class PairOnDisk {
 public:
  // For this machine.
  PairOnDisk() { make(); }

  // Another one in its place.
  void make(const std::vector<std::string>& more = {}) const;

  std::filesystem::path certificate() const { return folder_.path() / "certificate.pem"; }
  std::filesystem::path key() const { return folder_.path() / "fnord17-key.pem"; }
  // As the program takes them.
  std::vector<std::string> settings() const {
    return {"--tls-certificate", certificate().string(), "--tls-key", key().string()};
  }
  const TemporaryFolder& folder() const { return folder_; }

 private:
  TemporaryFolder folder_;
};

// A service that serves https by it, as systemd starts it: without a terminal.
Service::Options https_service(const PairOnDisk& pair, std::vector<std::string> more = {});

}  // namespace minidvr::test
