// How facts are read: from what programs print and from files as the kernel has them.

#include "core/access_list.hpp"
#include "core/user.hpp"
#include "doctor/accounts_check.hpp"
#include "doctor/certificate_check.hpp"
#include "doctor/disk_trial.hpp"
#include "doctor/folder_check.hpp"
#include "doctor/machine_check.hpp"
#include "doctor/state_check.hpp"
#include "support/temporary_folder.hpp"
#include "tls/self_signed.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
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

namespace {

constexpr unsigned kOwner = 0x01;
constexpr unsigned kNamedUser = 0x02;
constexpr unsigned kGroup = 0x04;
constexpr unsigned kNamedGroup = 0x08;
constexpr unsigned kMask = 0x10;
constexpr unsigned kOthers = 0x20;
constexpr unsigned kNobody = 0xffffffff;

struct AclEntry {
  unsigned tag;
  unsigned bits;
  unsigned id = kNobody;
};

// As the kernel has it.
std::string access_list(const std::vector<AclEntry>& entries) {
  std::string list;
  const auto put = [&](unsigned value, unsigned bytes) {
    for (unsigned at = 0; at < bytes; ++at)
      list += static_cast<char>((value >> (8 * at)) & 0xffU);
  };
  put(2, 4);
  for (const auto& entry : entries) {
    put(entry.tag, 2);
    put(entry.bits, 2);
    put(entry.id, 4);
  }
  return list;
}

}  // namespace

TEST_CASE("An access list says more than the mode: named users, groups, and what its mask leaves") {
  const FileMode mode{0, 0, 0640};
  const auto list = access_list({{kOwner, 6},
                                 {kNamedUser, 4, 998},
                                 {kNamedUser, 0, 999},
                                 {kGroup, 0},
                                 {kNamedGroup, 7, 50},
                                 {kMask, 4},
                                 {kOthers, 0}});
  const auto allowed = [&](const User& user, mode_t wanted) {
    return list_allows(list, mode, user, wanted);
  };
  CHECK(allowed({"minidvr", 998, {998}, false}, 4) == true);
  CHECK(allowed({"minidvr", 998, {998}, false}, 6) == false);
  CHECK(allowed({"ben", 999, {50}, false}, 4) == false);  // he is named himself
  CHECK(allowed({"carl", 1000, {0, 50}, false}, 4) == true);
  CHECK(allowed({"carl", 1000, {50}, false}, 2) == false);  // the mask
  CHECK(allowed({"dora", 1001, {0}, false}, 4) == false);   // as the mode shows the mask
  CHECK(allowed({"emil", 1002, {}, false}, 4) == false);
  CHECK(allowed({"root", 0, {}, false}, 6) == true);
  CHECK_FALSE(list_allows("", mode, {"emil", 1002, {}, false}, 4).has_value());
  CHECK_FALSE(list_allows("\3rest of another kind", mode, {"emil", 1002, {}, false}, 4));
}

TEST_CASE("Whom the access list of a file or folder lets in is told as one who may") {
  const TemporaryFolder folder;
  const auto file = folder.write("tls-key.pem", "");
  ::chmod(file.c_str(), 0600);
  ::chmod(folder.path().c_str(), 0700);
  const User service = {"minidvr", ::geteuid() + 1, {}, false};
  CHECK(is_kept_from(service, file));
  const auto let_in = [&](const fs::path& path, unsigned bits) {
    const auto list = access_list({{kOwner, 7},
                                   {kNamedUser, bits, static_cast<unsigned>(service.uid)},
                                   {kGroup, 0},
                                   {kMask, 7},
                                   {kOthers, 0}});
    return ::setxattr(path.c_str(), "system.posix_acl_access", list.data(), list.size(), 0) == 0;
  };
  if (!let_in(folder.path(), 1)) {
    WARN("no access lists here: " << std::strerror(errno));
    return;
  }
  CHECK(is_kept_from(service, file));
  REQUIRE(let_in(file, 4));
  CHECK_FALSE(is_kept_from(service, file));
  CHECK(refusal(service, file, 6) == EACCES);
}

TEST_CASE("A state folder that who records may not write is told, by its rights or those above") {
  const TemporaryFolder folder;
  Settings settings;
  settings.recordings_dir = folder.path() / "rec";
  settings.state_dir = settings.recordings_dir / ".state";
  settings.accounts_file = "/proc/accounts.json";  // of no interest here
  const User other = {"minidvr", ::geteuid() + 1, {}, false};
  const auto judged = [&] { return judge_state(state_facts(settings, other)); };
  fs::create_directory(settings.recordings_dir);
  ::chmod(settings.recordings_dir.c_str(), 0777);
  ::chmod(folder.path().c_str(), 0755);
  CHECK(judged().empty());  // it will be made
  // As a trial run by root leaves it.
  fs::create_directory(settings.state_dir);
  ::chmod(settings.state_dir.c_str(), 0755);
  REQUIRE(judged().size() == 1);
  CHECK(judged().front().grade == Grade::warning);
  CHECK(judged().front().text.starts_with(settings.state_dir.string() +
                                          " can not be written by minidvr: Permission denied"));
  CHECK(judge_state(state_facts(settings, own_user())).empty());
  ::chmod(settings.state_dir.c_str(), 0777);
  CHECK(judged().empty());
  settings.state_dir = folder.path() / "elsewhere";
  CHECK_FALSE(judged().empty());
  settings.state_dir = settings.recordings_dir / "state";
  settings.recordings_dir = "/nowhere";
  CHECK(judged().empty());
  ::chmod(folder.path().c_str(), 0700);
  REQUIRE_FALSE(judged().empty());
  CHECK(judged().front().text.find("who may not enter " + folder.path().string()) !=
        std::string::npos);
}

TEST_CASE("A folder whose files do not outlive the machine's next start is told as that") {
  const fs::path memory = "/dev/shm";
  if (!fs::is_directory(memory)) {
    WARN("there is no /dev/shm here");
    return;
  }
  const TemporaryFolder folder(memory);
  CHECK(why_not_lasting(folder.path() / "not" / "there") ==
        "lies in memory: what is there is gone at the next start of the machine");
  CHECK(why_not_lasting("/proc").empty());
  Settings settings;
  settings.recordings_dir = "/nowhere";
  settings.state_dir = "/nowhere/.state";
  settings.accounts_file = folder.path() / "accounts.json";
  const auto findings = judge_state(state_facts(settings, own_user()));
  REQUIRE(findings.size() == 1);
  CHECK(findings.front().grade == Grade::warning);
  CHECK(findings.front().text.find("passwords that are set") != std::string::npos);
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
