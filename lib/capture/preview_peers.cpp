#include "capture/preview_peers.hpp"

#include "core/log.hpp"
#include "process/open_files.hpp"
#include "process/peer_filter.hpp"

#include <utility>

namespace minidvr::capture {
namespace fs = std::filesystem;
namespace ip = boost::asio::ip;
namespace {

std::vector<Network> with_this_machine(std::vector<Network> networks) {
  networks.insert(networks.end(), this_machine().begin(), this_machine().end());
  return networks;
}

}  // namespace

PreviewPeers::PreviewPeers(const ip::address& address, std::uint16_t port,
                           std::optional<std::vector<Network>> networks, fs::path proc)
    : port_(port), proc_(std::move(proc)) {
  if (networks && !address.is_loopback())
    filter_ = process::peer_filter(with_this_machine(std::move(*networks)));
}

// It may be a child of the child that listens: ustreamer_bin can be a script.
Result<std::size_t> PreviewPeers::filter_all_of(pid_t child) const {
  auto filtered = process::filter_peers(proc_, child, port_, filter_);
  if (!filtered || *filtered != 0) return filtered;
  auto sockets =
      process::listening(process::tcp_sockets(proc_).value_or(std::vector<process::TcpSocket>()));
  std::erase_if(sockets, [&](const auto& socket) { return socket.local.port() != port_; });
  if (sockets.empty()) return filtered;
  for (const auto& holder : process::OpenFiles(proc_).holders_of(sockets)) {
    if (!process::descends_from(proc_, holder.pid, child)) continue;
    filtered = process::filter_peers(proc_, holder.pid, port_, filter_);
  }
  return filtered;
}

bool PreviewPeers::look(std::optional<pid_t> child) {
  if (!filters() || (child && child == done_)) return true;
  done_.reset();
  if (!child) return false;
  const auto filtered = filter_all_of(*child);
  if (filtered && *filtered == 0) return false;  // not yet
  done_ = child;
  if (filtered) {
    log::debug("camera", "port {} answers those of allow_networks only", port_);
  } else if (!std::exchange(has_warned_, true)) {
    log::warning(
        "camera",
        "allow_networks does not hold on port {} (preview_port), where ustreamer answers "
        "whoever reaches it ({}); a password (mini-dvr passwd) or preview_host = 127.0.0.1 "
        "closes it",
        port_, filtered.error().detail);
  }
  return true;
}

}  // namespace minidvr::capture
