// What servers do to a client that reads their stream, told by servers of our own: no camera and no
// ustreamer can be made to do it.

#include "capture/frame_source.hpp"

#include "integration/support/service.hpp"
#include "integration/support/stream_reader.hpp"
#include "support/captured_stderr.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace minidvr;
using namespace minidvr::test;
using capture::CameraMonitor;
using capture::FrameSource;
using Connection = ScriptedServer::Connection;

namespace {

// For tests of servers that say nothing.
constexpr FrameSource::Limits kImpatient{milliseconds(300), milliseconds(300)};

}  // namespace

TEST_CASE("nobody serves the stream at first: it is tried again until somebody does") {
  const auto port = free_port();
  StreamReader reader(fmt::format("http://127.0.0.1:{}/", port));
  CHECK(reader.until_problem("cannot connect"));
  ScriptedServer server({says_and_waits(kHead + parts(3))}, port);
  CHECK(reader.until([&] { return reader.frames.size() == 3; }));
  CHECK(reader.source.problem().empty());
  CHECK(reader.source.connected());
  CHECK(reader.lost.empty());  // there was nothing to lose
}

TEST_CASE("an address without a way to it is a problem that is told, and no end of the program") {
  StreamReader reader("http://[::1]:1/stream");
  CHECK(reader.until_problem("cannot connect"));
}

TEST_CASE("what is no stream is told by what it is") {
  struct Case {
    std::string answer;
    std::string problem;
  };
  const auto given = GENERATE(values<Case>({
      {"HTTP/1.0 404 Not Found\r\n\r\n", "the server answered 404"},
      {"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<p>", "not multipart/x-mixed-replace"},
      {"HTTP/1.0 200 OK\r\n\r\n", "not multipart/x-mixed-replace"},
      {"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace\r\n\r\n", "no boundary"},
      {"hello\r\n\r\n", "no answer"},
      {"", "no answer"},
      {kHead + "--frame--\r\n", "the stream ended"},
      {kHead, "the stream ended"},
  }));
  CAPTURE(given.answer);
  ScriptedServer server({says(given.answer)});
  StreamReader reader(server);
  CHECK(reader.until_problem(given.problem));
  CHECK(reader.until([&] { return server.served() >= 2; }));
  CHECK(reader.frames.empty());
}

TEST_CASE("a part that makes no sense costs itself alone") {
  const auto nonsense = GENERATE(values<std::string>(
      {"--frame\r\nContent-Length: 1x2\r\n\r\nwhat\r\n", "--frame\r\nnonsense\r\n\r\nwhat\r\n",
       "--frame\r\nContent-Length: 4\r\n\r\nwhat\r\n", "what\r\n"}));
  ScriptedServer server({says_and_waits(kHead + parts(2) + nonsense + parts(2))});
  StreamReader reader(server);
  CHECK(reader.until([&] { return reader.frames.size() == 4; }));
  CHECK(reader.lost.empty());
  CHECK(server.served() == 1);
}

namespace {

std::string picture() {
  const auto data = test::jpeg(640, 480, 64);
  return {data.begin(), data.end()};
}

std::string in_chunks(const std::string& bytes, std::size_t size) {
  std::string chunks;
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    const auto piece = bytes.substr(at, size);
    chunks += fmt::format("{:x};name=value\r\n{}\r\n", piece.size(), piece);
  }
  return chunks;
}

}  // namespace

TEST_CASE("what a browser shows of an answer is taken") {
  const std::string type = "Content-Type: multipart/x-mixed-replace; boundary=frame\r\n";
  const std::string pictures = picture() + picture() + picture();
  const auto answer = GENERATE_COPY(values<std::string>({
      "HTTP/1.0 200 OK\n" + type + "\n" + parts(3),
      "HTTP/1.1 200\r\n" + type + "\r\n" + parts(3),
      "ICY 200 OK\r\n" + type + "\r\n" + parts(3),
      "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\n" + type + "\r\n" +
          parts(3),
      "HTTP/1.0 200 OK\r\nnonsense\r\n" + type + "\r\n" + parts(3),
      "HTTP/1.0 200 OK\r\nHTTP/1.0 200 OK\r\n" + type + "\r\n" + parts(3),
      "\r\nHTTP/1.0 200 OK\r\n" + type + "\r\n" + parts(3),
      "HTTP/1.0 200 OK\r\nContent-Length: -1\r\n" + type + "\r\n" + parts(3),
      "HTTP/1.0 200 OK\r\nTransfer-Encoding: binary\r\n" + type + "\r\n" + parts(3),
      "HTTP/1.0 200 OK\r\n\r\n" + pictures,
      "HTTP/1.0 200 OK\r\nContent-Type: image/jpeg\r\n\r\n" + pictures,
      "HTTP/1.0 200 OK\r\n" + type + "Transfer-Encoding: chunked\r\n\r\n" + in_chunks(parts(3), 7),
      "HTTP/1.0 200 OK\r\n" + type + "transfer-encoding: Chunked\r\n\r\n" +
          in_chunks(parts(3), 4000),
  }));
  const bool wants_user = GENERATE(false, true);
  CAPTURE(answer.substr(0, 120), wants_user);
  std::vector<ScriptedServer::Script> scripts{says_and_waits(answer)};
  if (wants_user) {
    scripts.insert(scripts.begin(), says("HTTP/1.0 401 Unauthorized\r\n"
                                         "WWW-Authenticate: Basic realm=\"camera\"\r\n\r\n"));
  }
  ScriptedServer server(std::move(scripts));
  StreamReader reader(
      fmt::format("http://{}127.0.0.1:{}/stream", wants_user ? "me:secret@" : "", server.port()));
  CHECK(reader.until([&] { return reader.frames.size() == 3; }));
  CHECK(reader.lost.empty());
  CHECK(server.served() == (wants_user ? 2U : 1U));
}

TEST_CASE("a camera that does not say how to ask for a while may bend the rules behind it, too") {
  const auto locks = says("HTTP/1.0 401 Unauthorized\r\n\r\n");
  const auto asks =
      says("HTTP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"camera\"\r\n\r\n");
  const auto stream = says_and_waits("HTTP/1.0 200 OK\r\n" + kHead + parts(3));
  std::vector<ScriptedServer::Script> scripts{locks, asks, stream};
  const bool is_told_before = GENERATE(false, true);
  if (is_told_before) scripts.insert(scripts.begin(), asks);
  CAPTURE(is_told_before);
  ScriptedServer server(std::move(scripts));
  StreamReader reader(fmt::format("http://me:secret@127.0.0.1:{}/stream", server.port()),
                      {seconds(5), seconds(10), milliseconds(100)});
  CHECK(reader.until([&] { return reader.frames.size() == 3; }));
  CHECK(server.served() == (is_told_before ? 4U : 3U));
}

TEST_CASE("a picture with its length ends with that, also where nobody closes the connection") {
  const bool wants_user = GENERATE(false, true);
  CAPTURE(wants_user);
  const auto answer =
      fmt::format("HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n",
                  picture().size());
  const ScriptedServer* asked = nullptr;
  ScriptedServer server({[&](const Connection& client) {
    const bool is_told = asked->requests().back().find("Authorization") != std::string::npos;
    if (wants_user && !is_told) {
      return client.send(
          "HTTP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"camera\"\r\n\r\n");
    }
    client.send(answer);
    // Some of it with the head, or none.
    if (asked->requests().size() % 4 < 2) std::this_thread::sleep_for(20ms);
    client.send(picture());
    client.hold();
  }});
  asked = &server;
  const CapturedStderr log;
  StreamReader reader(fmt::format("http://{}127.0.0.1:{}/picture.jpg",
                                  wants_user ? "me:secret@" : "", server.port()));
  CHECK(reader.until([&] { return reader.frames.size() >= 4; }));
  CHECK(reader.lost.empty());
  CHECK(reader.source.connections() >= 4);
  CHECK(log.text().find("the stream ended") != std::string::npos);
}

TEST_CASE("chunks that are none, and the last one, end the connection") {
  const std::string head =
      "HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n"
      "Transfer-Encoding: chunked\r\n\r\n";
  const auto end = GENERATE(values<std::pair<std::string, std::string>>(
      {{"0\r\n\r\n", "the server ended the stream"},
       {"what\r\n", "a chunk of the answer has no size"},
       {std::string(5000, '1'), "a chunk of the answer has no size"}}));
  ScriptedServer server({says_and_waits(head + in_chunks(parts(2), 50) + end.first),
                         says_and_waits(head + in_chunks(parts(1), 50))});
  StreamReader reader(server);
  const CapturedStderr log;
  CHECK(reader.until([&] { return reader.frames.size() == 3; }));
  CHECK(log.text().find(end.second) != std::string::npos);
}

TEST_CASE("a head without end is given up") {
  ScriptedServer server({says_and_waits("HTTP/1.0 200 OK\r\nX: " + std::string(20'000, 'x')),
                         says_and_waits(kHead + parts(1))});
  StreamReader reader(server);
  CHECK(reader.until([&] { return reader.frames.size() == 1; }));
}

TEST_CASE("ustreamer is asked for its headers whatever else its address asks for") {
  ScriptedServer server({says_and_waits(kHead + parts(1))});
  StreamReader reader(fmt::format("http://127.0.0.1:{}/stream?key=a%20b", server.port()));
  CHECK(reader.until([&] { return reader.frames.size() == 1; }));
  REQUIRE_FALSE(server.requests().empty());
  CHECK(server.requests()[0].starts_with("GET /stream?key=a%20b&extra_headers=1 "));
}

TEST_CASE("a stream without pictures is told, whatever it has") {
  const auto given = GENERATE(values<std::pair<std::string, std::string>>(
      {{kHead, "the server sends nothing"},
       {kHead + "--frame\r\nContent-Length: 2\r\n\r\nhi\r\n", "1 parts are no JPEG"}}));
  ScriptedServer server({says_and_waits(given.first)});
  StreamReader reader(server);
  CHECK(reader.until_problem(given.second));
}

TEST_CASE("a server that takes the request and never answers is given up") {
  ScriptedServer server({says_and_waits(""), says_and_waits(kHead + part())});
  StreamReader reader(server, kImpatient);
  CHECK(reader.until([&] { return reader.frames.size() == 1; }));
  CHECK(server.served() == 2);
}

TEST_CASE("half a frame and then silence: the connection is given up, and the next one goes on") {
  const std::string whole = part("", 1000);
  ScriptedServer server(
      {says_and_waits(kHead + parts(2) + whole.substr(0, 500)), says_and_waits(kHead + parts(2))});
  StreamReader reader(server, kImpatient);
  const CapturedStderr log;
  CHECK(reader.until([&] { return reader.frames.size() == 4; }));
  CHECK(log.text().find("nothing comes any more") != std::string::npos);
  CHECK(reader.source.connections() == 2);
}

TEST_CASE("a stream that ends is opened again, and is not lost before a picture is late") {
  ScriptedServer server({says(kHead + parts(2)), says_and_waits(kHead + parts(2))});
  StreamReader reader(server);
  CHECK(reader.until([&] { return reader.frames.size() == 4; }));
  CHECK(reader.lost.empty());
  CHECK(reader.source.connections() == 2);
  CHECK(reader.frames.back()->sequence == 4);
}

TEST_CASE("a stream that ends and does not come again is lost, and told with the newest reason") {
  ScriptedServer server({says(kHead + parts(2)), says("HTTP/1.0 503 Unavailable\r\n\r\n")});
  StreamReader reader(server);
  CHECK(reader.until([&] { return !reader.lost.empty(); }));
  CHECK(reader.lost == std::vector<std::string>{"the server answered 503"});
  CHECK_FALSE(reader.source.monitor().online(Steady::now()));
}

TEST_CASE(
    "a server that wants its address by the letter is asked for just that, whatever it says") {
  const auto refusal = GENERATE(
      values<std::string>({"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<p>no such page",
                           "HTTP/1.0 403 Forbidden\r\n\r\n", "HTTP/1.0 404 Not Found\r\n\r\n",
                           "HTTP/1.0 500 Internal Server Error\r\n\r\n", "", "\r\n"}));
  CAPTURE(refusal);
  ScriptedServer server({says(refusal), says_and_waits(kHead + parts(2))});
  StreamReader reader(server);
  CHECK(reader.until([&] { return reader.frames.size() == 2; }));
  REQUIRE(server.requests().size() == 2);
  CHECK(server.requests()[0].starts_with("GET /stream?extra_headers=1 "));
  CHECK(server.requests()[1].starts_with("GET /stream "));
}

TEST_CASE("what is told of a server that wants its address by the letter is what it says to that") {
  std::atomic<bool> delivers{true};
  const ScriptedServer* asked = nullptr;
  ScriptedServer server({[&](const Connection& client) {
    const bool is_other = asked->requests().back().find("extra_headers") != std::string::npos;
    if (is_other) return client.send("HTTP/1.0 404 Not Found\r\n\r\n");
    client.send(delivers.exchange(false) ? kHead + parts(2)
                                         : "HTTP/1.0 503 Service Unavailable\r\n\r\n");
  }});
  asked = &server;
  const CapturedStderr log;
  StreamReader reader(server);
  CHECK(reader.until([&] { return reader.frames.size() == 2; }));
  CHECK(reader.until_problem("the server answered 503"));
  const auto before = server.served();
  CHECK(reader.until([&] { return server.served() >= before + 10; }));
  CHECK(reader.source.problem() == "the server answered 503");
  CHECK(log.text().find("the server answered 404") == std::string::npos);
}

TEST_CASE("a server that sends whoever asks otherwise to another page is asked for its address") {
  const auto elsewhere = says("HTTP/1.1 302 Found\r\nLocation: /\r\nConnection: close\r\n\r\n");
  ScriptedServer server({elsewhere, elsewhere,
                         says("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>welcome"),
                         says_and_waits(kHead + parts(2))});
  StreamReader reader(server);
  CHECK(reader.until([&] { return reader.frames.size() == 2; }));
  REQUIRE(server.requests().size() == 4);
  CHECK(server.requests()[3].starts_with("GET /stream "));
}

TEST_CASE("a server is asked as a browser asks it, and by HTTP/1.0 if it knows no other") {
  const auto refusal = GENERATE(values<std::string>({"505 Not Supported", "400 Bad Request"}));
  const auto refused = GENERATE(as<std::string>(), " HTTP/1.0\r\n", " HTTP/1.1\r\n");
  CAPTURE(refusal, refused);
  const ScriptedServer* asked = nullptr;
  ScriptedServer server({[&](const Connection& client) {
    const bool refuses = asked->requests().back().find(refused) != std::string::npos;
    client.send(refuses ? "HTTP/1.0 " + refusal + "\r\n\r\n" : kHead + parts(2));
    if (!refuses) client.hold();
  }});
  asked = &server;
  StreamReader reader(server);
  CHECK(reader.until([&] { return reader.frames.size() == 2; }));
  const auto requests = server.requests();
  REQUIRE(requests.size() == (refused == " HTTP/1.0\r\n" ? 1U : 2U));
  CHECK(requests.front().starts_with("GET /stream?extra_headers=1 HTTP/1.1\r\n"));
  CHECK(requests.back().starts_with("GET /stream?extra_headers=1 HTTP/1."));
}

TEST_CASE("what breaks in a server that is asked by HTTP/1.0 is not met") {
  const ScriptedServer* asked = nullptr;
  ScriptedServer server({[&](const Connection& client) {
    const bool is_old = asked->requests().back().find(" HTTP/1.0\r\n") != std::string::npos;
    client.send(is_old ? "HTTP/1.0 500 Internal Server Error\r\n\r\n" : kHead + parts(2));
    if (!is_old) client.hold();
  }});
  asked = &server;
  StreamReader reader(server);
  CHECK(reader.until([&] { return reader.frames.size() == 2; }));
  CHECK(server.served() == 1);
}

TEST_CASE("a redirect may want its cookie back") {
  const auto gives = says(
      "HTTP/1.1 302 Found\r\nSet-Cookie: pass=1\r\nLocation: /stream\r\nConnection: close\r\n\r\n");
  ScriptedServer server({gives, gives, says_and_waits(kHead + parts(2))});
  StreamReader reader(server);
  CHECK(reader.until([&] { return reader.frames.size() == 2; }));
  REQUIRE(server.requests().size() == 3);
  CHECK(server.requests()[2].find("Cookie: pass=1") != std::string::npos);
}

TEST_CASE("the placeholder of a ustreamer that comes up while it is asked is no picture") {
  const int refusals = GENERATE(1, 2, 3, 4);
  const std::string ustreamer =
      "HTTP/1.0 200 OK\r\nSet-Cookie: stream_client=0/1f; path=/; max-age=30\r\n"
      "Content-Type: multipart/x-mixed-replace;boundary=frame\r\n\r\n";
  std::vector<ScriptedServer::Script> scripts(static_cast<std::size_t>(refusals),
                                              says("HTTP/1.0 404 Not Found\r\n\r\n"));
  const ScriptedServer* asked = nullptr;
  scripts.emplace_back([&](const Connection& client) {
    const bool wants_headers = asked->requests().back().find("extra_headers") != std::string::npos;
    client.send(ustreamer + part(wants_headers ? "X-UStreamer-Online: false\r\n" : ""));
    client.hold();
  });
  ScriptedServer server(std::move(scripts));
  asked = &server;
  StreamReader reader(server);
  CHECK(reader.until_problem(FrameSource::kNotConnected));
  CHECK(reader.frames.empty());
}

TEST_CASE("a camera may take longer for its first picture than a connection is silent") {
  const auto before = GENERATE(true, false);  // the head
  ScriptedServer server({[before](const Connection& client) {
    if (before) client.send(kHead);
    std::this_thread::sleep_for(3 * kImpatient.silence);
    client.send((before ? "" : kHead) + parts(2));
    client.hold();
  }});
  StreamReader reader(server, kImpatient);
  CHECK(reader.until([&] { return reader.frames.size() == 2; }));
  CHECK(server.served() > 1);  // it was given up before
}

TEST_CASE("a server that takes a request and does not answer is told") {
  ScriptedServer server({says_and_waits("")});
  StreamReader reader(server);
  CHECK(reader.until_problem("takes the request and does not answer"));
}

TEST_CASE("a name with an address that nobody answers at is reached by the next one") {
  // localhost is ::1 and 127.0.0.1, or the second alone.
  ScriptedServer server({says_and_waits(kHead + parts(2))});
  StreamReader reader(fmt::format("http://localhost:{}/stream", server.port()));
  CHECK(reader.until([&] { return reader.frames.size() == 2; }));
}

TEST_CASE("a stream that stands still is lost, and back with its next frame") {
  ScriptedServer server({[](const Connection& client) {
    client.send(kHead + parts(2));
    // Bytes come, frames do not.
    for (int i = 0; i < 30; ++i) {
      std::this_thread::sleep_for(100ms);
      client.send("\r\n");
    }
    client.send(part());
    client.hold();
  }});
  StreamReader reader(server);
  CHECK(reader.until([&] { return reader.frames.size() == 3; }));
  REQUIRE(reader.lost.size() == 1);
  CHECK(reader.lost.front().find("no frame for") == 0);
  CHECK(reader.source.connections() == 1);
}

TEST_CASE("a camera with seconds between its pictures is slow, and not lost") {
  ScriptedServer server({[](const Connection& client) {
    client.send(kHead);
    for (int i = 0; i < 4; ++i) {
      client.send(part());
      std::this_thread::sleep_for(CameraMonitor::kShortestStall + 500ms);
    }
    client.hold();
  }});
  StreamReader reader(server);
  CHECK(reader.until([&] { return reader.frames.size() == 4; }));
  CHECK(reader.lost.empty());
  CHECK(reader.frames.back()->longest_pause > 7s);
  CHECK(server.served() == 1);
}

TEST_CASE("a stream is not asked anew before a slow camera can have had a second picture") {
  ScriptedServer server({[](const Connection& client) {
    client.send(kHead + part());
    std::this_thread::sleep_for(2 * kImpatient.silence);
    client.send(part());
    client.hold();
  }});
  StreamReader reader(server, kImpatient);
  CHECK(reader.until([&] { return reader.frames.size() == 2; }));
  CHECK(server.served() == 1);
}

TEST_CASE("a part that is no JPEG is left out, a placeholder is no camera") {
  const std::string text = "--frame\r\nContent-Length: 5\r\n\r\nhello\r\n";
  ScriptedServer server(
      {says_and_waits(kHead + part() + text + part() + part("X-UStreamer-Online: false\r\n"))});
  StreamReader reader(server);
  CHECK(reader.until([&] { return reader.lost.size() == 1; }));
  CHECK(reader.frames.size() == 2);
  CHECK(reader.source.problem() == FrameSource::kNotConnected);
}

TEST_CASE("how many parts are left out of a stream that delivers is told") {
  const std::string text = "--frame\r\nContent-Length: 5\r\n\r\nhello\r\n";
  ScriptedServer server({says_and_waits(kHead + part() + text + text + part())});
  StreamReader reader(server);
  const CapturedStderr log;
  CHECK(reader.until(
      [&] { return log.text().find("left out 2 parts that are no JPEG") != std::string::npos; }));
  CHECK(reader.frames.size() == 2);
}

TEST_CASE("parts without a length, as they come from other servers, are frames too") {
  const auto data = test::jpeg(640, 480, 200'000);
  const std::string open = "--frame\r\n\r\n" + std::string(data.begin(), data.end()) + "\r\n";
  ScriptedServer server({says_and_waits(kHead + open + open + "--frame\r\n")});
  StreamReader reader(server);
  CHECK(reader.until([&] { return reader.frames.size() == 2; }));
  CHECK(reader.frames.back()->jpeg == data);
}

TEST_CASE("a burst at the beginning is spread, and is no rate") {
  ScriptedServer server({says_and_waits(kHead + parts(200))});
  StreamReader reader(server);
  CHECK(reader.until([&] { return reader.frames.size() == 200; }));
  CHECK_FALSE(reader.source.monitor().interval());
  const auto span = reader.frames.back()->captured - reader.frames.front()->captured;
  CHECK(span > 1s);
  CHECK(reader.frames.back()->captured <= Steady::now() + 33ms);
}

TEST_CASE("no frame is left out because its time stands still") {
  // The pictures are the same, too.
  ScriptedServer server({[](const Connection& client) {
    client.send(kHead);
    for (int i = 0; i < 60; ++i) {
      client.send(part("X-Timestamp: 0.000000\r\n"));
      std::this_thread::sleep_for(10ms);
    }
    client.hold();
  }});
  StreamReader reader(server);
  CHECK(reader.until([&] { return reader.frames.size() == 60; }));
  for (std::size_t i = 1; i < reader.frames.size(); ++i)
    CHECK(reader.frames[i]->captured > reader.frames[i - 1]->captured);
}

TEST_CASE("a small frame after large ones does not wait for the next one") {
  ScriptedServer server({[](const Connection& client) {
    client.send(kHead);
    const auto start = Steady::now().time_since_epoch();
    for (int i = 0; i < 60; ++i) {
      const double time = to_seconds(start) + i * 0.03;
      client.send(
          part(fmt::format("X-UStreamer-Grab-Time: {:.6f}\r\n", time), i == 59 ? 1000 : 60'000));
      std::this_thread::sleep_for(30ms);
    }
    client.hold();
  }});
  StreamReader reader(server);
  // Before the silence ends the connection.
  CHECK(reader.until([&] { return reader.frames.size() == 60 || reader.lost.size() > 0; }));
  CHECK(reader.frames.size() == 60);
}
