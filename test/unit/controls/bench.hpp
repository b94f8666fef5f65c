// Runs the parts that talk to v4l2-ctl: with a program made for the test, or with the real one and
// the virtual camera.
#pragma once

#include "controls/controls_service.hpp"
#include "core/install_paths.hpp"
#include "fixture.hpp"
#include "support/temporary_folder.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <catch2/catch.hpp>

namespace minidvr::controls {

using test::TemporaryFolder;

// An I/O thread for one test.
class Loop {
 public:
  // Runs everything until `task` has ended, and returns its result. Fails the test after `limit`.
  template <class T>
  T run(Task<T> task, seconds limit = seconds(20)) {
    std::optional<T> result;
    run_task(store(std::move(task), result), limit);
    REQUIRE(result);
    return std::move(*result);
  }
  void run(Task<> task, seconds limit = seconds(20)) { run_task(std::move(task), limit); }
  void run_for(Steady::duration time) {
    context_.restart();
    context_.run_for(time);
  }
  // Until `condition` holds; whether it does, after `limit` at the latest.
  template <class Condition>
  bool run_until(Condition condition, seconds limit = seconds(20)) {
    const auto deadline = Steady::now() + limit;
    while (!condition() && Steady::now() < deadline)
      run_for(milliseconds(20));
    return condition();
  }

  net::any_io_executor executor() { return context_.get_executor(); }
  BlockingPool& pool() { return pool_; }

 private:
  template <class T>
  static Task<> store(Task<T> task, std::optional<T>& result) {
    result.emplace(co_await std::move(task));
  }
  void run_task(Task<> task, seconds limit) {
    bool done = false;
    std::exception_ptr failure;
    net::co_spawn(context_, std::move(task), [&](const std::exception_ptr& error) {
      failure = error;
      done = true;
    });
    context_.restart();
    const auto deadline = Steady::now() + limit;
    while (!done && Steady::now() < deadline)
      context_.run_one_for(milliseconds(100));
    if (failure) std::rethrow_exception(failure);
    REQUIRE(done);
  }

  net::io_context context_{1};
  BlockingPool pool_{1};
};

// A program in the place of v4l2-ctl. It notes its arguments and does what `script` says, in its
// folder, with the arguments in "$@".
class FakeTool {
 public:
  explicit FakeTool(const std::string& script) {
    const auto path = folder_.write(
        "v4l2-ctl", "#!/bin/sh\ncd '" + folder_.path().string() +
                        "'\necho $$ >> groups\nprintf '%s\\n' \"$*\" >> log\n" + script + "\n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  }
  // `limit`: how long one run may take. A short one is for a tool that hangs: a shell may take
  // seconds.
  v4l2::Tool tool(seconds limit = seconds(10)) const {
    return {(folder_.path() / "v4l2-ctl").string(), [] { return "/dev/fake"; }, {}, limit};
  }
  // One entry a run.
  std::vector<std::string> log() const {
    std::vector<std::string> lines;
    std::istringstream text(folder_.read("log"));
    for (std::string line; std::getline(text, line);)
      lines.push_back(line);
    return lines;
  }
  std::size_t runs() const { return log().size(); }
  // Whether anything of a run is left: each run is a process group. The dead do not count; whether
  // those are buried is up to the machine's init.
  bool runs_now() const {
    std::set<std::string> groups;
    std::istringstream noted(folder_.read("groups"));
    for (std::string group; noted >> group;)
      groups.insert(group);
    for (const auto& process : std::filesystem::directory_iterator("/proc")) {
      std::ifstream file(process.path() / "stat");
      std::string text;
      std::getline(file, text);
      // pid (name) state parent group ...; the name may hold anything.
      std::istringstream fields(text.substr(std::min(text.rfind(')') + 1, text.size())));
      std::string state, parent, group;
      if (fields >> state >> parent >> group && state != "Z" && groups.contains(group)) return true;
    }
    return false;
  }
  const TemporaryFolder& folder() const { return folder_; }

 private:
  TemporaryFolder folder_;
};

// The real v4l2-ctl on the virtual camera whose state is in `camera`.
inline v4l2::Tool virtual_camera_tool(const std::filesystem::path& camera) {
#ifdef MINIDVR_VIRTUAL_CAMERA_LIBRARY
  const std::string library = MINIDVR_VIRTUAL_CAMERA_LIBRARY;
#else
  const std::string library = virtual_camera_library().string();
#endif
  return {"v4l2-ctl",
          [camera] { return camera.string(); },
          {"MINIDVR_VIRTUAL_CAMERA=" + camera.string(), "LD_PRELOAD=" + library},
          seconds(10)};
}

// A service with everything around it; shuts down at the end of the test.
class ServiceBench {
 public:
  explicit ServiceBench(v4l2::Tool tool, std::optional<std::filesystem::path> state_dir = {},
                        seconds cache_ttl = seconds(1), StateGate state_gate = {})
      : options_{std::move(tool), cache_ttl, true,
                 state_dir ? *state_dir : folder_.path() / "state", std::move(state_gate)} {
    start();
  }
  ~ServiceBench() { stop(); }

  void start() {
    service_ =
        std::make_unique<ControlsService>(loop_.executor(), loop_.pool(), options_,
                                          [](const std::string& task, const std::string& what) {
                                            FAIL_CHECK(task << " failed: " << what);
                                          });
    service_->on_change([this](const ListingChanges& changes) {
      for (const auto& control : changes.changed)
        changed_.push_back(control);
    });
    service_->run([this] { return delivers_ ? std::optional(arrivals_) : std::nullopt; },
                  [this] { return watched_; });
  }
  void stop() {
    if (service_) loop_.run(service_->shut_down());
    service_.reset();
  }

  ControlsService& operator*() { return *service_; }
  ControlsService* operator->() { return service_.get(); }
  Loop& loop() { return loop_; }
  void delivers(bool yes) {
    if (yes && !delivers_) ++arrivals_;
    delivers_ = yes;
  }
  void watched(bool yes) { watched_ = yes; }
  // Controls that were announced as changed, in order.
  std::vector<Control>& changed() { return changed_; }
  const std::filesystem::path& state_dir() const { return options_.state_dir; }

  ControlList list(bool refresh = true) {
    const auto listed = loop_.run(service_->list(refresh));
    INFO((listed ? "" : listed.error().detail));
    REQUIRE(listed.has_value());
    return **listed;
  }
  Result<Control> set(const std::string& id, boost::json::value value) {
    return loop_.run(service_->set(id, std::optional(std::move(value))));
  }
  std::int64_t number(const std::string& id) { return *as_number(get(list(), id).value); }

 private:
  TemporaryFolder folder_;
  Loop loop_;
  ControlsOptions options_;
  std::unique_ptr<ControlsService> service_;
  bool delivers_ = false;
  unsigned arrivals_ = 0;
  bool watched_ = false;
  std::vector<Control> changed_;
};

}  // namespace minidvr::controls
