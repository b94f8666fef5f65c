// Rights bind nobody, and not root, who may be running the tests.
#pragma once

#include <catch2/catch.hpp>

#include <sys/prctl.h>
#include <unistd.h>

namespace minidvr::test {

// While it lives, a program of root does what it does as nobody: make it before the folders that
// nobody is to write to.
class AsNobody {
 public:
  AsNobody() {
    constexpr uid_t kNobody = 65534;
    if (was_root_) REQUIRE(::seteuid(kNobody) == 0);
  }
  ~AsNobody() {
    if (!was_root_ || ::seteuid(0) != 0) return;
    ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);  // sanitizers look at themselves
  }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;

 private:
  bool was_root_ = ::geteuid() == 0;
};

}  // namespace minidvr::test
