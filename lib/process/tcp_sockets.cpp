#include "process/tcp_sockets.hpp"

#include "core/plain_address.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <iterator>
#include <optional>

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

namespace minidvr::process {
namespace {

namespace ip = boost::asio::ip;

constexpr std::size_t kWordDigits = 8;  // of 32 bits
constexpr std::string_view kListening = "0A";
constexpr int kHexadecimal = 16;

template <class Number>
std::optional<Number> parse_number(std::string_view text, int base) {
  Number number = 0;
  const auto* end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, number, base);
  if (error != std::errc() || last != end) return std::nullopt;
  return number;
}

// The kernel prints the words of an address as numbers, in the order of this machine.
template <class Bytes>
std::optional<Bytes> parse_words(std::string_view text) {
  Bytes bytes{};
  for (std::size_t at = 0; at < bytes.size(); at += sizeof(std::uint32_t)) {
    const auto word = parse_number<std::uint32_t>(text.substr(0, kWordDigits), kHexadecimal);
    if (!word) return std::nullopt;
    std::memcpy(bytes.data() + at, &*word, sizeof *word);
    text.remove_prefix(kWordDigits);
  }
  return bytes;
}

std::optional<ip::address> parse_address(std::string_view text) {
  if (text.size() == kWordDigits) {
    const auto bytes = parse_words<ip::address_v4::bytes_type>(text);
    return bytes ? std::optional<ip::address>(ip::address_v4(*bytes)) : std::nullopt;
  }
  if (text.size() == 4 * kWordDigits) {
    const auto bytes = parse_words<ip::address_v6::bytes_type>(text);
    return bytes ? std::optional<ip::address>(ip::address_v6(*bytes)) : std::nullopt;
  }
  return std::nullopt;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (;;) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.empty()) return words;
    const auto end = std::min(line.find_first_of(" \t"), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

// "0100007F:1F90"
std::optional<Endpoint> parse_endpoint(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto address = parse_address(text.substr(0, colon));
  const auto port = parse_number<std::uint16_t>(text.substr(colon + 1), kHexadecimal);
  if (!address || !port) return std::nullopt;
  return Endpoint(*address, *port);
}

// "0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 1000 0 12345 ..."
std::optional<TcpSocket> parse_socket(std::string_view line) {
  constexpr std::size_t kLocal = 1;
  constexpr std::size_t kRemote = 2;
  constexpr std::size_t kState = 3;
  constexpr std::size_t kInode = 9;
  const auto words = words_of(line);
  if (words.size() <= kInode) return std::nullopt;
  const auto local = parse_endpoint(words[kLocal]);
  const auto remote = parse_endpoint(words[kRemote]);
  const auto inode = parse_number<std::uint64_t>(words[kInode], 10);
  if (!local || !remote || !inode) return std::nullopt;
  return TcpSocket{*local, *remote, words[kState] == kListening, *inode};
}

// One that serves both kinds has those of IPv4 as ::ffff:127.0.0.1. The kernel's tables have no
// zones.
bool is_same(const Endpoint& one, const Endpoint& other) {
  return one.port() == other.port() && without_zone(one.address()) == without_zone(other.address());
}

}  // namespace

std::vector<TcpSocket> parse_tcp_sockets(std::string_view text) {
  std::vector<TcpSocket> sockets;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    if (const auto socket = parse_socket(text.substr(0, end))) sockets.push_back(*socket);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return sockets;
}

std::vector<TcpSocket> listening(std::span<const TcpSocket> sockets) {
  std::vector<TcpSocket> result;
  std::copy_if(sockets.begin(), sockets.end(), std::back_inserter(result),
               [](const TcpSocket& one) { return one.listens; });
  return result;
}

const TcpSocket* server_end(std::span<const TcpSocket> sockets, const Endpoint& client,
                            const Endpoint& server) {
  const auto found = std::find_if(sockets.begin(), sockets.end(), [&](const TcpSocket& one) {
    return is_same(one.local, server) && is_same(one.remote, client);
  });
  return found == sockets.end() ? nullptr : &*found;
}

bool excludes(const TcpSocket& socket, const ip::address& given) {
  const auto has = without_zone(socket.local.address());
  const auto address = without_zone(given);
  // One that listens on all IPv6 addresses has those of IPv4, too, unless it asked not to.
  if (has.is_v4() != address.is_v4()) return (has.is_v6() ? has : address).is_unspecified();
  return has.is_unspecified() || address.is_unspecified() || has == address;
}

}  // namespace minidvr::process
