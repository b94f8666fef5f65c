// Who is at the other end of a connection: these tests are both ends, and say who is our ustreamer.

#include "capture/preview_port.hpp"

#include "support/captured_stderr.hpp"
#include "support/temporary_folder.hpp"
#include "unit/support/sockets.hpp"

#include <string>

#include <catch2/catch.hpp>

#include <unistd.h>

using namespace minidvr;
using namespace minidvr::capture;
using Catch::Matchers::Contains;
using minidvr::test::CapturedStderr;
using minidvr::test::count;
using minidvr::test::ListeningSocket;
using minidvr::test::TemporaryFolder;
namespace ip = boost::asio::ip;

namespace {

// `port`, with this process or another one as our ustreamer.
class Watched {
 public:
  explicit Watched(std::uint16_t port, std::string proc = "/proc")
      : child(::getpid()),
        port_({ip::make_address("0.0.0.0"), port}, {[this] { return child; }, [this] { ++freed; }},
              std::move(proc)) {}
  PreviewPort* operator->() { return &port_; }

  std::optional<pid_t> child;
  int freed = 0;

 private:
  PreviewPort port_;
};

Connection ends_of(const ip::tcp::socket& client) {
  return {client.local_endpoint(), client.remote_endpoint()};
}

}  // namespace

TEST_CASE("What our ustreamer, or a child of it, has accepted is ours, whatever it listens on") {
  const auto* address = GENERATE("127.0.0.1", "0.0.0.0", "::");
  CAPTURE(address);
  ListeningSocket server(address);
  Watched port(server.port());
  const auto client = server.connected_to("127.0.0.1");
  const auto accepted = server.acceptor().accept();
  CHECK_FALSE(port->stranger_at(ends_of(client)));
  port.child = ::getppid();
  CHECK_FALSE(port->stranger_at(ends_of(client)));
  CHECK_FALSE(port->stranger_at(ends_of(client)));
  CHECK_FALSE(port->trouble());
}

TEST_CASE("What somebody else has accepted is not, and is named") {
  const auto* address = GENERATE("127.0.0.1", "0.0.0.0", "::");
  CAPTURE(address);
  ListeningSocket server(address);
  Watched port(server.port());
  port.child.reset();
  const auto client = server.connected_to("127.0.0.1");
  const auto accepted = server.acceptor().accept();
  for (int again = 0; again < 2; ++again) {
    const auto stranger = port->stranger_at(ends_of(client));
    REQUIRE(stranger);
    CHECK_THAT(stranger->detail,
               Contains("port " + std::to_string(server.port()) + " (preview_port) is taken by "));
    CHECK_THAT(stranger->detail, Contains("(pid " + std::to_string(::getpid()) + ")"));
    REQUIRE(port->trouble());
    CHECK(port->trouble()->code == TroubleCode::port_taken);
  }
  CHECK(port.freed == 0);
}

TEST_CASE("Who listens without accepting is named, too") {
  ListeningSocket server;
  Watched port(server.port());
  port.child.reset();
  const auto client = server.connected_to("127.0.0.1");
  CHECK(port->stranger_at(ends_of(client)));
  CHECK(port->trouble());
}

TEST_CASE("Nothing is believed of a connection whose other end nobody has") {
  ListeningSocket server;
  Watched port(server.port());
  const auto client = server.connected_to("127.0.0.1");
  CHECK(port->stranger_at(ends_of(client)));
  CHECK_FALSE(port->trouble());
}

TEST_CASE("A port that is free again is told once") {
  Watched port(0);
  {
    const ListeningSocket server;
    Watched taken(server.port());
    taken.child.reset();
    CHECK(taken->stranger_listening(server.port()));
    CHECK_FALSE(taken->stranger_listening(static_cast<std::uint16_t>(server.port() + 1)));
    CHECK(taken.freed == 0);
    taken.child = ::getpid();
    CHECK_FALSE(taken->stranger_listening(server.port()));
    CHECK_FALSE(taken->stranger_listening(server.port()));
    CHECK(taken.freed == 1);
    CHECK_FALSE(taken->trouble());
  }
}

TEST_CASE("A stream from another port or another machine is nobody's business here") {
  ListeningSocket server;
  Watched port(static_cast<std::uint16_t>(server.port() + 1));
  port.child.reset();
  const auto client = server.connected_to("127.0.0.1");
  const auto accepted = server.acceptor().accept();
  CHECK_FALSE(port->stranger_at(ends_of(client)));
  Watched same_number(8000);
  same_number.child.reset();
  CHECK_FALSE(same_number->stranger_at(
      {{ip::make_address("192.0.2.1"), 50000}, {ip::make_address("192.0.2.2"), 8000}}));
}

TEST_CASE(
    "Where the kernel does not tell, a ustreamer that runs is believed, and that is said once") {
  const CapturedStderr captured;
  const TemporaryFolder empty;
  ListeningSocket server;
  Watched port(server.port(), empty.path().string());
  const auto client = server.connected_to("127.0.0.1");
  const auto accepted = server.acceptor().accept();
  CHECK_FALSE(port->stranger_at(ends_of(client)));
  CHECK_FALSE(port->stranger_at(ends_of(client)));
  CHECK(count(captured.text(), "does not tell whether") == 1);
  port.child.reset();
  CHECK(port->stranger_at(ends_of(client)));
}

TEST_CASE("What is told of a port that is taken: by whom, and what helps") {
  const auto told = [](std::vector<process::Holder> holders, std::uint16_t port) {
    return taken_by(holders, port).line();
  };
  CHECK(told({{12, "motion", false}}, 8000) ==
        "port 8000 (preview_port) is taken by motion (pid 12): nothing of it is recorded; end it "
        "(kill 12), or set preview_port to another one, such as 8001");
  CHECK_THAT(told({{13, "ustreamer", true}}, 8000),
             Contains("taken by ustreamer (pid 13) of another mini-dvr:"));
  CHECK(told({}, 65535) ==
        "port 65535 (preview_port) is taken by a program of another user, which is not to be seen "
        "from here: nothing of it is recorded; set preview_port to another one, such as 65534");
}
