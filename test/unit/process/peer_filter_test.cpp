// Who is heard: first by a reading of the program, then by the kernel itself.

#include "process/peer_filter.hpp"

#include "support/connects.hpp"
#include "support/temporary_folder.hpp"
#include "unit/support/sockets.hpp"

#include <array>
#include <optional>
#include <random>
#include <string>

#include <catch2/catch.hpp>

#include <poll.h>
#include <unistd.h>

using namespace minidvr;
using namespace minidvr::process;
using Catch::Matchers::Contains;
using minidvr::test::connects;
using minidvr::test::ListeningSocket;
using minidvr::test::TemporaryFolder;
namespace ip = boost::asio::ip;

namespace {

std::vector<sock_filter> filter_for(const std::string& networks) {
  return peer_filter(parse_networks(networks).value());
}

// The header of IP that a packet has: who sent it to whom.
std::array<unsigned char, 40> header_of(const ip::address& sender, const ip::address& receiver) {
  std::array<unsigned char, 40> header{};
  if (sender.is_v4()) {
    header[0] = 0x45;
    const auto bytes = sender.to_v4().to_bytes();
    const auto of_receiver = receiver.to_v4().to_bytes();
    std::copy(bytes.begin(), bytes.end(), header.begin() + 12);
    std::copy(of_receiver.begin(), of_receiver.end(), header.begin() + 16);
  } else {
    header[0] = 0x60;
    const auto bytes = sender.to_v6().to_bytes();
    const auto of_receiver = receiver.to_v6().to_bytes();
    std::copy(bytes.begin(), bytes.end(), header.begin() + 8);
    std::copy(of_receiver.begin(), of_receiver.end(), header.begin() + 24);
  }
  return header;
}

// What the program does with that packet, by the rules of the kernel's Documentation/networking/
// filter.rst; only the instructions that are used.
bool takes(const std::vector<sock_filter>& program, const ip::address& sender,
           const ip::address& receiver) {
  const auto header = header_of(sender, receiver);
  std::uint32_t accumulator = 0;
  std::uint32_t kept = 0;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const auto& step = program[at];
    const auto offset = static_cast<std::size_t>(step.k - static_cast<std::uint32_t>(SKF_NET_OFF));
    switch (step.code) {
      case BPF_LD | BPF_B | BPF_ABS:
        accumulator = header.at(offset);
        break;
      case BPF_LD | BPF_W | BPF_ABS:
        accumulator = 0;
        for (std::size_t i = 0; i < 4; ++i)
          accumulator = accumulator << 8 | header.at(offset + i);
        break;
      case BPF_ALU | BPF_RSH | BPF_K:
        accumulator >>= step.k;
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        accumulator &= step.k;
        break;
      case BPF_JMP | BPF_JA:
        at += step.k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        at += accumulator == step.k ? step.jt : step.jf;
        break;
      case BPF_JMP | BPF_JEQ | BPF_X:
        at += accumulator == kept ? step.jt : step.jf;
        break;
      case BPF_MISC | BPF_TAX:
        kept = accumulator;
        break;
      case BPF_RET | BPF_K:
        return step.k != 0;
      default:
        FAIL("an instruction that is not known: " << step.code);
    }
  }
  FAIL("the program has no end");
  return false;
}

}  // namespace

TEST_CASE("a filter takes what comes from its networks, to the bit") {
  const std::string networks =
      GENERATE("192.168.0.0/16, 10.0.0.7", "172.16.0.0/12,fe80::/10,fc00::/7", "2001:db8:4::/47",
               "2001:db8::1, 0.0.0.0/1", "::/0", "0.0.0.0/0", "::fffe:0:0/95", "", "8000::/1");
  CAPTURE(networks);
  const auto parsed = parse_networks(networks).value();
  const auto filter = peer_filter(parsed);
  std::minstd_rand random(7);
  const auto byte = [&] { return static_cast<unsigned char>(random() >> 8); };
  std::vector<ip::address> senders = {ip::make_address("0.0.0.0"), ip::make_address("::"),
                                      ip::make_address("255.255.255.255")};
  for (const auto& network : parsed) {
    // Each that has one other bit.
    for (unsigned bit = 0; bit < 128; ++bit) {
      auto bytes = network.address.to_bytes();
      bytes[bit / 8] = static_cast<unsigned char>(bytes[bit / 8] ^ 0x80U >> bit % 8);
      const ip::address_v6 other(bytes);
      if (other.is_v4_mapped())
        senders.emplace_back(ip::make_address_v4(ip::v4_mapped, other));
      else
        senders.emplace_back(other);
    }
  }
  for (int i = 0; i < 200; ++i) {
    senders.emplace_back(ip::address_v4({byte(), byte(), byte(), byte()}));
    ip::address_v6::bytes_type bytes;
    for (auto& one : bytes)
      one = byte();
    senders.emplace_back(ip::address_v6(bytes));
  }
  for (const auto& sender : senders) {
    CAPTURE(sender.to_string());
    const auto receiver =
        sender.is_v4() ? ip::make_address("192.0.2.77") : ip::make_address("2001:db8:7777::5");
    CHECK(takes(filter, sender, receiver) == contains(parsed, sender));
    CHECK(takes(filter, sender, sender));
  }
}

TEST_CASE("the kernel drops what others send to a port, those who are in already, too") {
  const auto* address = GENERATE("0.0.0.0", "::");
  CAPTURE(address);
  ListeningSocket server(address);
  auto early = server.connected_to("127.0.0.5");
  auto accepted = server.acceptor().accept();
  CHECK(filter_peers("/proc", ::getpid(), server.port(), filter_for("127.0.0.2")).value() >= 2);
  CHECK(connects("127.0.0.2", "127.0.0.1", server.port()));
  CHECK_FALSE(connects("127.0.0.3", "127.0.0.1", server.port()));
  CHECK_FALSE(connects("127.0.0.3", "127.0.0.2", server.port()));
  // An address of this machine with itself.
  CHECK(connects("127.0.0.3", "127.0.0.3", server.port()));
  if (std::string(address) == "::") CHECK(connects("::1", "::1", server.port()));
  // What was sent before it does not count.
  early.send(boost::asio::buffer("x", 1));
  accepted.non_blocking(true);
  pollfd waiting{accepted.native_handle(), POLLIN, 0};
  CHECK(::poll(&waiting, 1, 100) == 0);
}

TEST_CASE("a filter for IPv6 lets the loopback through") {
  ListeningSocket server("::");
  CHECK(filter_peers("/proc", ::getpid(), server.port(), filter_for("::1")).value() == 1);
  CHECK(connects("::1", "::1", server.port()));
  CHECK_FALSE(connects("127.0.0.3", "127.0.0.1", server.port()));
}

TEST_CASE("a process without such a socket has none to filter; one that is no more is told") {
  ListeningSocket server;
  const auto other = static_cast<std::uint16_t>(server.port() ^ 1);
  const auto filter = filter_for("127.0.0.2");
  CHECK(filter_peers("/proc", ::getppid(), server.port(), filter).value() == 0);
  CHECK(connects("127.0.0.1", "127.0.0.1", server.port()));
  CHECK(filter_peers("/proc", ::getpid(), other, filter).value() == 0);
  constexpr pid_t kNobody = 0x3fffffff;
  const auto gone = filter_peers("/proc", kNobody, server.port(), filter);
  REQUIRE(gone.has_error());
  CHECK_THAT(gone.error().detail, Contains("pidfd_open of process 1073741823: No such process"));
}

TEST_CASE("what the kernel refuses is told with the reason") {
  ListeningSocket server;
  std::vector<sock_filter> longer_than_allowed(5000, sock_filter{BPF_RET | BPF_K, 0, 0, 0});
  const auto refused = filter_peers("/proc", ::getpid(), server.port(), longer_than_allowed);
  REQUIRE(refused.has_error());
  CHECK_THAT(refused.error().detail, Contains("SO_ATTACH_FILTER of process"));
  const TemporaryFolder empty;
  const auto nothing = filter_peers(empty.path(), ::getpid(), server.port(), filter_for("::1"));
  REQUIRE(nothing.has_error());
  CHECK_THAT(nothing.error().detail, Contains("shows no sockets"));
}
