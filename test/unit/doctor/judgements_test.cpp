// What facts come to. One test a condition.

#include "core/user.hpp"
#include "doctor/accounts_check.hpp"
#include "doctor/camera_check.hpp"
#include "doctor/certificate_check.hpp"
#include "doctor/folder_check.hpp"
#include "doctor/machine_check.hpp"
#include "doctor/network_check.hpp"
#include "doctor/port_check.hpp"
#include "doctor/program_check.hpp"
#include "doctor/service_check.hpp"
#include "doctor/service_walls.hpp"
#include "support/temporary_folder.hpp"
#include "tls/self_signed.hpp"

#include <cerrno>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::doctor;

namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

constexpr Resolution kWanted{1920, 1080};
constexpr unsigned kFps = 30;

CameraFacts good_camera() {
  CameraFacts facts;
  facts.device = "/dev/video0";
  facts.is_there = facts.is_device = facts.is_allowed = true;
  facts.user = "anna";
  facts.group = "video";
  facts.offered.formats = {"MJPG", "YUYV"};
  facts.offered.mjpeg = {{{1280, 720}, {1280, 720}, {60, 30}}, {{1920, 1080}, {1920, 1080}, {30}}};
  return facts;
}

std::vector<Finding> judged(const CameraFacts& facts) {
  return judge_camera(facts, kWanted, kFps);
}

// The one finding that is not ok.
Finding trouble(const std::vector<Finding>& findings) {
  std::optional<Finding> found;
  for (const auto& one : findings) {
    if (one.grade == Grade::ok) continue;
    CHECK_FALSE(found);
    found = one;
  }
  REQUIRE(found);
  CHECK_FALSE(found->remedy.empty());
  return *found;
}

bool all_ok(const std::vector<Finding>& findings) {
  for (const auto& one : findings) {
    if (one.grade != Grade::ok || !one.remedy.empty()) return false;
  }
  return !findings.empty();
}

FolderFacts good_folder() {
  FolderFacts facts;
  facts.path = "/recordings";
  facts.is_there = facts.is_folder = true;
  facts.user = "anna";
  facts.space = recording::DiskSpace{100ULL << 30, 200ULL << 30};
  facts.min_free = 6ULL << 30;
  facts.write_rate = 80e6;
  facts.stream_rate = 4e6;
  return facts;
}

archive::ClockFacts clock_of(int year, bool synchronized) {
  archive::ClockFacts facts;
  facts.now = std::chrono::sys_days(std::chrono::year(year) / 6 / 1);
  facts.synchronized = synchronized;
  return facts;
}

}  // namespace

TEST_CASE("A program that answers is told with its version, as each of them prints it") {
  CHECK(version_in("4.9\n") == "4.9");
  CHECK(version_in("v4l2-ctl 1.22.1\n") == "1.22.1");
  CHECK(version_in("ffmpeg version 5.1.9-0+deb12u1 Copyright (c) 2000-2026\nbuilt with gcc 12") ==
        "5.1.9-0+deb12u1");
  CHECK(version_in("hello\n4.9") == std::nullopt);
  CHECK(version_in("") == std::nullopt);
  const auto finding =
      judge_program({"ffmpeg", "ffmpeg", "ffmpeg_bin", "ffmpeg version 7.1\n", ""});
  CHECK(finding == Finding{Grade::ok, "ffmpeg", "version 7.1", ""});
}

TEST_CASE("A program that is missing is a problem, and its package helps") {
  const auto finding = judge_program(
      {"v4l2-ctl", "v4l-utils", "v4l2_ctl_bin", "", "there is no program v4l2-ctl on PATH"});
  CHECK(finding.grade == Grade::problem);
  CHECK(finding.text == "there is no program v4l2-ctl on PATH");
  CHECK(finding.remedy == "apt install v4l-utils, or name another one by v4l2_ctl_bin");
  CHECK(judge_program({"ffmpeg", "ffmpeg", "ffmpeg_bin", "", ""}).grade == Grade::warning);
}

TEST_CASE("A camera that is free and offers what is wanted is fine") {
  CHECK(all_ok(judged(good_camera())));
}

TEST_CASE(
    "A camera that is not there, or is a file, is a problem, and nothing else is said of it") {
  auto facts = good_camera();
  facts.is_there = false;
  CHECK(judged(facts).size() == 1);
  CHECK(trouble(judged(facts)).text == "/dev/video0 is not there");
  facts = good_camera();
  facts.is_device = false;
  CHECK_THAT(trouble(judged(facts)).text, Contains("a file, and no camera"));
}

TEST_CASE("Who is not in the camera's group is told which one to join") {
  auto facts = good_camera();
  facts.is_allowed = false;
  const auto finding = trouble(judged(facts));
  CHECK(finding.grade == Grade::problem);
  CHECK(finding.text == "anna may not use /dev/video0");
  CHECK_THAT(finding.remedy, StartsWith("sudo usermod -aG video anna"));
}

TEST_CASE("Nobody is told to join root's group for a camera") {
  auto facts = good_camera();
  facts.is_allowed = false;
  facts.group = "root";
  const auto finding = trouble(judged(facts));
  CHECK_THAT(finding.remedy, StartsWith("sudo chgrp video /dev/video0"));
  CHECK_THAT(finding.remedy, Contains("udev") && Contains("usermod -aG video anna"));
}

TEST_CASE("A camera that another program has open is a problem, and the program is named") {
  auto facts = good_camera();
  facts.holders = {{123, "motion", false}};
  const auto finding = trouble(judged(facts));
  CHECK(finding.grade == Grade::problem);
  CHECK_THAT(finding.text, StartsWith("motion (pid 123) has /dev/video0 open"));
  CHECK(finding.remedy == "end it: kill 123");
}

TEST_CASE("A camera that mini-dvr has itself, or whose frames reach it, is fine") {
  auto facts = good_camera();
  facts.holders = {{123, "ustreamer", true}};
  CHECK_FALSE(all_ok(judged(facts)));  // it is another mini-dvr's
  facts.service_runs = true;
  CHECK(all_ok(judged(facts)));
  facts.holders = {{123, "ustreamer", true}, {456, "v4l2-ctl", false}};
  CHECK_FALSE(all_ok(judged(facts)));
  facts.delivers = true;
  CHECK(all_ok(judged(facts)));
}

TEST_CASE("What can not be seen without more rights is not claimed") {
  auto facts = good_camera();
  facts.sees_all = false;
  CHECK(all_ok(judged(facts)));
  CHECK_THAT(judged(facts).front().text, Contains("not to be seen"));
}

TEST_CASE("A camera without MJPEG is a problem, and what it has instead is named") {
  auto facts = good_camera();
  facts.offered.mjpeg.clear();
  facts.offered.formats = {"YUYV", "H264"};
  const auto finding = trouble(judged(facts));
  CHECK(finding.grade == Grade::problem);
  CHECK(finding.text == "the camera offers no MJPEG, only: YUYV, H264");
}

TEST_CASE("A size that the camera does not have is a problem, and those it has are named") {
  const auto finding = trouble(judge_camera(good_camera(), {640, 480}, kFps));
  CHECK(finding.grade == Grade::problem);
  CHECK(finding.text == "the camera does not offer 640x480 as MJPEG");
  CHECK(finding.remedy ==
        "set resolution and fps to what it offers: 1280x720 at 60 or 30, 1920x1080 at 30");
}

TEST_CASE("A rate that the camera does not have at that size is a warning: it takes another") {
  const auto finding = trouble(judge_camera(good_camera(), kWanted, 60));
  CHECK(finding.grade == Grade::warning);
  CHECK(finding.remedy == "set fps to what it offers: 1920x1080 at 30");
  auto facts = good_camera();
  facts.offered.mjpeg.back().rates = {29.97};
  CHECK(all_ok(judged(facts)));
}

TEST_CASE("A camera that does not answer is a problem, with what v4l2-ctl said") {
  auto facts = good_camera();
  facts.listing_problem = "Inappropriate ioctl for device";
  CHECK_THAT(trouble(judged(facts)).text, Contains("Inappropriate ioctl"));
}

TEST_CASE("A port that is free, or ours, is fine; one of another program is a problem") {
  PortFacts facts{"app_port", 8080, false, {}, true, false};
  CHECK(judge_port(facts).text == "port 8080 is free");
  facts.is_taken = true;
  facts.holders = {{77, "mini-dvr", true}};
  CHECK(judge_port(facts).grade == Grade::ok);
  facts.service_runs = false;
  CHECK(judge_port(facts).text == "port 8080 is taken by mini-dvr (pid 77)");
  facts.service_runs = true;
  facts.holders = {{78, "nginx", false}, {79, "nginx", false}};
  const auto finding = judge_port(facts);
  CHECK(finding.grade == Grade::problem);
  CHECK(finding.text == "port 8080 is taken by nginx (pid 78), nginx (pid 79)");
  CHECK(finding.remedy == "end it, or give another one: app_port = 8081");
}

TEST_CASE("A port whose holder is not to be seen is ours when mini-dvr answers, else a warning") {
  PortFacts facts{"preview_port", 65535, true, {}, true, true};
  CHECK(judge_port(facts).grade == Grade::ok);
  facts.answers = false;
  CHECK(judge_port(facts).grade == Grade::warning);
  CHECK(judge_port(facts).remedy == "give another one: preview_port = 65534");
}

TEST_CASE("A folder that can be written, with room and a fast disk, is fine") {
  CHECK(all_ok(judge_folder(good_folder())));
  auto facts = good_folder();
  facts.is_there = facts.is_folder = false;
  CHECK(all_ok(judge_folder(facts)));
  CHECK_THAT(judge_folder(facts).front().text, Contains("it will be made"));
}

TEST_CASE("A folder that can be written, and loses all at the next start, is a warning") {
  auto facts = good_folder();
  facts.not_lasting = "lies in memory";
  const auto finding = trouble(judge_folder(facts));
  CHECK(finding.grade == Grade::warning);
  CHECK(finding.text == "/recordings lies in memory");
  CHECK_THAT(finding.remedy, Contains("a disk of its own"));
}

TEST_CASE("A folder that can not be written is a problem, with what helps against the reason") {
  const std::pair<int, const char*> remedies[] = {{EACCES, "sudo chown anna /recordings"},
                                                  {EROFS, "remount,rw"},
                                                  {ENOSPC, "max_age_days"},
                                                  {EIO, "another disk"}};
  for (const auto& [error, remedy] : remedies) {
    auto facts = good_folder();
    facts.write_error = error;
    const auto finding = trouble(judge_folder(facts));
    CHECK(finding.grade == Grade::problem);
    CHECK_THAT(finding.text, StartsWith("/recordings can not be written by anna: "));
    CHECK_THAT(finding.remedy, Contains(remedy));
  }
  auto facts = good_folder();
  facts.is_folder = false;
  CHECK(trouble(judge_folder(facts)).text == "/recordings is no folder");
}

TEST_CASE("A full disk is a problem, and one with less than min_free a warning") {
  auto facts = good_folder();
  facts.space->free = 19 << 20;  // a reserve of 8 MiB and 3 s of stream
  CHECK(trouble(judge_folder(facts)).grade == Grade::problem);
  facts.space->free = 20 << 20;
  CHECK(trouble(judge_folder(facts)).grade == Grade::warning);
  CHECK_THAT(trouble(judge_folder(facts)).text, Contains("less than the 6.0 GiB of min_free"));
  facts.min_free = 0;
  CHECK(all_ok(judge_folder(facts)));
}

TEST_CASE("A min_free that the disk can not have is told as one for which nothing is deleted") {
  auto facts = good_folder();
  facts.min_free = facts.space->total;
  const auto finding = trouble(judge_folder(facts));
  CHECK(finding.grade == Grade::warning);
  CHECK_THAT(finding.text, Contains("min_free (200.0 GiB) is not less than the disk"));
  CHECK_THAT(finding.text, !Contains("the oldest recordings go"));
  CHECK_THAT(finding.remedy, Contains("set min_free to less"));
  facts.min_free = facts.space->total - 1;
  CHECK_THAT(trouble(judge_folder(facts)).text, Contains("the oldest recordings go"));
}

TEST_CASE("A disk is judged by what the stream needs: less is a problem, little more a warning") {
  auto facts = good_folder();
  facts.write_rate = 3.9e6;
  CHECK(trouble(judge_folder(facts)).grade == Grade::problem);
  facts.write_rate = 7.9e6;
  CHECK(trouble(judge_folder(facts)).grade == Grade::warning);
  facts.write_rate = 8.1e6;
  CHECK(all_ok(judge_folder(facts)));
  CHECK(judge_folder(facts).back().text ==
        "8.1 MB/s written, 4.0 MB/s are usual for such a picture");
  CHECK(usual_stream_rate(1920, 1080, 30) == Approx(4e6));
  CHECK(usual_stream_rate(960, 540, 60) == Approx(2e6));
}

TEST_CASE("A clock in the past is a problem, one that nobody keeps right a warning") {
  CHECK(judge_clock(clock_of(1970, true)).grade == Grade::problem);
  CHECK(judge_clock(clock_of(2023, true)).grade == Grade::problem);
  CHECK(judge_clock(clock_of(2027, false)).grade == Grade::warning);
  CHECK_THAT(judge_clock(clock_of(2027, false)).remedy, StartsWith("timedatectl set-ntp true"));
  CHECK(judge_clock(clock_of(2027, true)).grade == Grade::ok);
}

TEST_CASE("A clock that is kept right without the service's knowing is told with what helps") {
  const auto finding = judge_clock(clock_of(2027, true), false);
  CHECK(finding.grade == Grade::warning);
  CHECK_THAT(finding.remedy, Contains("ProtectClock=no"));
  CHECK_THAT(judge_clock(clock_of(2027, false), false).text, Contains("nothing keeps it right"));
  CHECK(parse_walls("LoadState=loaded\nProtectClock=yes\n").value().protect_clock == "yes");
}

TEST_CASE("A clock of which nobody tells whether it is kept right is not called one that is not") {
  auto facts = clock_of(2027, false);
  facts.synchronized_is_known = false;
  const auto finding = judge_clock(facts);
  CHECK(finding.grade == Grade::warning);
  CHECK_THAT(finding.text, Contains("nobody tells here whether a time server keeps it right"));
  CHECK_THAT(finding.text, !Contains("nothing keeps it right"));
}

TEST_CASE("Of a machine that tells nothing of its power nothing is said") {
  CHECK(judge_power({}).empty());
}

TEST_CASE("A Raspberry Pi's bits are told in words, what is now before what was") {
  const auto of = [](std::uint32_t bits) { return judge_power({bits, std::nullopt}).front(); };
  CHECK(of(0).grade == Grade::ok);
  CHECK(of(0x50005).grade == Grade::problem);
  CHECK_THAT(of(0x1).text, Contains("voltage is too low now"));
  CHECK(of(0x50000).grade == Grade::warning);
  CHECK_THAT(of(0x50000).text, Contains("voltage was too low"));
  CHECK(of(0x4).text == "the processor is slowed down now");
  CHECK(of(0x8).grade == Grade::warning);
  CHECK(of(0x40000).text == "the processor was slowed down since the start of the machine");
}

TEST_CASE("A hot processor is a warning") {
  const auto of = [](double celsius) { return judge_power({std::nullopt, celsius}).front(); };
  CHECK(of(61.4).text == "61 degrees Celsius");
  CHECK(of(79.9).grade == Grade::ok);
  CHECK(of(80).grade == Grade::warning);
}

TEST_CASE("The mode of a file allows the first that fits: owner, group, others; and root all") {
  const FileMode camera{0, 44, 0660};
  CHECK(allows(camera, {"root", 0, {}, true}, 6));
  CHECK(allows(camera, {"anna", 1000, {1000, 44}, true}, 6));
  CHECK_FALSE(allows(camera, {"anna", 1000, {1000}, true}, 6));
  const FileMode shut_out{1000, 44, 0066};
  CHECK_FALSE(allows(shut_out, {"anna", 1000, {44}, true}, 6));
  CHECK(allows(shut_out, {"ben", 1001, {44}, true}, 6));
  CHECK(allows(shut_out, {"carl", 1002, {}, true}, 4));
  CHECK_FALSE(allows({0, 0, 0755}, {"anna", 1000, {}, true}, 3));
}

TEST_CASE("A report has a line each, what helps below it, and counts at the end") {
  CHECK(report(std::vector<Finding>{{Grade::ok, "ffmpeg", "version 5.1", ""},
                                    {Grade::problem, "camera", "bad\x1b[31m", "plug\nit in"},
                                    {Grade::warning, "clock", "late", ""}}) ==
        "ok       ffmpeg        version 5.1\n"
        "problem  camera        bad [31m\n"
        "                       -> plug it in\n"
        "warning  clock         late\n"
        "1 problem, 1 warning\n");
  CHECK_FALSE(any_problem(std::vector<Finding>{{Grade::warning, "", "", ""}}));
  CHECK(any_problem(std::vector<Finding>{{Grade::problem, "", "", ""}}));
}

namespace {

CertificateFacts good_certificate(std::chrono::days life = std::chrono::days(90)) {
  CertificateFacts facts;
  facts.user = "minidvr";
  facts.now = std::chrono::system_clock::now();
  facts.own_names = {"dvr", "dvr.local", "192.168.1.5"};
  const auto made = tls::make_self_signed({"dvr.local"}, life, facts.now).value();
  facts.certificate = tls::Certificate::parse(made.certificate).value();
  return facts;
}

}  // namespace

TEST_CASE("Certificate: fine, for a name of this machine, with its end and its fingerprint") {
  const auto facts = good_certificate();
  const auto finding = judge_certificate(facts);
  CHECK(finding.grade == Grade::ok);
  CHECK_THAT(finding.text, Contains("for dvr.local, valid until "));
  CHECK_THAT(finding.text, Contains(facts.certificate->fingerprint()));
}

TEST_CASE("Certificate: of no use, or not to be read by who is to serve it") {
  CertificateFacts facts;
  facts.user = "minidvr";
  facts.problem = "the file of tls_key is of no use: it holds no private key in the form PEM";
  const auto broken = judge_certificate(facts);
  CHECK(broken.grade == Grade::problem);
  CHECK(broken.text == "there is no page and no API: " + facts.problem);
  CHECK_THAT(broken.remedy, Contains("mini-dvr tls --self-signed"));
  auto closed = good_certificate();
  closed.not_allowed = "tls_key";
  const auto finding = judge_certificate(closed);
  CHECK(finding.grade == Grade::problem);
  CHECK_THAT(finding.text, Contains("the user minidvr may not read the file of tls_key"));
  CHECK_THAT(finding.remedy, Contains("chown"));
}

TEST_CASE("Certificate: expired, soon to be, and not valid yet") {
  auto facts = good_certificate();
  facts.now += std::chrono::days(80);
  auto finding = judge_certificate(facts);
  CHECK(finding.grade == Grade::warning);
  CHECK_THAT(finding.text, StartsWith("it expires on "));
  CHECK_THAT(finding.remedy, Contains("systemctl reload mini-dvr"));
  facts.now += std::chrono::days(20);
  finding = judge_certificate(facts);
  CHECK(finding.grade == Grade::problem);
  CHECK_THAT(finding.text, StartsWith("it expired on "));
  facts.now -= std::chrono::days(200);
  finding = judge_certificate(facts);
  CHECK(finding.grade == Grade::problem);
  CHECK_THAT(finding.text, Contains("by this machine's clock"));
}

TEST_CASE("Certificate: for other names than those of this machine, or of allowed_hosts") {
  auto facts = good_certificate();
  facts.own_names = {"cam", "cam.local"};
  auto finding = judge_certificate(facts);
  CHECK(finding.grade == Grade::warning);
  CHECK_THAT(finding.text, Contains("it is for dvr.local, and not for cam, cam.local"));
  facts.own_names = {"dvr.local"};
  facts.allowed_hosts = {"dvr.local", "dvr.example.org"};
  finding = judge_certificate(facts);
  CHECK(finding.grade == Grade::warning);
  CHECK_THAT(finding.text, Contains("and not for dvr.example.org"));
  facts.own_names = {"cam"};
  facts.allowed_hosts = {"dvr.local"};
  CHECK(judge_certificate(facts).grade == Grade::ok);
}

TEST_CASE("Certificate: everybody may read its key") {
  auto facts = good_certificate();
  facts.key_is_open = true;
  const auto finding = judge_certificate(facts);
  CHECK(finding.grade == Grade::warning);
  CHECK_THAT(finding.remedy, Contains("chmod 0600"));
}

TEST_CASE(
    "Service: one that does not tell how it is, is a warning; only where none is, all is ok") {
  const auto judged_as = [](Errc code) {
    return judge_service(make_error(code, "too many wrong passwords"));
  };
  CHECK(judged_as(Errc::unavailable).grade == Grade::ok);
  const auto finding = judged_as(Errc::refused);
  CHECK(finding.grade == Grade::warning);
  CHECK(finding.text == "too many wrong passwords");
  CHECK_THAT(finding.remedy, StartsWith("systemctl status mini-dvr"));
}

TEST_CASE("Accounts: a file that is of no use, or not to be read, is told with what helps") {
  AccountsFacts facts;
  facts.path = "/state/accounts.json";
  facts.user = "minidvr";
  facts.is_self = false;
  CHECK(judge_accounts(facts).text == "no password is set (mini-dvr passwd sets one)");
  facts.people = 2;
  CHECK(judge_accounts(facts).text == "2 with a password, 0 with a token");
  facts.problem = "/state/accounts.json: it is no JSON object";
  const auto damaged = judge_accounts(facts);
  CHECK(damaged.grade == Grade::problem);
  CHECK_THAT(damaged.text, StartsWith("nobody is let in: /state/accounts.json"));
  CHECK_THAT(damaged.remedy, Contains("sudo mv /state/accounts.json /state/accounts.json.damaged"));
  facts.is_kept = true;
  CHECK(judge_accounts(facts).grade == Grade::problem);
  CHECK_THAT(judge_accounts(facts).remedy, Contains("sudo chown minidvr /state/accounts.json"));
  facts.is_self = true;
  CHECK(judge_accounts(facts).grade == Grade::warning);
}

TEST_CASE("What the service's unit hides or keeps from being written is told with what allows it") {
  const std::string usual =
      "LoadState=loaded\nProtectHome=yes\nProtectSystem=strict\nReadWritePaths=-/media -/mnt "
      "-/srv\nStateDirectory=mini-dvr\n";
  CHECK_FALSE(parse_walls(""));
  CHECK_FALSE(parse_walls("LoadState=not-found\nProtectHome=no\n"));
  const auto walls = parse_walls(usual).value();
  CHECK(why_hidden(walls, "/usr/bin/ffmpeg").empty());
  CHECK(why_hidden(walls, "/homes/ffmpeg").empty());
  CHECK_THAT(why_hidden(walls, "/home/pi/ustreamer"), Contains("ProtectHome=yes"));
  for (const char* path : {"/var/lib/mini-dvr/recordings", "/mnt", "/mnt/disk/rec", "/srv/"}) {
    CAPTURE(path);
    CHECK(why_not_writable(walls, path).empty());
  }
  for (const char* path : {"/data/rec", "/mnt2", "/home/pi/rec", "/var/lib/mini-dvr-2", "/"}) {
    CAPTURE(path);
    CHECK_FALSE(why_not_writable(walls, path).empty());
  }
  const auto named = [&](const std::string& home, const std::string& paths) {
    return parse_walls("LoadState=loaded\nProtectHome=" + home +
                       "\nProtectSystem=strict\nReadWritePaths=" + paths)
        .value();
  };
  CHECK(why_not_writable(named("yes", R"(-/mnt "-/data/my rec")"), "/data/my rec/2").empty());
  CHECK_FALSE(why_not_writable(named("yes", R"("/data/my rec")"), "/data/other").empty());
  CHECK(why_not_writable(named("read-only", "-/home/pi/rec"), "/home/pi/rec").empty());
  CHECK(why_hidden(named("read-only", ""), "/home/pi/ustreamer").empty());
  CHECK_FALSE(why_not_writable(named("read-only", "-/mnt"), "/home/pi/rec").empty());
  CHECK(why_not_writable(named("yes", "-+/data/rec"), "/data/rec").empty());
  // systemd lets nothing through what it hides.
  CHECK_FALSE(why_not_writable(named("yes", "-/home/pi/rec"), "/home/pi/rec").empty());
}

TEST_CASE("Of several services the one that reads these settings is judged, and named") {
  const std::string shown =
      "Id=mini-dvr.service\nLoadState=loaded\nExecStart={ path=/usr/bin/mini-dvr ; "
      "argv[]=/usr/bin/mini-dvr --config /etc/mini-dvr.conf ; ignore_errors=no }\n"
      "ProtectSystem=strict\nReadWritePaths=-/mnt\n\n"
      "Id=mini-dvr2.service\nLoadState=loaded\nExecStart={ path=/usr/bin/mini-dvr ; "
      "argv[]=/usr/bin/mini-dvr --config=/etc/mini-dvr2.conf --fps 25 ; ignore_errors=no }\n"
      "ProtectSystem=strict\nReadWritePaths=-/data\nStateDirectory=mini-dvr2\n";
  const auto second = parse_walls(shown, "/etc/mini-dvr2.conf").value();
  CHECK(second.unit == "mini-dvr2");
  CHECK(why_not_writable(second, "/data/rec").empty());
  CHECK(why_not_writable(second, "/var/lib/mini-dvr2/recordings").empty());
  CHECK_FALSE(why_not_writable(second, "/mnt/rec").empty());
  CHECK_THAT(way_to_write(second, "/mnt/rec"), StartsWith("in sudo systemctl edit mini-dvr2,"));
  CHECK_THAT(way_to_see(second, "/home/pi/key.pem"), Contains("restart mini-dvr2"));
  for (const char* file : {"/etc/mini-dvr.conf", "/etc/mini-dvr", "/home/pi/trial.conf", ""}) {
    CAPTURE(file);
    CHECK(parse_walls(shown, file).value().unit == "mini-dvr");
  }
  CHECK_FALSE(parse_walls("LoadState=not-found\n\n" + shown).has_value());
}

TEST_CASE("What lies in /tmp is not there for a service that has one of its own") {
  const auto walls_with = [](const std::string& own_tmp) {
    return parse_walls("LoadState=loaded\nProtectSystem=strict\nPrivateTmp=" + own_tmp).value();
  };
  const auto walls = walls_with("yes");
  for (const char* path : {"/tmp/rec", "/var/tmp", "/var/tmp/a/b"}) {
    CAPTURE(path);
    CHECK_THAT(why_not_writable(walls, path), Contains("which is emptied when it stops"));
    CHECK_THAT(way_to_write(walls, path), !Contains("ReadWritePaths"));
    CHECK_THAT(why_not_writable(walls_with("no"), path), Contains("ReadWritePaths"));
  }
  CHECK(why_hidden(walls, "/tmpfiles/x").empty());
  CHECK(why_hidden(walls_with("no"), "/tmp/ffmpeg").empty());
  Settings settings;
  settings.recordings_dir = "/dev/rec";
  settings.state_dir = "/dev/rec/.state";
  settings.accounts_file = "/tmp/accounts.json";
  CHECK_THAT(trouble(judge_walls(walls, settings)).text, StartsWith("accounts are not known"));
}

TEST_CASE("The folder that a link leads to is what the unit's paths are held against") {
  const test::TemporaryFolder folder;
  const auto link = folder.path() / "rec";
  std::filesystem::create_directory_symlink("/usr", link);
  const auto named = [](const std::filesystem::path& path) {
    return parse_walls("LoadState=loaded\nProtectSystem=strict\nReadWritePaths=-" + path.string())
        .value();
  };
  CHECK_FALSE(why_not_writable(named("/mnt"), link).empty());
  CHECK(why_not_writable(named("/usr"), link).empty());
  CHECK(why_not_writable(named(link), link).empty());
  CHECK(why_not_writable(named(link), "/usr/rec").empty());
  // It is in that folder, and what it leads to is not.
  CHECK_FALSE(why_not_writable(named(folder.path()), link).empty());
  CHECK_THAT(way_to_write(named("/mnt"), link), Contains("ReadWritePaths=\"-/usr\";"));
}

TEST_CASE("What a unit is to name is told as a unit takes it") {
  const ServiceWalls walls{"yes", "strict", {"/mnt"}};
  CHECK_THAT(way_to_write(walls, "/data/100% my rec/"),
             Contains("below [Service]: ReadWritePaths=\"-/data/100%% my rec\"; then"));
  CHECK_THAT(way_to_write(walls, "/home/pi/rec"),
             Contains("ReadWritePaths=\"-/home/pi/rec\" and ProtectHome=read-only;"));
}

TEST_CASE("A network's disk that refuses root alone is not called one that can not be written") {
  auto facts = good_folder();
  facts.write_rate.reset();
  take_trial(facts, {EACCES, std::nullopt}, false);
  const auto findings = judge_folder(facts);
  CHECK(all_ok(findings));
  CHECK_THAT(findings.back().text, Contains("sudo -u anna mini-dvr doctor"));
  // What is refused to who is to write is, and so is what no rights allow.
  take_trial(facts, {EACCES, std::nullopt}, true);
  CHECK(trouble(judge_folder(facts)).grade == Grade::problem);
  take_trial(facts, {EPERM, std::nullopt}, false);
  CHECK(trouble(judge_folder(facts)).grade == Grade::problem);
  take_trial(facts, {0, 80e6}, false);
  CHECK(all_ok(judge_folder(facts)));
}

TEST_CASE("A folder that root may not even look at is told as one that is not known") {
  FolderFacts facts;
  facts.path = "/mnt/sshfs";
  facts.user = "anna";
  facts.is_closed_to_root = true;
  const auto finding = trouble(judge_folder(facts));
  CHECK(finding.grade == Grade::warning);
  CHECK(finding.remedy == "sudo -u anna mini-dvr doctor");
}

TEST_CASE("A folder that the service may not write is a problem, whatever its rights say") {
  auto facts = good_folder();
  facts.walled = "the service may only read /recordings";
  facts.way = "name it";
  const auto finding = trouble(judge_folder(facts));
  CHECK(finding.grade == Grade::problem);
  CHECK(finding.remedy == "name it");
}

TEST_CASE("Accounts, state and certificate that the unit keeps from the service are told") {
  const ServiceWalls walls{"yes", "strict", {"/mnt", "/var/lib/mini-dvr"}};
  Settings settings;
  settings.recordings_dir = "/mnt/rec";
  settings.state_dir = "/mnt/rec/.state";
  settings.accounts_file = "/var/lib/mini-dvr/accounts.json";
  CHECK(judge_walls(walls, settings).empty());
  settings.accounts_file = "/etc/mini-dvr/accounts.json";
  CHECK(trouble(judge_walls(walls, settings)).grade == Grade::warning);
  settings.accounts_file = "/home/pi/accounts.json";
  CHECK_THAT(trouble(judge_walls(walls, settings)).text, StartsWith("nobody is let in"));
  settings.accounts_file = "/mnt/accounts.json";
  settings.tls_certificate = settings.tls_key = "/home/pi/tls.pem";
  CHECK(trouble(judge_walls(walls, settings)).grade == Grade::problem);
  settings.tls_certificate = settings.tls_key = "/etc/ssl/tls.pem";
  settings.state_dir = "/data/state";
  CHECK(trouble(judge_walls(walls, settings)).subject == "state");
}

namespace {

// As the unit has it, and systemctl shows it.
ServiceWalls walls_of_the_lan() {
  return parse_walls(
             "LoadState=loaded\nIPAddressAllow=127.0.0.0/8 10.0.0.0/8 172.16.0.0/12 "
             "192.168.0.0/16 169.254.0.0/16 ::1/128 fe80::/64 fc00::/7\n"
             "IPAddressDeny=0.0.0.0/0 ::/0\n")
      .value();
}

NetworkFacts allowing(const std::string& networks, bool asks_for_password = false) {
  return {parse_allowed_networks(networks).value(), asks_for_password, {}, {}};
}

}  // namespace

TEST_CASE("Who may ask by allow_networks, and not by the unit, is told with what lets him") {
  const auto walls = walls_of_the_lan();
  for (const char* networks : {"auto", "private", "192.168.1.0/24, fd00::/8, fe80::/10"}) {
    CAPTURE(networks);
    CHECK(judge_network(walls, allowing(networks)).empty());
  }
  const auto vpn = trouble(judge_network(walls, allowing("private, 100.64.0.0/10")));
  CHECK(vpn.grade == Grade::warning);
  CHECK_THAT(vpn.text, StartsWith("allow_networks lets 100.64.0.0/10 ask"));
  CHECK_THAT(vpn.remedy, Contains("edit mini-dvr, below [Service]: IPAddressAllow=100.64.0.0/10;"));
  CHECK_THAT(trouble(judge_network(walls, allowing("any", true))).remedy,
             Contains("IPAddressAllow=0.0.0.0/0 ::/0;"));
  // Which is the default: told, and no trouble.
  const auto usual = judge_network(walls, allowing("auto", true));
  CHECK(all_ok(usual));
  CHECK_THAT(usual.front().text, Contains("also with a password"));
  auto open = walls;
  open.ip_allow = "0.0.0.0/0 ::/0";
  CHECK(judge_network(open, allowing("any")).empty());
  CHECK(judge_network(ServiceWalls{}, allowing("any")).empty());
  open.ip_allow = "words of another version";
  CHECK(judge_network(open, allowing("any")).empty());
}

TEST_CASE("A server of stream_url that the unit keeps from the service is a problem") {
  const auto walls = walls_of_the_lan();
  auto facts = allowing("auto");
  const auto of_url = [&](const std::string& url) {
    facts.stream_host = host_of(url);
    return judge_network(walls, facts);
  };
  CHECK(of_url("http://192.168.1.7:8000/stream").empty());
  CHECK(of_url("http://[fe80::1%25eth0]:8000/stream").empty());
  const auto finding = trouble(of_url("https://anna:secret@203.0.113.7/stream"));
  CHECK(finding.grade == Grade::problem);
  CHECK(finding.text == "the unit keeps the service from 203.0.113.7, the server of stream_url");
  CHECK_THAT(finding.remedy, Contains("IPAddressAllow=203.0.113.7;"));
  CHECK(trouble(of_url("http://[2001:db8::7]/")).grade == Grade::problem);
  facts.name_servers = name_servers_in("# by hand\nsearch lan\nnameserver 8.8.8.8\n");
  CHECK(trouble(of_url("http://camera.example.org/")).grade == Grade::warning);
  CHECK(of_url("http://camera.local/").empty());
  CHECK(of_url("http://camera/").empty());
  facts.name_servers = name_servers_in("nameserver 8.8.8.8\nnameserver\t192.168.1.1\n");
  CHECK(of_url("http://camera.example.org/").empty());
}
