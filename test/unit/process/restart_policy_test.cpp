#include "process/restart_policy.hpp"

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace std::chrono_literals;
using minidvr::process::RestartPolicy;

TEST_CASE("restarts are quick at first, slower and slower, and at most half a minute apart") {
  RestartPolicy policy;
  CHECK(policy.next_delay(1s) == 100ms);
  CHECK(policy.next_delay(1s) == 200ms);
  CHECK(policy.next_delay(0s) == 400ms);
  for (int i = 0; i < 20; ++i)
    policy.next_delay(0s);
  CHECK(policy.next_delay(0s) == 30s);
}

TEST_CASE("after a healthy while restarts are quick again") {
  RestartPolicy policy;
  for (int i = 0; i < 20; ++i)
    policy.next_delay(0s);
  CHECK(policy.next_delay(10s) == 100ms);
}
