// A certificate that nobody but itself vouches for: what a machine in a private network can have
// without asking anybody. A browser warns of it once; people compare the fingerprint.
#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace minidvr::tls {

struct SelfSigned {
  std::string key;          // PEM, EC P-256
  std::string certificate;  // PEM
};

// For `names`, host names as normal_host_name() gives them and addresses, at least one; from a day
// before `now` on, because clocks differ, to `life` after it. refused when OpenSSL can not make it,
// or no name is short enough to stand in lists (64 bytes).
Result<SelfSigned> make_self_signed(const std::vector<std::string>& names, std::chrono::days life,
                                    WallTime now);

// What this machine is called by those who open its page: its host name, that in .local, localhost,
// and its addresses, but for those of one link (fe80::), which stand in no address bar.
std::vector<std::string> own_names();

}  // namespace minidvr::tls
