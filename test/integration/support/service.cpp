#include "integration/support/service.hpp"

#include "support/file_bytes.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace minidvr::test {
namespace fs = std::filesystem;

bool wait_until(const std::function<bool()>& condition, std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(20ms);
  }
  return true;
}

std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    throw std::runtime_error("no free port");
  }
  ::close(fd);
  return ntohs(address.sin_port);
}

std::vector<pid_t> children_of(pid_t parent, const std::string& name) {
  std::vector<pid_t> result;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    std::ifstream stat(entry.path() / "stat");
    std::string pid, command, state;
    pid_t of = 0;
    // ustreamer renames its main thread, but comm in brackets has no blanks here.
    if (!(stat >> pid >> command >> state >> of) || of != parent || state == "Z") continue;
    if (command == "(" + name + ")") result.push_back(std::stoi(pid));
  }
  return result;
}

bool alive(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string number, command, state;
  return (stat >> number >> command >> state) && state != "Z";
}

Service::Service(std::vector<std::string> arguments)
    : Service(Options{std::move(arguments), {}, {}, {}, {}, 0, true, {}}) {}

Service::Service(Options options)
    : recordings_(options.recordings.empty() ? folder_.path() / "recordings" : options.recordings),
      camera_(std::make_unique<virtual_camera::VirtualCamera>(folder_.path() / "camera")),
      environment_(std::move(options.environment)),
      before_exec_(std::move(options.before_exec)),
      program_(options.program.empty() ? tested_program() : options.program),
      answers_(options.answers),
      certificate_(std::move(options.certificate)),
      app_port_(options.app_port != 0 ? options.app_port : free_port()),
      preview_port_(free_port()) {
  arguments_ = {"--device",         "virtual",
                "--resolution",     "1920x1080",
                "--app-host",       "127.0.0.1",
                "--app-port",       std::to_string(app_port_),
                "--preview-host",   "127.0.0.1",
                "--preview-port",   std::to_string(preview_port_),
                "--recordings-dir", recordings_.string(),
                "--accounts-file",  (folder_.path() / "accounts.json").string()};
  arguments_.insert(arguments_.end(), options.arguments.begin(), options.arguments.end());
  // What is kept must not depend on this machine's disk.
  if (std::find(arguments_.begin(), arguments_.end(), "--min-free") == arguments_.end())
    arguments_.insert(arguments_.end(), {"--min-free", "0"});
  // How many files there are must not depend on the time of day.
  if (std::find(arguments_.begin(), arguments_.end(), "--segment-align") == arguments_.end())
    arguments_.insert(arguments_.end(), {"--segment-align", "off"});
  // A test may have cameras of its own.
  environment_.insert(environment_.begin(),
                      "MINIDVR_VIRTUAL_CAMERA=" + (folder_.path() / "camera").string());
  start();
}

Service::~Service() {
  if (pid_ != 0) kill();
  // A test that failed is understood from the log.
  if (std::uncaught_exceptions() > 0) std::cerr << log() << std::endl;
}

fs::path Service::tested_program() {
  // Another build of it than the tests' own.
  const char* program = std::getenv("TEST_PROGRAM");
  return program != nullptr ? program : MINIDVR_BINARY;
}

void Service::start() {
  std::vector<const char*> argv{program_.c_str()};
  for (const auto& argument : arguments_)
    argv.push_back(argument.c_str());
  argv.push_back(nullptr);
  const std::string log_file = (folder_.path() / "log").string();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (const auto& entry : environment_)
      ::putenv(const_cast<char*>(entry.c_str()));
    const int log = ::open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    ::close(log);
    std::signal(SIGHUP, SIG_DFL);  // tests may be run by nohup
    if (before_exec_) before_exec_();
    ::execv(argv[0], const_cast<char* const*>(argv.data()));
    ::_exit(127);
  }
  if (answers_ && !wait_until([&] { return get(server(), "/status").status == 200; }, kPatience)) {
    throw std::runtime_error("mini-dvr does not answer:\n" + log());
  }
}

void Service::kill() {
#ifdef MINIDVR_COVERAGE
  // Ends it the same way, the counts written before: see test/coverage.
  ::kill(pid_, SIGRTMIN);
  wait_until([&] { return !alive(pid_); }, 10s);
#endif
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

std::optional<int> Service::end(int signal, std::chrono::milliseconds limit) {
  ::kill(pid_, signal);
  int status = 0;
  if (!wait_until([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; }, limit)) {
    return std::nullopt;
  }
  pid_ = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool Service::online(std::chrono::milliseconds limit) const {
  return wait_until(
      [&] {
        const auto now = status();
        return !now.empty() && now.at("camera").at("online").as_bool();
      },
      limit);
}

boost::json::object Service::command(const std::string& command) const {
  WebSocket socket(server());
  socket.send(R"({"command":")" + command + R"(","request_id":"test"})");
  for (;;) {
    auto message = socket.receive(kPatience);
    if (!message) throw std::runtime_error("no answer to " + command + ":\n" + log());
    const auto* id = message->if_contains("request_id");
    if (id != nullptr && id->as_string() == "test") return *message;
  }
}

std::optional<pid_t> Service::ffmpeg() const {
  const auto pids = children_of(pid_, "ffmpeg");
  if (pids.empty()) return std::nullopt;
  return pids.front();
}

std::optional<pid_t> Service::ustreamer() const {
  for (const auto* name : {"ustreamer", "ustreamer.bin", "main"}) {
    const auto pids = children_of(pid_, name);
    if (!pids.empty()) return pids.front();
  }
  return std::nullopt;
}

std::vector<fs::path> Service::files() const {
  std::vector<fs::path> result;
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(recordings_, ec)) {
    if (entry.path().extension() == ".mp4") result.push_back(entry.path());
  }
  std::sort(result.begin(), result.end());
  return result;
}

bool Service::logs(std::string_view text) const {
  return wait_until([&] { return log().find(text) != std::string::npos; }, kPatience);
}

std::string Service::log() const {
  return file_bytes(folder_.path() / "log");
}

}  // namespace minidvr::test
