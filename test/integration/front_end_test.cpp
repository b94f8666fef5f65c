// Nothing that is wrong with the page keeps the program from recording; and the page comes as soon
// as it can.
#include "core/file.hpp"
#include "integration/support/recording_checks.hpp"
#include "integration/support/service.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>

#include <catch2/catch.hpp>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

using namespace minidvr;
using namespace minidvr::test;
namespace fs = std::filesystem;

namespace {

template <class Address>
const sockaddr* generic(const Address& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

// Another program's port.
class TakenPort {
 public:
  TakenPort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    REQUIRE(::bind(fd_.get(), generic(address), length) == 0);
    REQUIRE(::listen(fd_.get(), 1) == 0);
    REQUIRE(::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &length) == 0);
    port = ntohs(address.sin_port);
  }
  void release() { fd_.reset(); }

  std::uint16_t port = 0;

 private:
  FileDescriptor fd_;
};

// What systemd would be told.
class NotifySocket {
 public:
  NotifySocket()
      : path_((folder_.path() / "notify").string()),
        fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(path_.size() < sizeof address.sun_path);
    std::copy(path_.begin(), path_.end(), address.sun_path);
    REQUIRE(::bind(fd_.get(), generic(address), sizeof address) == 0);
  }

  std::string variable() const { return "NOTIFY_SOCKET=" + path_; }

  // All that was told until now, one a line.
  const std::string& told() {
    std::array<char, 4096> text{};
    for (;;) {
      const auto n = ::recv(fd_.get(), text.data(), text.size(), 0);
      if (n <= 0) return told_;
      told_.append(text.data(), static_cast<std::size_t>(n)) += '\n';
    }
  }

  bool hears(const std::string& text) {
    return wait_until([&] { return told().find(text) != std::string::npos; }, 30s);
  }

 private:
  TemporaryFolder folder_;
  std::string path_;
  FileDescriptor fd_;
  std::string told_;
};

std::uintmax_t bytes_being_written(const Service& service) {
  std::uintmax_t bytes = 0;
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(service.recordings() / ".partial", ec)) {
    if (entry.path().extension() == ".mp4") bytes += entry.file_size(ec);
  }
  return bytes;
}

// A file is there, and grows.
bool grows(const Service& service) {
  if (!wait_until([&] { return bytes_being_written(service) > 0; }, 30s)) return false;
  const auto before = bytes_being_written(service);
  return wait_until([&] { return bytes_being_written(service) > before; }, 30s);
}

std::size_t lines_with(const std::string& log, const std::string& text) {
  std::size_t count = 0;
  for (auto at = log.find(text); at != std::string::npos; at = log.find(text, at + 1))
    ++count;
  return count;
}

// The program with its files as an installation has them, in a folder of its own.
class Installation {
 public:
  Installation() {
    const fs::path source = fs::path(MINIDVR_FIXTURES).parent_path().parent_path();
    fs::create_directories(folder_.path() / "bin");
    fs::create_directories(folder_.path() / "lib" / "mini-dvr");
    fs::create_directories(data());
    fs::copy_file(Service::tested_program(), program());
    fs::copy_file(MINIDVR_CAMERA_PRELOAD,
                  folder_.path() / "lib" / "mini-dvr" / "libvirtual_camera.so");
    for (const char* name : {"templates", "static"})
      fs::copy(source / name, data() / name, fs::copy_options::recursive);
  }

  fs::path program() const { return folder_.path() / "bin" / "mini-dvr"; }
  fs::path data() const { return folder_.path() / "share" / "mini-dvr"; }

 private:
  TemporaryFolder folder_;
};

}  // namespace

TEST_CASE("A port that is taken keeps the page away, and not the recording") {
  TakenPort taken;
  NotifySocket systemd;
  Service::Options options;
  options.arguments = {"--record-at-start", "on", "--resolution", "640x480"};
  options.environment = {systemd.variable()};
  options.app_port = taken.port;
  options.answers = false;
  Service service(options);

  CHECK(systemd.hears("READY=1"));
  const std::string problem = "cannot listen on 127.0.0.1 port " + std::to_string(taken.port);
  CHECK(systemd.hears("STATUS=no page and no API: " + problem + ": Address already in use"));
  CHECK(grows(service));
  CHECK(alive(service.pid()));

  taken.release();
  CHECK(wait_until([&] { return get(taken.port, "/").status == 200; }, kPatience));
  CHECK(systemd.hears("STATUS=page on http://127.0.0.1:" + std::to_string(taken.port) + "/"));
  CHECK(service.status().at("recording") == "running");
  CHECK(service.recorder().at("segments").as_int64() <= 1);
  // However often it was tried.
  CHECK(service.logs(problem));
  CHECK(lines_with(service.log(), problem) == 1);
  CHECK(service.terminate() == 0);
  check_files_complete(service);
  CHECK(service.files().size() == 1);
}

TEST_CASE("An address that the machine does not have keeps the page away, and not the recording") {
  NotifySocket systemd;
  Service::Options options;
  options.arguments = {"--record-at-start", "on", "--resolution", "640x480",
                       // Of the network for documentation (RFC 5737): nobody has it.
                       "--app-host", "192.0.2.1"};
  options.environment = {systemd.variable()};
  options.answers = false;
  Service service(options);
  CHECK(systemd.hears("READY=1"));
  CHECK(systemd.hears("STATUS=no page and no API: cannot listen on 192.0.2.1 port"));
  CHECK(grows(service));
  CHECK(service.terminate() == 0);
  check_files_complete(service);
  CHECK(service.files().size() == 1);
}

TEST_CASE("A file of the page that is missing keeps the page away, and not API and recording") {
  const Installation installed;
  const auto page = installed.data() / "templates" / "index.html";
  fs::rename(page, page.string() + ".away");
  NotifySocket systemd;
  Service::Options options;
  options.program = installed.program();
  options.arguments = {"--record-at-start", "on", "--resolution", "640x480"};
  options.environment = {systemd.variable()};
  Service service(options);

  CHECK(grows(service));
  CHECK(systemd.hears("READY=1"));
  CHECK(systemd.hears("STATUS=no page: cannot open " + page.string()));
  const auto answer = get(service.app_port(), "/");
  CHECK(answer.status == 503);
  CHECK(answer.body.find(page.string()) != std::string::npos);
  CHECK(service.status().at("page").at("ok") == false);

  fs::rename(page.string() + ".away", page);
  CHECK(wait_until([&] { return get(service.app_port(), "/").status == 200; }, kPatience));
  CHECK(get(service.app_port(), "/static/js/main.js").status == 200);
  CHECK(service.status().at("page").at("ok") == true);
  CHECK(systemd.hears("STATUS=page on http://127.0.0.1:"));
  CHECK(service.logs(page.string()));
  CHECK(lines_with(service.log(), page.string()) == 1);
  CHECK(service.status().at("recording") == "running");
  CHECK(service.terminate() == 0);
  check_files_complete(service);
  CHECK(service.files().size() == 1);
}
