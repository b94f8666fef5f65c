// Who has a file or a port, by what the kernel tells.

#include "process/open_files.hpp"

#include "support/temporary_folder.hpp"
#include "unit/support/sockets.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <netinet/in.h>
#include <unistd.h>

using namespace minidvr;
using namespace minidvr::process;
using namespace minidvr::test;
namespace fs = std::filesystem;
namespace ip = boost::asio::ip;

namespace {

Endpoint endpoint(const char* address, std::uint16_t port) {
  return {ip::make_address(address), port};
}

TcpSocket at(const char* address) {
  return {endpoint(address, 8080), {}, true, 1};
}

}  // namespace

TEST_CASE("Sockets are read from the kernel's tables, of either kind") {
  char word[9];
  std::snprintf(word, sizeof word, "%08X", htonl(INADDR_LOOPBACK));
  const std::string tail = " 00000000:00000000 00:00000000 00000000  1000        0 ";
  const auto sockets = parse_tcp_sockets(
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
      "inode\n"
      "   0: " +
      std::string(word) + ":1F90 00000000:0000 0A" + tail + "4711 1 0 100 0\n" + "   1: " + word +
      ":1F91 " + word + ":1F90 01" + tail + "4712 1 0 100 0\n" +
      "   2: 00000000000000000000000000000000:1F92 00000000000000000000000000000000:0000 0A" +
      tail + "4713 1\n   3: 0000:1F93 00000000:0000 0A" + tail + "4714\n   4: x\n");
  REQUIRE(sockets.size() == 3);
  CHECK(sockets[0] == TcpSocket{endpoint("127.0.0.1", 8080), endpoint("0.0.0.0", 0), true, 4711});
  CHECK(sockets[1] ==
        TcpSocket{endpoint("127.0.0.1", 8081), endpoint("127.0.0.1", 8080), false, 4712});
  CHECK(sockets[2] == TcpSocket{endpoint("::", 8082), endpoint("::", 0), true, 4713});
  CHECK(listening(sockets) == std::vector<TcpSocket>{sockets[0], sockets[2]});
}

TEST_CASE(
    "The other end of a connection is the socket with the same addresses the other way round") {
  const std::vector<TcpSocket> sockets = {
      {endpoint("127.0.0.1", 8000), {}, true, 1},
      {endpoint("127.0.0.1", 50000), endpoint("127.0.0.1", 8000), false, 2},
      {endpoint("127.0.0.1", 8000), endpoint("127.0.0.1", 50001), false, 3},
      {endpoint("127.0.0.1", 8000), endpoint("127.0.0.1", 50000), false, 4},
      {endpoint("::ffff:127.0.0.1", 8000), endpoint("::ffff:127.0.0.1", 50002), false, 5},
      {endpoint("fe80::1", 8000), endpoint("fe80::1", 50004), false, 6}};
  const auto server = endpoint("127.0.0.1", 8000);
  CHECK(server_end(sockets, endpoint("127.0.0.1", 50000), server) == &sockets[3]);
  // It serves both kinds of addresses.
  CHECK(server_end(sockets, endpoint("127.0.0.1", 50002), server) == &sockets[4]);
  CHECK(server_end(sockets, endpoint("127.0.0.1", 50003), server) == nullptr);
  // The tables have no zones.
  CHECK(server_end(sockets, endpoint("fe80::1%lo", 50004), endpoint("fe80::1%lo", 8000)) ==
        &sockets[5]);
}

TEST_CASE("A socket keeps another from the same address, and one for all addresses from each") {
  const auto wanted = [](const char* address) { return ip::make_address(address); };
  CHECK(excludes(at("127.0.0.1"), wanted("127.0.0.1")));
  CHECK_FALSE(excludes(at("127.0.0.2"), wanted("127.0.0.1")));
  CHECK(excludes(at("0.0.0.0"), wanted("192.0.2.1")));
  CHECK(excludes(at("192.0.2.1"), wanted("0.0.0.0")));
  CHECK(excludes(at("::"), wanted("0.0.0.0")));
  CHECK_FALSE(excludes(at("::1"), wanted("0.0.0.0")));
  CHECK_FALSE(excludes(at("0.0.0.0"), wanted("::1")));
  CHECK(excludes(at("fe80::1"), wanted("fe80::1%lo")));
  CHECK(excludes(at("::ffff:127.0.0.1"), wanted("127.0.0.1")));
}

TEST_CASE("Who has a file or a port is found: this test has both") {
  const TemporaryFolder folder;
  const auto file = fs::canonical(folder.write("camera", ""));
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  const ListeningSocket socket;
  const OpenFiles open_files("/proc");
  CHECK(has_open("/proc", ::getpid(), file.string()) == true);
  ::close(fd);
  CHECK(has_open("/proc", ::getpid(), file.string()) == false);
  const auto holders = open_files.holders_of(file.string());
  REQUIRE(holders.size() == 1);
  CHECK(holders[0].pid == ::getpid());
  CHECK_FALSE(holders[0].name.empty());
  CHECK_FALSE(holders[0].is_ours);
  CHECK(open_files.holders_of("/no/such/file").empty());

  const auto sockets = tcp_sockets("/proc");
  REQUIRE(sockets);
  std::vector<TcpSocket> mine;
  for (const auto& one : listening(*sockets)) {
    if (one.local.port() == socket.port()) mine.push_back(one);
  }
  REQUIRE(mine.size() == 1);
  const auto of_port = open_files.holders_of(mine);
  REQUIRE(of_port.size() == 1);
  CHECK(of_port[0].pid == ::getpid());
}

TEST_CASE("What is not there to be read is not known") {
  const TemporaryFolder proc;
  CHECK_FALSE(tcp_sockets(proc.path()));
  CHECK_FALSE(has_open(proc.path(), ::getpid(), "/dev/null"));
}

TEST_CASE("A process descends from its parents, and from itself") {
  CHECK(descends_from("/proc", ::getpid(), ::getpid()));
  CHECK(descends_from("/proc", ::getpid(), ::getppid()));
  CHECK_FALSE(descends_from("/proc", ::getppid(), ::getpid()));
}

TEST_CASE("A child of mini-dvr is ours, and so is mini-dvr; a process without rights is not seen") {
  const TemporaryFolder proc;
  const auto process = [&](const char* pid, const std::string& words, const char* parent) {
    fs::create_directories(proc.path() / pid / "fd");
    proc.write(std::string(pid) + "/cmdline", words);
    proc.write(std::string(pid) + "/comm", "short\n");
    proc.write(std::string(pid) + "/status", std::string("Name:\tx\nPPid:\t") + parent + "\n");
    fs::create_symlink("/dev/video7", proc.path() / pid / "fd" / "3");
  };
  using namespace std::string_literals;
  process("10", "/usr/local/bin/mini-dvr\0--config\0x\0"s, "1");
  process("11", "ustreamer\0--device\0"s, "10");
  process("12", "", "1");
  fs::create_directories(proc.path() / "net");
  const OpenFiles open_files(proc.path());
  CHECK(open_files.sees_all());
  auto holders = open_files.holders_of("/dev/video7");
  std::sort(holders.begin(), holders.end(),
            [](const Holder& a, const Holder& b) { return a.pid < b.pid; });
  CHECK(holders ==
        std::vector<Holder>{{10, "mini-dvr", true}, {11, "ustreamer", true}, {12, "short", false}});
  CHECK(describe(holders) == "mini-dvr (pid 10), ustreamer (pid 11), short (pid 12)");
}
