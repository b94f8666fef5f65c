// Whose the port of the preview is: what is recorded has to come from the ustreamer that is our
// child.
#pragma once

#include "capture/camera_trouble.hpp"
#include "core/error.hpp"
#include "process/open_files.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include <sys/types.h>

namespace minidvr::capture {

// The two ends of a connection.
struct Connection {
  process::Endpoint client;
  process::Endpoint server;
};

// Asked once a connection, reads /proc, and blocks for as long as that takes.
//
// The other end of a connection is a socket that one process has; the kernel lists it with the same
// two addresses. It is ours when our child has it, or a child of that. Where /proc does not tell
// (it shows no sockets, or not what our child has open), what answers is believed while the child
// runs, and a warning says so once.
class PreviewPort {
 public:
  struct Place {
    boost::asio::ip::address address;  // preview_host
    std::uint16_t port = 0;            // preview_port
  };

  struct Observer {
    std::function<std::optional<pid_t>()> child;  // our ustreamer; nullopt: it does not run
    std::function<void()> on_free;                // who had taken the port has left it
  };

  PreviewPort(Place place, Observer observer, std::filesystem::path proc = "/proc");

  // Why nothing of a connection may be recorded that has answered, or will not; nullopt: our
  // ustreamer is at its other end, or it is no connection to this port of this machine.
  std::optional<Error> stranger_at(const Connection& connection);
  // Who listens where our ustreamer is to, when nobody answers on `port`; nullopt: nobody but it,
  // or it is another port.
  std::optional<Error> stranger_listening(std::uint16_t port);

  // Who has the port, as the two above found it last; nullopt: no stranger.
  const std::optional<CameraTrouble>& trouble() const { return trouble_; }

 private:
  enum class Owner { child, stranger, nobody, unknown };

  bool is_here(const Connection& connection) const;
  Owner owner_of(const process::TcpSocket& socket, std::optional<pid_t> child);
  Owner owner_of_listening(const std::vector<process::TcpSocket>& sockets,
                           std::optional<pid_t> child);
  std::optional<Error> verdict(Owner owner);
  bool is_childs(const process::Holder& holder, std::optional<pid_t> child) const;

  Place place_;
  Observer observer_;
  std::filesystem::path proc_;
  std::optional<CameraTrouble> trouble_;
  std::vector<process::Holder> strangers_;  // that had it last
  bool told_unknown_ = false;
};

// What is told of a port that those have. Pure.
CameraTrouble taken_by(std::span<const process::Holder> holders, std::uint16_t port);

}  // namespace minidvr::capture
