// Passwords, logins and tokens. Which of them a route or a command takes is in
// attacks_on_access_test.cpp.
#include "access/access_gate.hpp"
#include "access/accounts_file.hpp"
#include "access/passwd.hpp"
#include "archive/archive.hpp"
#include "archive/clips.hpp"
#include "core/file.hpp"
#include "integration/http/test_server.hpp"
#include "integration/http/websocket_client.hpp"
#include "unit/archive/recording_files.hpp"

#include <array>
#include <memory>
#include <string>

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::test;

namespace {

constexpr const char* kPassword = "correct horse";

// With an account `ana` that may do all, and a token for each role.
class GuardedServer {
 public:
  GuardedServer() {
    REQUIRE(access::set_password(file(), "ana", http::Role::control, kPassword));
    view_token = access::make_token(file(), "display", http::Role::view).value();
    control_token = access::make_token(file(), "bench", http::Role::control).value();
    server = std::make_unique<TestServer>(
        [](const std::filesystem::path& page) {
          std::ofstream(page / "static" / "login.html") << "<form>";
        },
        [this](TestServer& s) { add_all(s); });
  }
  ~GuardedServer() {
    server->shut_down();
    server->io.run([this] {
      tasks->cancel();
      server->front_end.reset();
    });
    server->io.await(tasks->join());
    server->io.await(server->controls.shut_down());
    server->io.run([this] {
      clips.reset();
      archive.reset();
    });
    server.reset();
    archive_pool.join();
  }
  GuardedServer(const GuardedServer&) = delete;
  GuardedServer& operator=(const GuardedServer&) = delete;

  std::filesystem::path file() const { return folder.path() / "accounts.json"; }

  std::string with(const std::string& token) const {
    return "Authorization: Bearer " + token + "\r\n";
  }

  // The status line of the answer, whatever it goes on with.
  std::string ask(const std::string& method, const std::string& path, const std::string& more) {
    RawClient client(server->port);
    client.send(method + " " + path + " HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n" + more +
                "\r\n");
    return client.response(false).status_line;
  }

  // Until they are listed.
  void list_recordings() {
    server->io.run([this] { tasks->spawn("archive", archive->run()); });
    const auto deadline = Steady::now() + kPatience;
    while (!server->io.run([this] { return archive->is_whole(); }) && Steady::now() < deadline)
      std::this_thread::sleep_for(milliseconds(20));
  }

  RawResponse log_in(RawClient& client, const std::string& password) const {
    const std::string body = R"({"user":"ana","password":")" + password + R"("})";
    client.send("POST /api/login HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n" +
                std::string("Content-Length: ") + std::to_string(body.size()) + "\r\n\r\n" + body);
    return client.response();
  }

 private:
  void add_all(TestServer& s) {
    archive = std::make_unique<archive::Archive>(
        s.io.executor(), archive_pool,
        archive::Archive::Options{folder.path() / "recordings", folder.path() / "state"});
    clips = std::make_unique<archive::Clips>(
        s.io.executor(), *archive,
        archive::Clips::Options{folder.path() / "recordings", "/nonexistent/ffmpeg"});
    gate = std::make_unique<access::AccessGate>(file(), AllowedNetworks{},
                                                local_token_file(file(), 8080));
    tasks = std::make_unique<TaskGroup>(s.io.executor());
    tasks->spawn("accounts", gate->run());
    s.controls.run([] { return false; }, [] { return false; });  // its presets are read
    s.front_end->add(*archive);
    s.front_end->add(*clips);
    s.front_end->add(*gate);
  }

 public:
  TemporaryFolder folder;
  BlockingPool archive_pool{1};
  std::string view_token;
  std::string control_token;
  std::unique_ptr<access::AccessGate> gate;
  std::unique_ptr<archive::Archive> archive;
  std::unique_ptr<archive::Clips> clips;
  std::unique_ptr<TaskGroup> tasks;
  std::unique_ptr<TestServer> server;
};

std::string cookie_of(const RawResponse& response) {
  const std::string& cookie = response.headers.at("Set-Cookie");
  return "Cookie: " + cookie.substr(0, cookie.find(';')) + "\r\n";
}

boost::json::object next_message(WebSocketClient& client) {
  return boost::json::parse(client.receive().payload).as_object();
}

}  // namespace

TEST_CASE("A browser that opens a page is sent to the login, a script is told what to send") {
  GuardedServer guarded;
  RawClient browser(guarded.server->port);
  browser.send("GET / HTTP/1.1\r\nHost: test\r\nAccept: text/html,*/*\r\n\r\n");
  const auto sent_on = browser.response();
  CHECK(sent_on.status_line == k303);
  CHECK(sent_on.headers.at("Location") == "./login");
  CHECK(browser.get("/login").body == "<form>");
  const auto accepts_pages = [&](const std::string& path) {
    return guarded.ask("GET", path, "Accept: text/html,*/*;q=0.8\r\n");
  };
  for (const char* opened : {"/recordings", "/recordings/x.mp4", "/clips/x.mp4", "/snapshot",
                             "/stream", "/recordings/x.mp4/frame"}) {
    CAPTURE(opened);
    CHECK(accepts_pages(opened) == k303);
  }
  // Nor does a monitor that asks as browsers do take the login page for an answer.
  for (const char* asked : {"/health", "/status", "/metrics", "/api/recordings", "/ws"}) {
    CAPTURE(asked);
    CHECK(accepts_pages(asked) == k401);
  }

  const auto told = browser.get("/status");
  CHECK(told.status_line == k401);
  CHECK(told.headers.at("WWW-Authenticate") == R"(Basic realm="Mini-DVR", charset="UTF-8")");
  // No window of the browser's own over the page.
  for (const char* sent : {"Sec-Fetch-Mode: cors", "Referer: http://test/", "Origin: http://test",
                           "Accept: text/html,*/*;q=0.8"}) {
    CAPTURE(sent);
    browser.send("GET /status HTTP/1.1\r\nHost: test\r\n" + std::string(sent) + "\r\n\r\n");
    const auto silent = browser.response();
    CHECK(silent.status_line == k401);
    CHECK_FALSE(silent.headers.contains("WWW-Authenticate"));
  }
}

TEST_CASE("A name and password by HTTP Basic; wrong ones, and what is none, are refused") {
  GuardedServer guarded;
  const auto ask = [&](const std::string& credentials) {
    return guarded.ask("GET", "/status", "Authorization: " + credentials + "\r\n");
  };
  CHECK(ask("Basic YW5hOmNvcnJlY3QgaG9yc2U=") == kOk);
  CHECK(ask("basic YW5hOmNvcnJlY3QgaG9yc2U=") == kOk);
  CHECK(ask("Basic YW5hOndyb25n") == k401);
  CHECK(ask("Basic bm9ib2R5OmNvcnJlY3QgaG9yc2U=") == k401);
  CHECK(ask("Basic %%%") == k401);
  CHECK(ask("Digest x") == k401);
  // Two of them: which one counts is anybody's guess.
  const std::string right = "Authorization: Basic YW5hOmNvcnJlY3QgaG9yc2U=\r\n";
  CHECK(guarded.ask("GET", "/status", right + right) == k401);
}

TEST_CASE("A login: a cookie that no script reads and no other site sends, until it is ended") {
  GuardedServer guarded;
  RawClient client(guarded.server->port);
  const auto answer = guarded.log_in(client, kPassword);
  CHECK(answer.status_line == kOk);
  CHECK(boost::json::parse(answer.body) ==
        boost::json::parse(R"({"user":"ana","role":"control"})"));
  const std::string& cookie = answer.headers.at("Set-Cookie");
  for (const char* part : {"; HttpOnly", "; SameSite=Strict", "; Path=/"})
    CHECK(cookie.find(part) != std::string::npos);
  const std::string mine = cookie_of(answer);
  CHECK(guarded.ask("GET", "/status", mine) == kOk);
  // A cookie of somebody else, cut short, longer, empty.
  CHECK(guarded.ask("GET", "/status", mine.substr(0, mine.size() - 3) + "\r\n") == k401);
  CHECK(guarded.ask("GET", "/status", mine.substr(0, mine.size() - 2) + "x\r\n") == k401);
  CHECK(guarded.ask("GET", "/status", "Cookie: mini-dvr=\r\n") == k401);

  // What was begun with it ends with it, too.
  WebSocketClient socket(guarded.server->port, 0, mine);
  next_message(socket);
  RawClient stream(guarded.server->port);
  stream.send("GET /stream HTTP/1.1\r\nHost: test\r\n" + mine + "\r\n");
  CHECK(stream.response(false).status_line == kOk);
  client.send("POST /api/logout HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n" + mine + "\r\n");
  CHECK(client.response().status_line == kNoContent);
  CHECK(guarded.ask("GET", "/status", mine) == k401);
  while (socket.receive().opcode != Opcode::close) {
  }
  while (!stream.take_until("\n").empty()) {
  }
}

TEST_CASE("Who may read the service's files may look, so that mini-dvr status is answered") {
  GuardedServer guarded;
  const auto file = local_token_file(guarded.file(), 8080);
  const auto token = read_file(file, 100);
  REQUIRE(token);
  CHECK(std::filesystem::status(file).permissions() ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  CHECK(guarded.ask("GET", "/status", guarded.with(*token)) == kOk);
  CHECK(guarded.ask("POST", "/api/recording", guarded.with(*token)) == k403);
}

TEST_CASE("Whoever guesses has to wait, and is told how long; who is logged in does not") {
  GuardedServer guarded;
  RawClient client(guarded.server->port);
  const std::string mine = cookie_of(guarded.log_in(client, kPassword));
  RawResponse answer;
  for (int i = 0; i < 4; ++i)
    answer = guarded.log_in(client, "wrong horse");
  CHECK(answer.status_line == k429);
  CHECK(answer.headers.at("Retry-After") == "1");
  // A token is not guessed: it counts for nothing here.
  for (int i = 0; i < 10; ++i)
    CHECK(guarded.ask("GET", "/status", guarded.with("no token")) == k401);
  CHECK(guarded.ask("GET", "/status", guarded.with(guarded.view_token)) == kOk);
  CHECK(guarded.log_in(client, kPassword).status_line == k429);
  CHECK(guarded.ask("GET", "/status", mine) == kOk);
  const auto counts = guarded.server->io.run([&] { return guarded.gate->counts(); });
  CHECK(counts.right == 1);
  CHECK(counts.wrong == 3);
  CHECK(counts.wrong_tokens == 10);
  CHECK(counts.too_soon == 2);
}

TEST_CASE("A script whose token was replaced keeps nobody out who asks from its address") {
  GuardedServer guarded;
  for (int i = 0; i < 10; ++i)
    CHECK(guarded.ask("GET", "/status", guarded.with("no token")) == k401);
  RawClient client(guarded.server->port);
  CHECK(guarded.log_in(client, kPassword).status_line == kOk);
}

TEST_CASE("Another password counts within seconds, and ends what the old one began") {
  GuardedServer guarded;
  RawClient client(guarded.server->port);
  const std::string mine = cookie_of(guarded.log_in(client, kPassword));
  WebSocketClient socket(guarded.server->port, 0, mine);
  REQUIRE(access::set_password(guarded.file(), "ana", http::Role::view, "battery staple"));
  while (socket.receive().opcode != Opcode::close) {
  }
  CHECK(guarded.ask("GET", "/status", mine) == k401);
  CHECK(guarded.log_in(client, "battery staple").status_line == kOk);
}

TEST_CASE(
    "A download ends with the right to it, and what the kernel has of it is not sent either") {
  GuardedServer guarded;
  const auto recordings = guarded.folder.path() / "recordings";
  std::filesystem::create_directories(recordings);
  const auto recording = recordings / "20261124_101000.mp4";
  std::ofstream(recording) << "x";
  std::filesystem::resize_file(recording, 50'000'000);
  RawClient client(guarded.server->port);
  const std::string mine = cookie_of(guarded.log_in(client, kPassword));
  RawClient download(guarded.server->port, 4096);
  download.send("GET /recordings/20261124_101000.mp4 HTTP/1.1\r\nHost: test\r\n" + mine + "\r\n");
  REQUIRE(download.response(false).status_line == kOk);
  bool goes_on = true;
  // At this rate the kernel's part alone lasts longer than the test.
  const auto read_until = [&](SteadyTime deadline) {
    while (goes_on && Steady::now() < deadline) {
      goes_on = download.fill(1024);
      download.take(1024);
      std::this_thread::sleep_for(milliseconds(100));
    }
  };
  read_until(Steady::now() + seconds(2));
  REQUIRE(goes_on);
  REQUIRE(access::set_password(guarded.file(), "ana", http::Role::view, "battery staple"));
  read_until(Steady::now() + kPatience);
  CHECK_FALSE(goes_on);
}

TEST_CASE("A recording is in use by whoever reads it, and not by whoever asks about it") {
  GuardedServer guarded;
  const auto recordings = guarded.folder.path() / "recordings";
  std::filesystem::create_directories(recordings);
  const std::string name = "20261124_101000.mp4";
  const auto day = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);
  write_recording(recordings, name, day + std::chrono::hours(10));
  guarded.list_recordings();
  const std::string mine = guarded.with(guarded.view_token);
  const auto is_in_use = [&] {
    return guarded.server->io.run([&] { return guarded.archive->in_use(name); });
  };
  const std::string file = "/recordings/" + name;
  RawClient client(guarded.server->port);
  client.send("HEAD " + file + " HTTP/1.1\r\nHost: test\r\n" + mine + "\r\n");
  const std::string has_it = "If-None-Match: " + client.response(false).headers.at("ETag") + "\r\n";
  CHECK(guarded.ask("GET", file, mine + has_it) == "HTTP/1.1 304 Not Modified");
  CHECK(guarded.ask("GET", file + "/frame?n=0", mine) == kOk);
  CHECK(guarded.ask("GET", "/api/recordings/" + name + "/frames", mine) == kOk);
  CHECK(guarded.ask("HEAD", "/api/frames?from=2026-11-23", mine) == kOk);
  CHECK_FALSE(is_in_use());
  CHECK(guarded.ask("GET", file, mine) == kOk);
  CHECK(is_in_use());
}

TEST_CASE("Accounts that can not be read let nobody in, and who was in stays out until they can") {
  GuardedServer guarded;
  std::ofstream(guarded.file()) << "{";
  const auto deadline = Steady::now() + kPatience;
  const auto now = [&] { return guarded.ask("GET", "/status", guarded.with(guarded.view_token)); };
  while (now() != k503 && Steady::now() < deadline)
    std::this_thread::sleep_for(milliseconds(50));
  CHECK(now() == k503);
  // A file that is gone is no invitation.
  std::filesystem::remove(guarded.file());
  while (now() != kOk && Steady::now() < deadline)
    std::this_thread::sleep_for(milliseconds(50));
  CHECK(now() == kOk);
  CHECK(guarded.ask("GET", "/status", {}) == k401);
}
