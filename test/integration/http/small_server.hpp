// A listener with resources that are small, huge, or have no end.
#pragma once

#include "core/blocking.hpp"
#include "core/file.hpp"
#include "http/listener.hpp"
#include "http/websocket_session.hpp"
#include "integration/http/test_server.hpp"
#include "support/patience.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include <catch2/catch.hpp>

#include <sys/mman.h>
#include <unistd.h>

namespace minidvr::test {

inline http::Limits short_limits() {
  http::Limits limits;
  limits.header_time = milliseconds(500);
  limits.body_time = milliseconds(500);
  limits.idle_time = milliseconds(500);
  limits.write_time = milliseconds(500);
  limits.linger_time = milliseconds(500);
  return limits;
}

inline Result<std::string> plain_text(const http::Request&) {
  return std::string("text/plain");
}

class SmallServer {
 public:
  explicit SmallServer(const http::Limits& limits, http::AccessRules access = {},
                       std::shared_ptr<net::ssl::context> tls = {}) {
    router_.get("/small", http::Role::view,
                [](const http::Request&) -> Task<Result<http::Response>> {
                  co_return http::json_response({{"ok", true}});
                });
    router_.post("/small", http::Role::view,
                 [](const http::Request&) -> Task<Result<http::Response>> {
                   co_return http::json_response({{"ok", true}});
                 });
    router_.get(
        "/huge", http::Role::view, [](const http::Request&) -> Task<Result<http::Response>> {
          http::Response response;
          response.content_type = "text/plain";
          response.body = std::string(50'000'000, 'x');  // NOLINT(bugprone-string-constructor)
          co_return response;
        });
    router_.get("/file", http::Role::view,
                [this](const http::Request&) -> Task<Result<http::Response>> {
                  http::Response response;
                  response.content_type = "video/mp4";
                  response.file = {file_, {0, kFileBytes}, &pool_};
                  co_return response;
                });
    router_.get("/kernel", http::Role::view,
                [this](const http::Request&) -> Task<Result<http::Response>> {
                  http::Response response;
                  response.content_type = "video/mp4";
                  response.file = {file_, {0, kKernelBytes}, &pool_};
                  co_return response;
                });
    router_.stream("/endless", http::Role::view, plain_text,
                   [](const http::Request&, http::ConnectionWriter&) -> Task<> {
                     co_await sleep_for(std::chrono::hours(1));
                   });
    router_.stream("/faulty", http::Role::view, plain_text,
                   [](const http::Request&, http::ConnectionWriter&) -> Task<> {
                     co_await sleep_for(milliseconds(1));
                     throw std::runtime_error("a bug of ours");
                   });
    router_.get("/source", http::Role::view,
                [](const http::Request&) -> Task<Result<http::Response>> {
                  http::Response response;
                  response.content_type = "text/plain";
                  response.source = std::make_shared<SilentSource>();
                  co_return response;
                });
    // A flood for whoever says something.
    router_.websocket("/ws", http::Role::view, [](http::WebSocketSession& session) -> Task<> {
      const std::string text(kFloodBytes, 'x');
      for (auto message = co_await session.receive(); message; message = co_await session.receive())
        for (int i = 0; i < std::stoi(message->text); ++i)
          session.send(text);
    });
    io.run([&] {
      http::ListenerOptions options;
      options.limits = limits;
      options.access = std::move(access);
      options.tls = std::move(tls);
      auto bound = http::Listener::bind(io.executor(), "127.0.0.1", 0, router_, options, {});
      if (bound) {
        listener_ = std::move(*bound);
        port = listener_->endpoint().port();
        listener_->run();
      }
    });
    REQUIRE(port != 0);
  }
  ~SmallServer() {
    io.await(listener_->shut_down());
    io.run([this] { listener_.reset(); });
    io.join();
  }
  SmallServer(const SmallServer&) = delete;
  SmallServer& operator=(const SmallServer&) = delete;

  std::size_t connections() {
    return io.run([this] { return listener_->connections(); });
  }

  bool file_is_in_use() {
    return io.run([this] { return file_.use_count() > 1; });
  }

  // Until the server has noticed that clients have gone.
  void wait_for_connections(std::size_t count) {
    const auto deadline = Steady::now() + kPatience;
    while (connections() != count && Steady::now() < deadline)
      std::this_thread::yield();
    REQUIRE(connections() == count);
  }

  // What a socket of this machine holds for a client that does not read yet.
  static constexpr std::uint64_t kKernelBytes = 500'000;
  static constexpr std::size_t kFloodBytes = 50'000;

 private:
  static constexpr std::uint64_t kFileBytes = 50'000'000;

  class SilentSource : public http::BodySource {
   public:
    Task<std::span<const char>> next() override {
      co_await sleep_for(std::chrono::hours(1));
      co_return std::span<const char>();
    }
  };

  static std::shared_ptr<const FileDescriptor> large_file() {
    FileDescriptor file(::memfd_create("file", MFD_CLOEXEC));
    REQUIRE(::ftruncate(file.get(), kFileBytes) == 0);
    return std::make_shared<const FileDescriptor>(std::move(file));
  }

  std::shared_ptr<const FileDescriptor> file_ = large_file();
  BlockingPool pool_{1};
  http::Router router_;
  std::unique_ptr<http::Listener> listener_;

 public:
  IoThread io;
  std::uint16_t port = 0;
};

}  // namespace minidvr::test
