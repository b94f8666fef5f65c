// A running mini-dvr on the virtual camera, with its own ports, folders and camera.
#pragma once

#include "integration/support/http_client.hpp"
#include "support/patience.hpp"
#include "support/temporary_folder.hpp"
#include "virtual_camera.hpp"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace minidvr::test {

using namespace std::chrono_literals;

// Polls until `condition` holds; false when it does not within `limit`.
bool wait_until(const std::function<bool()>& condition, std::chrono::milliseconds limit);

std::uint16_t free_port();

// The children of a process, by the name of their program.
std::vector<pid_t> children_of(pid_t parent, const std::string& name);
bool alive(pid_t pid);

class Service {
 public:
  struct Options {
    std::vector<std::string> arguments;  // beside the ones that every test needs
    std::vector<std::string> environment;
    std::filesystem::path recordings;  // empty: a folder in folder()
    // Called in the new process before mini-dvr takes its place: what its parent leaves to it.
    // stdout and stderr already are the log.
    std::function<void()> before_exec;
    std::filesystem::path program;  // empty: the one that is tested
    std::uint16_t app_port = 0;     // 0: a free one
    bool answers = true;            // false: start() does not wait for an answer
    // What it serves https by, as its arguments say: the tests trust nothing else. Empty: http.
    std::filesystem::path certificate;
  };

  explicit Service(Options options);
  // 1920x1080 at 30 fps.
  explicit Service(std::vector<std::string> arguments = {});
  Service(const Service&) = delete;
  ~Service();

  // The program that the tests are about.
  static std::filesystem::path tested_program();

  // Starts it (again). Returns when it answers.
  void start();
  // kill -9, and waits for its end.
  void kill();
  // SIGTERM; returns its exit status, or nullopt when it is not gone within `limit`: 10 s are
  // promised.
  std::optional<int> terminate(std::chrono::milliseconds limit = 12s) {
    return end(SIGTERM, limit);
  }
  // The same with another signal.
  std::optional<int> end(int signal, std::chrono::milliseconds limit = 12s);

  bool online(std::chrono::milliseconds limit = kPatience) const;
  boost::json::object status() const { return json(get(server(), "/status")); }
  boost::json::object recorder() const { return status().at("recorder").as_object(); }
  bool is_recording() const { return recorder().at("state").as_string() == "recording"; }
  HttpAnswer health() const { return get(server(), "/health"); }
  // Over the WebSocket. Returns the answer.
  boost::json::object command(const std::string& command) const;

  // What it is started with: a command with the same is about this one.
  const std::vector<std::string>& arguments() const { return arguments_; }
  const std::vector<std::string>& environment() const { return environment_; }
  pid_t pid() const { return pid_; }
  std::optional<pid_t> ffmpeg() const;
  std::optional<pid_t> ustreamer() const;
  std::uint16_t app_port() const { return app_port_; }
  Server server() const { return {app_port_, certificate_}; }
  std::uint16_t preview_port() const { return preview_port_; }
  virtual_camera::VirtualCamera& camera() { return *camera_; }
  const std::filesystem::path& folder() const { return folder_.path(); }
  const std::filesystem::path& recordings() const { return recordings_; }
  std::vector<std::filesystem::path> files() const;  // finished segments, by name
  std::string log() const;
  // Whether it holds `text`, or will in a moment: a thread of its own writes it, and what a client
  // is told of the same may be sooner.
  bool logs(std::string_view text) const;

 private:
  TemporaryFolder folder_;
  std::filesystem::path recordings_;
  std::unique_ptr<virtual_camera::VirtualCamera> camera_;
  std::vector<std::string> arguments_;
  std::vector<std::string> environment_;
  std::function<void()> before_exec_;
  std::filesystem::path program_;
  bool answers_;
  std::filesystem::path certificate_;
  std::uint16_t app_port_;
  std::uint16_t preview_port_;
  pid_t pid_ = 0;
};

}  // namespace minidvr::test
