#include "capture/preview_port.hpp"

#include "core/log.hpp"
#include "core/plain_address.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace minidvr::capture {
using process::Holder;
using process::TcpSocket;

PreviewPort::PreviewPort(Place place, Observer observer, std::filesystem::path proc)
    : place_(std::move(place)), observer_(std::move(observer)), proc_(std::move(proc)) {}

// Who connects to this machine has the same address on both sides, or both are of the loopback.
bool PreviewPort::is_here(const Connection& connection) const {
  const auto client = without_zone(connection.client.address());
  const auto server = without_zone(connection.server.address());
  return connection.server.port() == place_.port &&
         (client == server || (client.is_loopback() && server.is_loopback()));
}

bool PreviewPort::is_childs(const Holder& holder, std::optional<pid_t> child) const {
  return child && process::descends_from(proc_, holder.pid, *child);
}

// The usual cases, ours and that of a stranger who stays, cost a look at one process; only another
// one takes a look at all.
PreviewPort::Owner PreviewPort::owner_of(const TcpSocket& socket, std::optional<pid_t> child) {
  const std::string link = process::link_to(socket);
  const auto of_child = child ? process::has_open(proc_, *child, link) : std::optional(false);
  if (of_child == true) return Owner::child;
  const auto still_has_it = [&](const Holder& one) {
    return process::has_open(proc_, one.pid, link) == true;
  };
  if (std::any_of(strangers_.begin(), strangers_.end(), still_has_it)) return Owner::stranger;
  strangers_ = process::OpenFiles(proc_).holders_of(link);
  const auto ours = [&](const Holder& one) { return is_childs(one, child); };
  if (std::any_of(strangers_.begin(), strangers_.end(), ours)) {
    strangers_.clear();
    return Owner::child;
  }
  // It is another user's, or the child's: what that has open is not to be seen either.
  if (strangers_.empty() && !of_child) return Owner::unknown;
  return Owner::stranger;
}

PreviewPort::Owner PreviewPort::owner_of_listening(const std::vector<TcpSocket>& sockets,
                                                   std::optional<pid_t> child) {
  for (const auto& socket : sockets) {
    const bool is_in_the_way = socket.listens && socket.local.port() == place_.port &&
                               process::excludes(socket, place_.address);
    if (!is_in_the_way) continue;
    if (const auto owner = owner_of(socket, child); owner == Owner::stranger) return owner;
  }
  return Owner::nobody;
}

std::optional<Error> PreviewPort::stranger_at(const Connection& connection) {
  if (!is_here(connection)) return std::nullopt;
  const auto child = observer_.child();
  const auto sockets = process::tcp_sockets(proc_);
  if (!sockets) return verdict(child ? Owner::unknown : Owner::stranger);
  const auto* end = process::server_end(*sockets, connection.client, connection.server);
  if (end != nullptr && end->inode != 0) return verdict(owner_of(*end, child));
  // It has been closed, or nobody has accepted it.
  auto stranger = verdict(owner_of_listening(*sockets, child));
  if (stranger) return stranger;
  return make_error(Errc::unavailable, "the connection has no other end any more");
}

std::optional<Error> PreviewPort::stranger_listening(std::uint16_t port) {
  if (port != place_.port) return std::nullopt;
  const auto sockets = process::tcp_sockets(proc_);
  if (!sockets) return verdict(Owner::nobody);
  return verdict(owner_of_listening(*sockets, observer_.child()));
}

std::optional<Error> PreviewPort::verdict(Owner owner) {
  if (owner == Owner::unknown && !std::exchange(told_unknown_, true)) {
    log::warning(
        "camera",
        "{} does not tell whether what answers on port {} is our ustreamer; it is believed",
        proc_.string(), place_.port);
  }
  if (owner != Owner::stranger) {
    const bool was_taken = trouble_.has_value();
    trouble_.reset();
    if (was_taken && owner == Owner::nobody) observer_.on_free();
    return std::nullopt;
  }
  trouble_ = taken_by(strangers_, place_.port);
  return make_error(Errc::unavailable, trouble_->line());
}

CameraTrouble taken_by(std::span<const Holder> holders, std::uint16_t port) {
  constexpr std::uint16_t kLargest = 65535;
  const auto is_of_mini_dvr = [](const Holder& one) { return one.is_ours; };
  CameraTrouble trouble;
  trouble.code = TroubleCode::port_taken;
  trouble.remedy = fmt::format("set preview_port to another one, such as {}",
                               port < kLargest ? port + 1 : port - 1);
  std::string who = "a program of another user, which is not to be seen from here";
  if (!holders.empty()) {
    who = trouble.holder = process::describe(holders);
    if (std::all_of(holders.begin(), holders.end(), is_of_mini_dvr)) who += " of another mini-dvr";
    trouble.remedy = fmt::format("end it (kill {}), or {}", holders.front().pid, trouble.remedy);
  }
  trouble.text =
      fmt::format("port {} (preview_port) is taken by {}: nothing of it is recorded", port, who);
  return trouble;
}

}  // namespace minidvr::capture
