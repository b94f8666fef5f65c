// Who may watch at ustreamer's own port, which has no such setting itself.
#pragma once

#include "core/error.hpp"
#include "core/networks.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include <linux/filter.h>
#include <sys/types.h>

namespace minidvr::capture {

// Has the kernel drop what others than those of allow_networks send to that port, see
// process/peer_filter.hpp. Where that can not be, a warning says so once, and how to close the
// port.
class PreviewPeers {
 public:
  // `address`, `port`: preview_host and preview_port. `networks`: who may watch beside this
  // machine; nullopt: anybody.
  PreviewPeers(const boost::asio::ip::address& address, std::uint16_t port,
               std::optional<std::vector<Network>> networks, std::filesystem::path proc = "/proc");

  // Whether there is anything to do.
  bool filters() const { return !filter_.empty(); }
  // To be called often: once `child`, our ustreamer, listens, others are kept out, and those who
  // got in before are heard no more. Reads /proc until then. nullopt: it does not run. Returns
  // whether this child needs no further look.
  bool look(std::optional<pid_t> child);

 private:
  Result<std::size_t> filter_all_of(pid_t child) const;

  std::uint16_t port_;
  std::filesystem::path proc_;
  std::vector<sock_filter> filter_;
  std::optional<pid_t> done_;  // the ustreamer that needs no look any more
  bool has_warned_ = false;
};

}  // namespace minidvr::capture
