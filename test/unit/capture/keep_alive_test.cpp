#include "capture/keep_alive.hpp"

#include "unit/support/sockets.hpp"

#include <catch2/catch.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

using namespace minidvr;

namespace {

int option_of(int socket, int level, int option) {
  int value = -1;
  socklen_t length = sizeof value;
  ::getsockopt(socket, level, option, &value, &length);
  return value;
}

}  // namespace

TEST_CASE("a machine that is gone without a word is noticed within half a minute") {
  test::ListeningSocket server;
  auto client = server.connected_to("127.0.0.1");
  const int socket = client.native_handle();
  capture::keep_alive(socket);
  CHECK(option_of(socket, SOL_SOCKET, SO_KEEPALIVE) == 1);
  const int idle = option_of(socket, IPPROTO_TCP, TCP_KEEPIDLE);
  const int between = option_of(socket, IPPROTO_TCP, TCP_KEEPINTVL);
  const int probes = option_of(socket, IPPROTO_TCP, TCP_KEEPCNT);
  CHECK(idle + probes * between <= 30);
}
