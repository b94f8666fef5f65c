#include "core/host_name.hpp"

#include "core/file.hpp"
#include "core/plain_address.hpp"

#include <algorithm>
#include <array>

#include <boost/asio/ip/udp.hpp>

#include <sys/socket.h>
#include <unistd.h>

namespace minidvr {
namespace {

// RFC 1035, 2.3.4, as text.
constexpr std::size_t kLongestLabel = 63;
constexpr std::size_t kLongestName = 253;

bool is_label_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool is_label(std::string_view text) {
  return !text.empty() && text.size() <= kLongestLabel &&
         std::all_of(text.begin(), text.end(), is_label_character);
}

std::string_view first_label(std::string_view name) {
  return name.substr(0, name.find('.'));
}

// Whether a socket that is connected to it is the other end, too. Nothing is sent. A list of the
// addresses takes AF_NETLINK, which a service need not have.
bool is_own_address(const boost::asio::ip::address& address) {
  using boost::asio::ip::udp;
  if (address.is_multicast()) return false;
  constexpr std::uint16_t kAnyPort = 9;
  const udp::endpoint there(address, kAnyPort);
  const FileDescriptor socket(
      ::socket(there.protocol().family(), SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP));
  if (!socket) return false;
  // Of several IPv4 addresses of one network the kernel takes the first, unless it is told. Where
  // it lets strange ones be taken (ip_nonlocal_bind), it connects none of them.
  const udp::endpoint here(address, 0);
  const auto size = static_cast<socklen_t>(there.size());
  if (address.is_v4() && ::bind(socket.get(), here.data(), size) != 0) return false;
  if (::connect(socket.get(), there.data(), size) != 0) return false;
  udp::endpoint end;
  auto room = static_cast<socklen_t>(end.capacity());
  if (::getsockname(socket.get(), end.data(), &room) != 0) return false;
  return without_zone(end.address()) == without_zone(address);
}

}  // namespace

std::optional<std::string> normal_host_name(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty() || text.size() > kLongestName) return std::nullopt;
  std::string name(text);
  // Not std::tolower: a locale has no say in what a name is.
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  for (std::string_view rest = name;;) {
    const auto dot = rest.find('.');
    if (!is_label(rest.substr(0, dot))) return std::nullopt;
    if (dot == std::string_view::npos) return name;
    rest.remove_prefix(dot + 1);
  }
}

boost::asio::ip::address local_address(const std::string& host) {
  using namespace boost::asio::ip;
  const auto address = make_address(host);  // has been checked
  if (!address.is_unspecified()) return address;
  if (address.is_v6()) return address_v6::loopback();
  return address_v4::loopback();
}

bool is_this_machine(std::string_view host) {
  boost::system::error_code ec;
  const auto given = boost::asio::ip::make_address(std::string(host), ec);
  if (!ec) {
    const auto address = plain_address(given);
    return address.is_loopback() || address.is_unspecified() || is_own_address(address);
  }
  const auto name = normal_host_name(host);
  if (!name) return false;
  constexpr std::string_view kLoopback = "localhost";
  const auto own = own_host_name();
  if (*name == kLoopback || *name == own) return true;
  // Which domain it is in the network says (.local, .fritz.box), and seldom the machine.
  const auto label = first_label(own);
  return !label.empty() && label != kLoopback && first_label(*name) == label;
}

std::string own_host_name() {
  std::array<char, kLongestName + 2> name{};  // the last one stays zero
  if (::gethostname(name.data(), name.size() - 1) != 0) return {};
  return normal_host_name(name.data()).value_or(std::string());
}

}  // namespace minidvr
