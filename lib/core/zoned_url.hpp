// URLs whose host is an IPv6 address of one link, with its zone (RFC 6874):
// http://[fe80::1%25eth0]:8000/. Boost.URL knows none.
#pragma once

#include <string>
#include <string_view>

namespace minidvr {

struct ZonedUrl {
  std::string url;   // without its zone
  std::string zone;  // "eth0"; empty: it has none
};

// Of what was given as %25eth0, or as people write it: %eth0.
ZonedUrl split_zone(std::string_view url);

// `url`, which has none, with it.
std::string with_zone(std::string url, std::string_view zone);

}  // namespace minidvr
