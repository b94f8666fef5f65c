// Catch2 3 by the names that it had in version 2. Only on the include path where version 3 is what
// there is.
#pragma once

#include <catch2/catch_all.hpp>

using Catch::Approx;

namespace Catch::Matchers {

// Version 2's Contains was about strings; that of version 3 is about ranges, and takes a string for
// one of them, too.
inline StringContainsMatcher Contains(const char* part) {
  return ContainsSubstring(part);
}
inline StringContainsMatcher Contains(const std::string& part) {
  return ContainsSubstring(part);
}

}  // namespace Catch::Matchers
