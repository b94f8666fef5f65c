// How facts are read: from what programs print and from files as the kernel has them.

#include "core/user.hpp"
#include "doctor/disk_trial.hpp"
#include "doctor/machine_check.hpp"
#include "support/temporary_folder.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <unistd.h>

using namespace minidvr;
using namespace minidvr::doctor;
using namespace minidvr::test;
namespace fs = std::filesystem;

TEST_CASE("Power and temperature are read from the files that a Raspberry Pi has") {
  const TemporaryFolder sys;
  CHECK_FALSE(read_power(sys.path()).throttled);
  CHECK_FALSE(read_power(sys.path()).celsius);
  fs::create_directories(sys.path() / "devices/platform/soc/soc:firmware");
  fs::create_directories(sys.path() / "class/thermal/thermal_zone0");
  sys.write("devices/platform/soc/soc:firmware/get_throttled", "50005\n");
  sys.write("class/thermal/thermal_zone0/temp", "61234\n");
  const auto facts = read_power(sys.path());
  CHECK(facts.throttled == 0x50005U);
  REQUIRE(facts.celsius);
  CHECK(*facts.celsius == Approx(61.234));
  sys.write("class/thermal/thermal_zone0/temp", "warm\n");
  CHECK_FALSE(read_power(sys.path()).celsius);
}

TEST_CASE("The bits are read as vcgencmd prints them, too") {
  CHECK(parse_throttled("throttled=0x50005\n") == 0x50005U);
  CHECK(parse_throttled("0\n") == 0U);
  CHECK_FALSE(parse_throttled("error=1 error_msg=\"Command not registered\""));
  CHECK_FALSE(parse_throttled(""));
}

TEST_CASE("The disk's trial tells a rate, and leaves nothing behind") {
  const TemporaryFolder folder;
  const auto trial = try_disk(folder.path());
  CHECK(trial.error == 0);
  REQUIRE(trial.rate);
  CHECK(*trial.rate > 0);
  CHECK(fs::is_empty(folder.path()));
  const auto nowhere = try_disk(folder.path() / "missing");
  CHECK(nowhere.error == ENOENT);
  CHECK_FALSE(nowhere.rate);
}

TEST_CASE("Whether somebody may use a file is told by the kernel, and of others by its mode") {
  const TemporaryFolder folder;
  const auto file = folder.write("camera", "");
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  const User self = {"self", ::geteuid(), {}, true};
  CHECK(refusal(self, file, 6) == 0);
  CHECK(refusal(self, folder.path() / "missing", 6) == ENOENT);
  const User other = {"other", ::geteuid() + 1, {}, false};
  CHECK(refusal(other, file, 4) == EACCES);
  CHECK(refusal(other, folder.path() / "missing", 4) == ENOENT);
  fs::permissions(file, fs::perms::others_read, fs::perm_options::add);
  CHECK(refusal(other, file, 4) == 0);
  CHECK_FALSE(user_in_question().name.empty());
  CHECK_FALSE(group_of(file).empty());
}
