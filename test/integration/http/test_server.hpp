// The real front end on a free port, with a recorder that does what the test says.
#pragma once

#include "api/front_end.hpp"
#include "core/blocking.hpp"
#include "integration/http/fake_recorder.hpp"
#include "support/temporary_folder.hpp"

#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>

namespace minidvr::test {

// An I/O thread. Everything that belongs to it is touched through run() only.
class IoThread {
 public:
  IoThread() : work_(io_.get_executor()), thread_([this] { io_.run(); }) {}
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;
  ~IoThread() { join(); }

  net::any_io_executor executor() { return io_.get_executor(); }

  // Waits until nothing is left to do.
  void join() {
    work_.reset();
    if (thread_.joinable()) thread_.join();
  }

  // Runs `work` on the I/O thread and waits for it.
  template <class Work>
  auto run(Work work) {
    auto task = [](Work w) -> Task<std::invoke_result_t<Work&>> { co_return w(); };
    return await(task(std::move(work)));
  }

  template <class T>
  T await(Task<T> task) {
    return net::co_spawn(io_, std::move(task), net::use_future).get();
  }

 private:
  net::io_context io_{1};
  net::executor_work_guard<net::io_context::executor_type> work_;
  std::thread thread_;
};

// A folder with a small dashboard.
class DashboardFolder : public TemporaryFolder {
 public:
  DashboardFolder() {
    std::filesystem::create_directories(path() / "templates");
    std::filesystem::create_directories(path() / "static");
    std::ofstream(path() / "templates" / "index.html") << "<p>port {{stream_port}}</p>";
    std::ofstream(path() / "static" / "app.js") << "let a;";
  }
};

class TestServer {
 public:
  // `prepare`: what becomes of the dashboard's folder before anybody looks at it.
  // `extend`: what is added before it runs, on its thread.
  explicit TestServer(const std::function<void(const std::filesystem::path&)>& prepare = {},
                      const std::function<void(TestServer&)>& extend = {})
      : recorder(io.executor()), controls(io.executor(), pool, no_camera(), {}) {
    if (prepare) prepare(folder.path());
    Settings settings;
    settings.app_host = "127.0.0.1";
    settings.preview_port = 8000;
    io.run([&] {
      front_end = std::make_unique<api::FrontEnd>(
          io.executor(), pool, settings, [this] { return folder.path(); }, recorder.access(),
          controls, TaskGroup::FailureHandler{});
      front_end->router().get("/bug", http::Role::view,
                              [](const http::Request&) -> Task<Result<http::Response>> {
                                throw std::runtime_error("a bug");
                                co_return http::Response{};
                              });
      front_end->router().post("/echo", http::Role::control,
                               [](const http::Request& request) -> Task<Result<http::Response>> {
                                 static constexpr std::array<std::string_view, 1> keys = {"value"};
                                 const auto object = http::read_json_object(request, keys);
                                 if (!object) co_return object.error();
                                 co_return http::json_response(*object);
                               });
      if (extend) extend(*this);
      front_end->run();
      recorder.run();
    });
    wait_for_port();
    REQUIRE(port != 0);
  }

  ~TestServer() {
    shut_down();
    io.run([this] { front_end.reset(); });
    io.join();
    pool.join();
  }

  void shut_down() {
    if (std::exchange(down_, true)) return;
    io.await(front_end->shut_down());
    io.await(recorder.shut_down());
  }

 private:
  controls::ControlsOptions no_camera() const {
    return {{"/nonexistent/v4l2-ctl", [] { return "/dev/null"; }, {}}, {}, false, folder.path()};
  }

  void wait_for_port() {
    const auto deadline = Steady::now() + seconds(10);
    while (port == 0 && Steady::now() < deadline) {
      const auto endpoint = io.run([this] { return front_end->endpoint(); });
      if (endpoint) port = endpoint->port();
    }
  }

  bool down_ = false;

 public:
  DashboardFolder folder;
  IoThread io;
  BlockingPool pool{1};
  FakeRecorder recorder;
  controls::ControlsService controls;  // of a camera that is not there
  std::unique_ptr<api::FrontEnd> front_end;
  std::uint16_t port = 0;
};

}  // namespace minidvr::test
