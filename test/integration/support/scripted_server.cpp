#include "integration/support/scripted_server.hpp"

#include <algorithm>
#include <stdexcept>

#include <boost/asio/ip/tcp.hpp>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace minidvr::test {
namespace {

constexpr int kLook = 20;  // ms between looks whether the test ends

bool ready(int fd, short events) {
  pollfd entry{fd, events, 0};
  return ::poll(&entry, 1, kLook) > 0;
}

}  // namespace

void ScriptedServer::Connection::send(const std::string& bytes) const {
  std::size_t sent = 0;
  while (sent < bytes.size() && !ending_) {
    if (!ready(fd_, POLLOUT)) continue;
    const auto n =
        ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0) return;
    sent += static_cast<std::size_t>(n);
  }
}

void ScriptedServer::Connection::hold() const {
  char ignored[256];
  while (!ending_) {
    if (ready(fd_, POLLIN) && ::recv(fd_, ignored, sizeof ignored, 0) <= 0) return;
  }
}

ScriptedServer::ScriptedServer(std::vector<Script> scripts, std::uint16_t port,
                               const std::string& address)
    : scripts_(std::move(scripts)) {
  boost::asio::ip::tcp::endpoint endpoint(boost::asio::ip::make_address(address), port);
  auto length = static_cast<socklen_t>(endpoint.capacity());
  listening_ = ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listening_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(listening_, endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0 ||
      ::listen(listening_, 8) != 0 || ::getsockname(listening_, endpoint.data(), &length) != 0) {
    ::close(listening_);
    throw std::runtime_error("the scripted server cannot listen");
  }
  port_ = endpoint.port();
  thread_ = std::thread([this] {
    while (!ending_) {
      if (!ready(listening_, POLLIN)) continue;
      const int fd = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      serve(fd);
      ::close(fd);
    }
  });
}

ScriptedServer::~ScriptedServer() {
  ending_ = true;
  thread_.join();
  ::close(listening_);
}

std::vector<std::string> ScriptedServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void ScriptedServer::serve(int fd) {
  std::string request;
  char piece[1024];
  while (request.find("\r\n\r\n") == std::string::npos) {
    if (ending_) return;
    if (!ready(fd, POLLIN)) continue;
    const auto n = ::recv(fd, piece, sizeof piece, 0);
    if (n <= 0) return;
    request.append(piece, static_cast<std::size_t>(n));
  }
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
  }
  const std::size_t number = served_++;
  scripts_[std::min(number, scripts_.size() - 1)](Connection(fd, ending_));
}

}  // namespace minidvr::test
