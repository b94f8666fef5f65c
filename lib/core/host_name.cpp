#include "core/host_name.hpp"

#include <algorithm>
#include <array>

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

std::string own_host_name() {
  std::array<char, kLongestName + 2> name{};  // the last one stays zero
  if (::gethostname(name.data(), name.size() - 1) != 0) return {};
  return normal_host_name(name.data()).value_or(std::string());
}

}  // namespace minidvr
