#include "process/peer_filter.hpp"

#include "core/file.hpp"
#include "process/open_files.hpp"

#include <cerrno>
#include <set>
#include <string>

#include <fmt/format.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace minidvr::process {
namespace fs = std::filesystem;
namespace ip = boost::asio::ip;
namespace {

constexpr std::uint32_t kWhole = 0xffffffff;  // of the packet is taken
constexpr std::uint32_t kNone = 0;
constexpr unsigned kWordBits = 32;

// Where the header of IP begins, the version is, and who sent the packet to whom.
constexpr auto kHeader = static_cast<std::uint32_t>(SKF_NET_OFF);
struct Header {
  std::uint32_t sender;
  std::uint32_t receiver;
  unsigned words;  // of an address
};
constexpr Header kV4{kHeader + 12, kHeader + 16, 1};
constexpr Header kV6{kHeader + 8, kHeader + 24, 4};

constexpr std::uint16_t kLoadByte = BPF_LD | BPF_B | BPF_ABS;
constexpr std::uint16_t kLoadWord = BPF_LD | BPF_W | BPF_ABS;
constexpr std::uint16_t kShiftRight = BPF_ALU | BPF_RSH | BPF_K;
constexpr std::uint16_t kAnd = BPF_ALU | BPF_AND | BPF_K;
constexpr std::uint16_t kJumpEqual = BPF_JMP | BPF_JEQ | BPF_K;
constexpr std::uint16_t kKeep = BPF_MISC | BPF_TAX;
constexpr std::uint16_t kJumpEqualKept = BPF_JMP | BPF_JEQ | BPF_X;
constexpr std::uint16_t kJump = BPF_JMP | BPF_JA;
constexpr std::uint16_t kReturn = BPF_RET | BPF_K;

using Program = std::vector<sock_filter>;

sock_filter step(std::uint16_t code, std::uint32_t value) {
  return {code, 0, 0, value};
}

std::uint32_t word_of(const ip::address_v6::bytes_type& bytes, unsigned word) {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i)
    value = value << 8 | bytes[4 * word + i];
  return value;
}

// Takes the packet, unless one of the comparisons fails: then goes on behind it.
void append_take(Program& program, const std::vector<std::size_t>& comparisons) {
  program.push_back(step(kReturn, kWhole));
  for (const auto at : comparisons)
    program[at].jf = static_cast<std::uint8_t>(program.size() - at - 1);
}

// The sender is to begin with the first `bits` of `bytes` behind the word `first`.
void append_network(Program& program, const Header& header, const ip::address_v6::bytes_type& bytes,
                    unsigned first, unsigned bits) {
  std::vector<std::size_t> comparisons;
  for (unsigned word = 0; kWordBits * word < bits; ++word) {
    program.push_back(step(kLoadWord, header.sender + 4 * word));
    if (const unsigned rest = bits - kWordBits * word; rest < kWordBits)
      program.push_back(step(kAnd, kWhole << (kWordBits - rest)));
    comparisons.push_back(program.size());
    program.push_back(step(kJumpEqual, word_of(bytes, first + word)));
  }
  append_take(program, comparisons);
}

// Sender and receiver are the same: no packet of another machine is like that.
void append_this_machine(Program& program, const Header& header) {
  std::vector<std::size_t> comparisons;
  for (unsigned word = 0; word < header.words; ++word) {
    program.push_back(step(kLoadWord, header.sender + 4 * word));
    program.push_back(step(kKeep, 0));
    program.push_back(step(kLoadWord, header.receiver + 4 * word));
    comparisons.push_back(program.size());
    program.push_back(step(kJumpEqualKept, 0));
  }
  append_take(program, comparisons);
}

Program part_of_v4(std::span<const Network> networks) {
  Program part;
  append_this_machine(part, kV4);
  for (const auto& network : networks) {
    // ::/0 and its like hold all of IPv4, too.
    if (!network.is_v4() && !network.contains(ip::address_v4())) continue;
    const unsigned bits = network.is_v4() ? network.prefix - kMappedBits : 0;
    append_network(part, kV4, network.address.to_bytes(), kMappedBits / kWordBits, bits);
  }
  part.push_back(step(kReturn, kNone));
  return part;
}

Program part_of_v6(std::span<const Network> networks) {
  Program part;
  append_this_machine(part, kV6);
  for (const auto& network : networks) {
    if (!network.is_v4()) append_network(part, kV6, network.address.to_bytes(), 0, network.prefix);
  }
  part.push_back(step(kReturn, kNone));
  return part;
}

Error refused(pid_t pid, const char* call) {
  const int number = errno;
  return make_error(Errc::unavailable,
                    fmt::format("{} of process {}: {}", call, pid, errno_text(number)));
}

}  // namespace

std::vector<sock_filter> peer_filter(std::span<const Network> networks) {
  const Program v4 = part_of_v4(networks);
  const Program v6 = part_of_v6(networks);
  Program program = {step(kLoadByte, kHeader),
                     step(kShiftRight, 4),
                     {kJumpEqual, 1, 0, 4},
                     step(kJump, static_cast<std::uint32_t>(v4.size()))};
  program.insert(program.end(), v4.begin(), v4.end());
  program.insert(program.end(), v6.begin(), v6.end());
  return program;
}

Result<std::size_t> filter_peers(const fs::path& proc, pid_t pid, std::uint16_t port,
                                 std::span<const sock_filter> filter) {
  const auto sockets = tcp_sockets(proc);
  if (!sockets)
    return make_error(Errc::unavailable, fmt::format("{} shows no sockets", proc.string()));
  std::set<std::string> links;
  for (const auto& socket : *sockets) {
    if (socket.local.port() == port && socket.inode != 0) links.insert(link_to(socket));
  }
  const FileDescriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process) return refused(pid, "pidfd_open");
  std::vector<sock_filter> steps(filter.begin(), filter.end());
  const sock_fprog program{static_cast<unsigned short>(steps.size()), steps.data()};
  std::size_t filtered = 0;
  std::error_code unseen;
  for (const auto& [number, what] : open_descriptors(proc, pid, unseen)) {
    if (!links.contains(what)) continue;
    const FileDescriptor socket(
        static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), number, 0)));
    if (!socket && errno == EBADF) continue;  // closed meanwhile
    if (!socket) return refused(pid, "pidfd_getfd");
    if (::setsockopt(socket.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0)
      return refused(pid, "SO_ATTACH_FILTER");
    ++filtered;
  }
  return filtered;
}

}  // namespace minidvr::process
