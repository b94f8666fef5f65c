// Whether the page can be served by https, and for how long.
#pragma once

#include "core/clock.hpp"
#include "core/settings.hpp"
#include "core/user.hpp"
#include "doctor/finding.hpp"
#include "tls/certificate.hpp"

#include <optional>
#include <string>
#include <vector>

namespace minidvr::doctor {

struct CertificateFacts {
  std::string problem;       // why the pair is of no use; empty: it is
  std::string user;          // who is to read it
  std::string not_allowed;   // the setting whose file that one may not read; empty: neither
  bool key_is_open = false;  // everybody on this machine may read the key
  std::optional<tls::Certificate> certificate;
  std::vector<std::string> own_names;      // of this machine, its addresses among them
  std::vector<std::string> allowed_hosts;  // the setting
  WallTime now;
};

// Reads the files that the settings name, which are given. Blocks.
CertificateFacts certificate_facts(const Settings& settings, const User& user);

Finding judge_certificate(const CertificateFacts& facts);

}  // namespace minidvr::doctor
