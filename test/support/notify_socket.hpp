// A socket that hears what a service tells systemd (sd_notify(3)), in the place of systemd's own.
#pragma once

#include "support/temporary_folder.hpp"

#include <array>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace minidvr::test {

class NotifySocket {
 public:
  NotifySocket() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path().size() >= sizeof(address.sun_path)) throw std::length_error(path());
    std::memcpy(address.sun_path, path().c_str(), path().size());
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
      throw std::runtime_error("no socket at " + path());
  }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;
  ~NotifySocket() { ::close(socket_); }

  // For NOTIFY_SOCKET.
  std::string path() const { return (folder_.path() / "notify").string(); }

  // The next message that lies there.
  std::optional<std::string> heard() {
    std::array<char, 256> text{};
    const auto size = ::recv(socket_, text.data(), text.size(), MSG_DONTWAIT);
    if (size < 0) return std::nullopt;
    return std::string(text.data(), static_cast<std::size_t>(size));
  }

 private:
  TemporaryFolder folder_;
  int socket_;
};

}  // namespace minidvr::test
