// How facts are read: from what programs print and from files as the kernel has them.

#include "doctor/camera_formats.hpp"
#include "doctor/disk_trial.hpp"
#include "doctor/machine_check.hpp"
#include "doctor/port_check.hpp"
#include "doctor/processes.hpp"
#include "doctor/user.hpp"
#include "support/temporary_folder.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace minidvr;
using namespace minidvr::doctor;
using namespace minidvr::test;
namespace fs = std::filesystem;
namespace ip = boost::asio::ip;

namespace {

// As v4l2-ctl 1.22 prints it for a camera with two formats.
constexpr const char* kWebcam = R"(ioctl: VIDIOC_ENUM_FMT
	Type: Video Capture

	[0]: 'YUYV' (YUYV 4:2:2)
		Size: Discrete 640x480
			Interval: Discrete 0.033s (30.000 fps)
	[1]: 'MJPG' (Motion-JPEG, compressed)
		Size: Discrete 1280x720
			Interval: Discrete 0.017s (60.000 fps)
			Interval: Discrete 0.033s (30.000 fps)
		Size: Discrete 1920x1080
			Interval: Discrete 0.033s (29.970 fps)
)";

ListeningSocket at(const char* address) {
  return {ip::make_address(address), 8080, 1};
}

// An open socket on a port of the kernel's choice.
class Listening {
 public:
  Listening() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t length = sizeof address;
    REQUIRE(::bind(fd_, generic, length) == 0);
    REQUIRE(::listen(fd_, 1) == 0);
    REQUIRE(::getsockname(fd_, generic, &length) == 0);
    port_ = ntohs(address.sin_port);
  }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;
  ~Listening() { ::close(fd_); }
  std::uint16_t port() const { return port_; }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

}  // namespace

TEST_CASE("What a camera offers as MJPEG is read, and nothing of its other formats") {
  const auto offered = parse_formats(kWebcam);
  CHECK(offered.formats == std::vector<std::string>{"YUYV", "MJPG"});
  REQUIRE(offered.mjpeg.size() == 2);
  CHECK(offered.mjpeg[0] == OfferedSize{{1280, 720}, {1280, 720}, {60, 30}});
  CHECK(offered.mjpeg[1] == OfferedSize{{1920, 1080}, {1920, 1080}, {29.97}});
  CHECK(describe(offered.mjpeg) == "1280x720 at 60 or 30, 1920x1080 at 29.97");
}

TEST_CASE("A camera that takes any size within bounds offers those between them") {
  const auto offered = parse_formats(
      "\t[0]: 'MJPG' (Motion-JPEG, compressed)\n"
      "\t\tSize: Stepwise 48x32 - 1920x1080 with step 2/2\n");
  REQUIRE(offered.mjpeg.size() == 1);
  CHECK(offered.mjpeg[0].has({48, 32}));
  CHECK(offered.mjpeg[0].has({1920, 1080}));
  CHECK_FALSE(offered.mjpeg[0].has({1920, 1082}));
  CHECK_FALSE(offered.mjpeg[0].has({46, 720}));
  CHECK(describe(offered.mjpeg) == "48x32 to 1920x1080");
}

TEST_CASE("What v4l2-ctl prints that nobody expects is passed over") {
  CHECK(parse_formats("").formats.empty());
  const auto offered = parse_formats(
      "[0]: 'MJPG\n[0]: 'MJPG' (x)\nSize:\nSize: Discrete\nSize: Discrete 1x\nInterval: (30 fps)\n"
      "Size: Discrete 99999999999x1\nSize: Discrete 640x480\nInterval: Discrete 1s (x fps)\n"
      "Interval: fps) (\nInterval: Continuous\n");
  CHECK(offered.formats == std::vector<std::string>{"MJPG"});
  CHECK(offered.mjpeg == std::vector<OfferedSize>{{{640, 480}, {640, 480}, {}}});
}

TEST_CASE("Sockets that listen are read from the kernel's tables, of either kind") {
  const std::uint32_t loopback = htonl(INADDR_LOOPBACK);
  char word[9];
  std::snprintf(word, sizeof word, "%08X", loopback);
  const std::string tail = " 00000000:00000000 00:00000000 00000000  1000        0 ";
  const auto sockets = parse_sockets(
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
      "inode\n"
      "   0: " +
      std::string(word) + ":1F90 00000000:0000 0A" + tail + "4711 1 0 100 0\n" + "   1: " + word +
      ":1F91 " + word + ":1F90 01" + tail + "4712 1 0 100 0\n" +
      "   2: 00000000000000000000000000000000:1F92 00000000000000000000000000000000:0000 0A" +
      tail + "4713 1\n   3: 0000:1F93 00000000:0000 0A" + tail + "4714\n   4: x\n");
  REQUIRE(sockets.size() == 2);
  CHECK(sockets[0] == ListeningSocket{ip::make_address("127.0.0.1"), 8080, 4711});
  CHECK(sockets[1] == ListeningSocket{ip::make_address("::"), 8082, 4713});
}

TEST_CASE("A socket keeps another from the same address, and one for all addresses from each") {
  const auto wanted = [](const char* address) { return ip::make_address(address); };
  CHECK(excludes(at("127.0.0.1"), wanted("127.0.0.1")));
  CHECK_FALSE(excludes(at("127.0.0.2"), wanted("127.0.0.1")));
  CHECK(excludes(at("0.0.0.0"), wanted("192.0.2.1")));
  CHECK(excludes(at("192.0.2.1"), wanted("0.0.0.0")));
  CHECK(excludes(at("::"), wanted("0.0.0.0")));
  CHECK_FALSE(excludes(at("::1"), wanted("0.0.0.0")));
  CHECK_FALSE(excludes(at("0.0.0.0"), wanted("::1")));
}

TEST_CASE("Who has a file or a port is found: this test has both") {
  const TemporaryFolder folder;
  const auto file = fs::canonical(folder.write("camera", ""));
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  const Listening listening;
  const OpenFiles open_files("/proc");
  ::close(fd);
  const auto holders = open_files.holders_of(file.string());
  REQUIRE(holders.size() == 1);
  CHECK(holders[0].pid == ::getpid());
  CHECK_FALSE(holders[0].name.empty());
  CHECK_FALSE(holders[0].is_ours);
  CHECK(open_files.holders_of("/no/such/file").empty());

  std::vector<ListeningSocket> mine;
  for (const auto& socket : listening_sockets("/proc")) {
    if (socket.port == listening.port()) mine.push_back(socket);
  }
  REQUIRE(mine.size() == 1);
  const auto of_port = open_files.holders_of(mine);
  REQUIRE(of_port.size() == 1);
  CHECK(of_port[0].pid == ::getpid());
}

TEST_CASE("A child of mini-dvr is ours, and so is mini-dvr; a process without rights is not seen") {
  const TemporaryFolder proc;
  const auto process = [&](const char* pid, const std::string& words, const char* parent) {
    fs::create_directories(proc.path() / pid / "fd");
    proc.write(std::string(pid) + "/cmdline", words);
    proc.write(std::string(pid) + "/comm", "short\n");
    proc.write(std::string(pid) + "/status", std::string("Name:\tx\nPPid:\t") + parent + "\n");
    fs::create_symlink("/dev/video7", proc.path() / pid / "fd" / "3");
  };
  using namespace std::string_literals;
  process("10", "/usr/local/bin/mini-dvr\0--config\0x\0"s, "1");
  process("11", "ustreamer\0--device\0"s, "10");
  process("12", "", "1");
  fs::create_directories(proc.path() / "net");
  const OpenFiles open_files(proc.path());
  CHECK(open_files.sees_all());
  auto holders = open_files.holders_of("/dev/video7");
  std::sort(holders.begin(), holders.end(),
            [](const Holder& a, const Holder& b) { return a.pid < b.pid; });
  CHECK(holders ==
        std::vector<Holder>{{10, "mini-dvr", true}, {11, "ustreamer", true}, {12, "short", false}});
  CHECK(describe(holders) == "mini-dvr (pid 10), ustreamer (pid 11), short (pid 12)");
}

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
