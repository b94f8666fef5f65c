// Catch2 3 by the names that it had in version 2. Only on the include path where version 3 is what
// there is.
#pragma once

#include <catch2/catch_all.hpp>

using Catch::Approx;

namespace Catch::Matchers {

// Version 2's Contains was about strings; that of version 3 is about ranges, and would take a
// string for one. By value: a reference to const would fit a string that is not const less well
// than that template does.
inline StringContainsMatcher Contains(const char* part) {
  return ContainsSubstring(part);
}
// As strerror gives it.
inline StringContainsMatcher Contains(char* part) {
  return ContainsSubstring(part);
}
inline StringContainsMatcher Contains(std::string part) {
  return ContainsSubstring(part);
}

}  // namespace Catch::Matchers
