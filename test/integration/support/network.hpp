// A network of its own, for this thread and what it starts.
#pragma once

#include "core/file.hpp"

#include <cstring>

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace minidvr::test {

// It has the loopback alone. That needs a right that not everybody has: without it is_own() is
// false, and a test says so.
class OwnNetwork {
 public:
  OwnNetwork() : before_(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)) {
    is_own_ = before_ && ::unshare(CLONE_NEWNET) == 0;
  }
  OwnNetwork(const OwnNetwork&) = delete;
  ~OwnNetwork() {
    if (is_own_) ::setns(before_.get(), CLONE_NEWNET);
  }
  bool is_own() const { return is_own_; }

  // False: it could not.
  static bool begin_loopback() {
    const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    std::strcpy(request.ifr_name, "lo");
    request.ifr_flags = IFF_UP;
    return ::ioctl(socket.get(), SIOCSIFFLAGS, &request) == 0;
  }
  // The loopback has that address, too.
  static bool add_address(const char* text) {
    in6_addr address{};
    if (::inet_pton(AF_INET6, text, &address) != 1) return false;
    const FileDescriptor socket(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    struct {  // in6_ifreq of linux/ipv6.h, which does not go together with netinet/in.h
      in6_addr address;
      std::uint32_t prefix;
      int interface;
    } request{address, 64, static_cast<int>(::if_nametoindex("lo"))};
    return ::ioctl(socket.get(), SIOCSIFADDR, &request) == 0;
  }

 private:
  FileDescriptor before_;
  bool is_own_ = false;
};

}  // namespace minidvr::test
