// How long a test waits for what must happen: enough for a machine that is slow and busy. What must
// happen fast is compared with something that runs in the same minute, or measured by
// scripts/bench.sh.
#pragma once

#include <chrono>

namespace minidvr::test {

inline constexpr std::chrono::seconds kPatience{30};

}  // namespace minidvr::test
