#include "core/host_name.hpp"

#include "core/plain_address.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
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

std::vector<boost::asio::ip::address> own_addresses() {
  using namespace boost::asio::ip;
  std::vector<address> addresses;
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return addresses;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> all(first, ::freeifaddrs);
  for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr) continue;
    address found;
    if (one->ifa_addr->sa_family == AF_INET) {
      sockaddr_in of_v4{};
      std::memcpy(&of_v4, one->ifa_addr, sizeof of_v4);
      found = address_v4(ntohl(of_v4.sin_addr.s_addr));
    } else if (one->ifa_addr->sa_family == AF_INET6) {
      sockaddr_in6 of_v6{};
      std::memcpy(&of_v6, one->ifa_addr, sizeof of_v6);
      address_v6::bytes_type bytes;
      std::memcpy(bytes.data(), &of_v6.sin6_addr, bytes.size());
      found = address_v6(bytes);
    }
    if (!found.is_unspecified() && !found.is_loopback()) addresses.push_back(found);
  }
  return addresses;
}

bool is_this_machine(std::string_view host) {
  boost::system::error_code ec;
  const auto given = boost::asio::ip::make_address(std::string(host), ec);
  if (!ec) {
    const auto address = without_zone(given);
    const auto own = own_addresses();
    return address.is_loopback() || address.is_unspecified() ||
           std::find(own.begin(), own.end(), address) != own.end();
  }
  const auto name = normal_host_name(host);
  if (!name) return false;
  const auto own = own_host_name();
  return *name == "localhost" || (!own.empty() && (*name == own || *name == own + ".local"));
}

std::string own_host_name() {
  std::array<char, kLongestName + 2> name{};  // the last one stays zero
  if (::gethostname(name.data(), name.size() - 1) != 0) return {};
  return normal_host_name(name.data()).value_or(std::string());
}

}  // namespace minidvr
