#include "doctor/port_check.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>
#include <fmt/format.h>

namespace minidvr::doctor {
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

// "0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 1000 0 12345 ..."
std::optional<ListeningSocket> parse_socket(std::string_view line) {
  constexpr std::size_t kLocal = 1;
  constexpr std::size_t kState = 3;
  constexpr std::size_t kInode = 9;
  const auto words = words_of(line);
  if (words.size() <= kInode || words[kState] != kListening) return std::nullopt;
  const auto colon = words[kLocal].find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto address = parse_address(words[kLocal].substr(0, colon));
  const auto port = parse_number<std::uint16_t>(words[kLocal].substr(colon + 1), kHexadecimal);
  const auto inode = parse_number<std::uint64_t>(words[kInode], 10);
  if (!address || !port || !inode) return std::nullopt;
  return ListeningSocket{*address, *port, *inode};
}

}  // namespace

std::vector<ListeningSocket> parse_sockets(std::string_view text) {
  std::vector<ListeningSocket> sockets;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    if (const auto socket = parse_socket(text.substr(0, end))) sockets.push_back(*socket);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return sockets;
}

bool excludes(const ListeningSocket& socket, const ip::address& address) {
  // One that listens on all IPv6 addresses has those of IPv4, too, unless it asked not to.
  if (socket.address.is_v4() != address.is_v4()) {
    const auto& v6 = socket.address.is_v6() ? socket.address : address;
    return v6.is_unspecified();
  }
  return socket.address.is_unspecified() || address.is_unspecified() || socket.address == address;
}

Finding judge_port(const PortFacts& facts) {
  const std::string port = fmt::format("port {}", facts.port);
  if (!facts.is_taken) return {Grade::ok, facts.setting, port + " is free", {}};
  const bool is_ours =
      facts.holders.empty()
          ? facts.answers
          : facts.service_runs && std::all_of(facts.holders.begin(), facts.holders.end(),
                                              [](const Holder& one) { return one.is_ours; });
  if (is_ours) {
    return {Grade::ok, facts.setting, port + " is that of the mini-dvr that runs", {}};
  }
  const std::string remedy = fmt::format("give another one: {} = {}", facts.setting,
                                         facts.port < 65535 ? facts.port + 1 : facts.port - 1);
  if (facts.holders.empty()) {
    return {Grade::warning, facts.setting,
            port + " is taken, by whom is not to be seen without sudo", remedy};
  }
  return {Grade::problem, facts.setting,
          fmt::format("{} is taken by {}", port, describe(facts.holders)),
          fmt::format("end it, or {}", remedy)};
}

}  // namespace minidvr::doctor
