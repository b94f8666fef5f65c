// These tests are our ustreamer themselves: they listen.

#include "capture/preview_peers.hpp"

#include "support/captured_stderr.hpp"
#include "support/temporary_folder.hpp"
#include "unit/support/sockets.hpp"

#include <csignal>
#include <string>

#include <catch2/catch.hpp>

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace minidvr;
using namespace minidvr::capture;
using minidvr::test::CapturedStderr;
using minidvr::test::count;
using minidvr::test::ListeningSocket;
using minidvr::test::TemporaryFolder;
namespace ip = boost::asio::ip;

namespace {

const ip::address kAnywhere = ip::make_address("0.0.0.0");

bool has_filter(ListeningSocket& server) {
  socklen_t steps = 0;
  REQUIRE(::getsockopt(server.acceptor().native_handle(), SOL_SOCKET, SO_GET_FILTER, nullptr,
                       &steps) == 0);
  return steps > 0;
}

}  // namespace

TEST_CASE("our ustreamer's port is closed to others as soon as it listens, and after each start") {
  ListeningSocket server;
  PreviewPeers peers(kAnywhere, server.port(), private_networks());
  CHECK(peers.filters());
  CHECK_FALSE(peers.look(std::nullopt));
  CHECK_FALSE(has_filter(server));
  CHECK(peers.look(::getpid()));
  CHECK(has_filter(server));
  // It has been seen to: nothing is read.
  ListeningSocket other;
  peers.look(::getpid());
  const int none = 0;
  REQUIRE(::setsockopt(server.acceptor().native_handle(), SOL_SOCKET, SO_DETACH_FILTER, &none,
                       sizeof none) == 0);
  peers.look(::getpid());
  CHECK_FALSE(has_filter(server));
  CHECK_FALSE(has_filter(other));
  peers.look(std::nullopt);
  peers.look(::getpid());
  CHECK(has_filter(server));
}

TEST_CASE("what a child of the child listens on is closed, too") {
  ListeningSocket server;
  PreviewPeers peers(kAnywhere, server.port(), private_networks());
  peers.look(::getppid());
  CHECK(has_filter(server));
}

TEST_CASE("what somebody else listens on is left alone, and looked for again") {
  ListeningSocket server;
  PreviewPeers peers(kAnywhere, server.port(), private_networks());
  const pid_t child = ::fork();
  if (child == 0) {
    server.acceptor().close();
    ::pause();
    ::_exit(0);
  }
  REQUIRE(child > 0);
  CapturedStderr log;
  CHECK_FALSE(peers.look(child));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  CHECK(log.text().empty());
  peers.look(::getpid());
  CHECK(has_filter(server));
}

TEST_CASE("anybody may watch where allow_networks says so, or nobody else gets there") {
  ListeningSocket server;
  PreviewPeers any(kAnywhere, server.port(), std::nullopt);
  CHECK_FALSE(any.filters());
  CHECK(any.look(::getpid()));
  CHECK_FALSE(has_filter(server));
  CHECK_FALSE(PreviewPeers(ip::make_address("127.0.0.1"), 1, private_networks()).filters());
  CHECK_FALSE(PreviewPeers(ip::make_address("::1"), 1, private_networks()).filters());
}

TEST_CASE("where the kernel lets nobody be kept out it is said once, with what closes the port") {
  const TemporaryFolder no_proc;
  PreviewPeers peers(kAnywhere, 8000, private_networks(), no_proc.path());
  CapturedStderr log;
  peers.look(::getpid());
  peers.look(std::nullopt);
  peers.look(::getpid());
  CHECK(count(log.text(), "allow_networks does not hold on port 8000 (preview_port)") == 1);
  CHECK(count(log.text(), "preview_host = 127.0.0.1 closes it") == 1);
}
