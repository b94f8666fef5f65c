// A promise of the code that is fuzzed.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace minidvr::fuzz {

// Ends the program, which is what a fuzzer looks for, when `holds` is false.
inline void demand(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

}  // namespace minidvr::fuzz
