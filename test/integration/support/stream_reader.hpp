// A frame source by itself, and answers for servers that it reads from.
#pragma once

#include "capture/frame_source.hpp"
#include "integration/support/scripted_server.hpp"
#include "support/patience.hpp"
#include "unit/support/frames.hpp"

#include <functional>
#include <string>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace minidvr::test {

inline const std::string kHead =
    "HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=frame\r\n\r\n";

inline std::string part(const std::string& headers = "", std::size_t bytes = 64) {
  const auto data = test::jpeg(640, 480, bytes);
  return fmt::format("--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n{}\r\n{}\r\n",
                     data.size(), headers, std::string(data.begin(), data.end()));
}

inline std::string parts(int count, const std::string& headers = "") {
  std::string all;
  for (int i = 0; i < count; ++i)
    all += part(headers);
  return all;
}

// A frame source that runs, and what it told.
class StreamReader {
 public:
  explicit StreamReader(const std::string& url, capture::FrameSource::Limits limits = {},
                        bool tls_verify = true)
      : source({url, tls_verify},
               {[this](capture::FramePtr frame) { frames.push_back(std::move(frame)); },
                [this](const std::string& why) { lost.push_back(why); }, [] { return false; }},
               limits) {
    run(source.run(), stop_reading_);
    run(source.watch(), stop_watching_);
  }
  explicit StreamReader(const ScriptedServer& server, capture::FrameSource::Limits limits = {})
      : StreamReader(fmt::format("http://127.0.0.1:{}/stream", server.port()), limits) {}

  ~StreamReader() {
    stop_reading_.emit(net::cancellation_type::terminal);
    stop_watching_.emit(net::cancellation_type::terminal);
    io_.run();
  }

  // Runs until `condition` holds; false when it never does.
  bool until(const std::function<bool()>& condition) {
    const auto deadline = Steady::now() + kPatience;
    while (!condition() && Steady::now() < deadline)
      io_.run_one_for(milliseconds(50));
    return condition();
  }
  bool until_problem(const std::string& text) {
    const bool found = until([&] { return source.problem().find(text) != std::string::npos; });
    INFO("the problem is: " << source.problem());
    CHECK(found);
    return found;
  }

  std::vector<capture::FramePtr> frames;
  std::vector<std::string> lost;

 private:
  void run(Task<> task, net::cancellation_signal& stop) {
    net::co_spawn(io_, std::move(task),
                  net::bind_cancellation_slot(stop.slot(), [](const std::exception_ptr&) {}));
  }

  net::io_context io_{1};
  net::cancellation_signal stop_reading_;
  net::cancellation_signal stop_watching_;

 public:
  capture::FrameSource source;
};

inline ScriptedServer::Script says(const std::string& text) {
  return [text](const ScriptedServer::Connection& client) { client.send(text); };
}

inline ScriptedServer::Script says_and_waits(const std::string& text) {
  return [text](const ScriptedServer::Connection& client) {
    client.send(text);
    client.hold();
  };
}

}  // namespace minidvr::test
