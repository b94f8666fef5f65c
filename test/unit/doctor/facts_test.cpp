// How facts are read: from what programs print and from files as the kernel has them.

#include "core/user.hpp"
#include "doctor/accounts_check.hpp"
#include "doctor/certificate_check.hpp"
#include "doctor/disk_trial.hpp"
#include "doctor/machine_check.hpp"
#include "support/temporary_folder.hpp"
#include "tls/self_signed.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/stat.h>
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

TEST_CASE("Of the accounts it is told how many there are, or why that is not known") {
  const TemporaryFolder folder;
  const User self = {"self", ::geteuid(), {}, true};
  Settings settings;
  settings.accounts_file = folder.path() / "accounts.json";
  CHECK(accounts_facts(settings, self).problem.empty());
  folder.write("accounts.json",
               R"({"people":[{"name":"ana","role":"view","secret":"x"}],"tokens":[]})");
  CHECK(accounts_facts(settings, self).people == 1);
  const User other = {"other", ::geteuid() + 1, {}, false};
  fs::permissions(settings.accounts_file, fs::perms::owner_read | fs::perms::owner_write);
  CHECK(accounts_facts(settings, other).is_kept);
  folder.write("accounts.json", "{");
  const auto damaged = accounts_facts(settings, self);
  CHECK_FALSE(damaged.is_kept);
  CHECK(damaged.problem.starts_with(settings.accounts_file.string()));
}

TEST_CASE("A certificate's facts are those of its files, for who is to read them") {
  const TemporaryFolder folder;
  const auto made =
      tls::make_self_signed({"dvr"}, std::chrono::days(1), std::chrono::system_clock::now())
          .value();
  Settings settings;
  settings.tls_certificate = folder.write("certificate", made.certificate);
  settings.tls_key = folder.write("key", made.key);
  settings.allowed_hosts = {"dvr.example.org"};
  ::chmod(settings.tls_key.c_str(), 0600);
  auto facts = certificate_facts(settings, own_user());
  CHECK(facts.problem.empty());
  CHECK(facts.not_allowed.empty());
  CHECK_FALSE(facts.key_is_open);
  REQUIRE(facts.certificate);
  CHECK(facts.certificate->names() == std::vector<std::string>{"dvr"});
  CHECK(facts.allowed_hosts == settings.allowed_hosts);

  ::chmod(settings.tls_key.c_str(), 0604);
  CHECK(certificate_facts(settings, own_user()).key_is_open);
  const User another{"minidvr", 65534, {}, false};
  ::chmod(folder.path().c_str(), 0755);
  CHECK(certificate_facts(settings, another).not_allowed.empty());
  ::chmod(settings.tls_key.c_str(), 0600);
  CHECK(certificate_facts(settings, another).not_allowed == "tls_key");
  // As those of Let's Encrypt lie: the file itself is open, and a folder above it is not.
  ::chmod(folder.path().c_str(), 0700);
  CHECK(certificate_facts(settings, another).not_allowed == "tls_certificate");

  fs::remove(settings.tls_key);
  facts = certificate_facts(settings, own_user());
  CHECK(facts.problem == "the file of tls_key can not be read: No such file or directory");
  CHECK_FALSE(facts.certificate);
}
