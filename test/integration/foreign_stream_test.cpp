// Streams that are elsewhere, and may take more than plain HTTP: TLS, redirects, a user and a
// password.

#include "integration/support/recording_checks.hpp"
#include "integration/support/service.hpp"
#include "integration/support/stream_reader.hpp"
#include "shared_state.hpp"
#include "support/captured_stderr.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace minidvr;
using namespace minidvr::test;
namespace fs = std::filesystem;

namespace {

using Catch::Matchers::Contains;

const std::string kEnd = "Content-Length: 0\r\nConnection: close\r\n\r\n";

std::string redirect(const std::string& to) {
  return "HTTP/1.1 302 Found\r\nLocation: " + to + "\r\n" + kEnd;
}

std::string unauthorized(const std::string& scheme) {
  return "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: " + scheme + "\r\n" + kEnd;
}

std::string url_of(const ScriptedServer& server, const std::string& user = "") {
  return fmt::format("http://{}127.0.0.1:{}/stream", user, server.port());
}

// A first answer after which all is asked by libcurl, of the same address.
ScriptedServer::Script leads_to_libcurl() {
  return says(redirect("/stream"));
}

// A server of `files` by TLS, with a certificate that nobody vouches for.
class TlsServer {
 public:
  explicit TlsServer(const fs::path& files) : port(free_port()) {
    const auto made = fmt::format(
        "cd '{}' && openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out certificate -days 2 "
        "-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 > log 2>&1",
        files.string());
    REQUIRE(std::system(made.c_str()) == 0);
    const auto number = std::to_string(port);
    pid_ = ::fork();
    if (pid_ == 0) {
      if (::chdir(files.c_str()) != 0) ::_exit(1);
      const int log = ::open("log", O_WRONLY | O_APPEND);
      const int nothing = ::open("/dev/null", O_RDONLY);
      ::dup2(nothing, 0);
      ::dup2(log, 1);
      ::dup2(log, 2);
      ::execlp("openssl", "openssl", "s_server", "-accept", number.c_str(), "-cert", "certificate",
               "-key", "key", "-HTTP", nullptr);
      ::_exit(127);
    }
  }
  TlsServer(const TlsServer&) = delete;
  ~TlsServer() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  std::string url() const { return fmt::format("https://127.0.0.1:{}/stream", port); }

  std::uint16_t port;

 private:
  pid_t pid_ = 0;
};

// Ten pictures a second, so many at most, until `ended`; each with other bytes.
ScriptedServer::Script sends(int pictures, const std::atomic<bool>& ended) {
  return [pictures, &ended](const ScriptedServer::Connection& client) {
    client.send(kHead);
    for (int i = 0; i < pictures && !ended; ++i) {
      client.send(part("", 1000 + static_cast<std::size_t>(i)));
      std::this_thread::sleep_for(100ms);
    }
  };
}
constexpr int kForLong = 600;
// Answers no connection, as a machine that is off: those that wait for theirs leave no room.
class FullPort {
 public:
  FullPort() {
    listening_.bind({net::ip::address_v4::loopback(), 0});
    listening_.listen(0);
    const auto at = listening_.local_endpoint();
    for (auto& one : waiting_) {
      one.open(at.protocol());
      one.native_non_blocking(true);  // Asio's own connect would wait
      ::connect(one.native_handle(), at.data(), static_cast<socklen_t>(at.size()));
    }
  }

  std::uint16_t port() const { return listening_.local_endpoint().port(); }

 private:
  using Tcp = net::ip::tcp;
  net::io_context io_;
  Tcp::acceptor listening_{io_, Tcp::v4()};
  std::array<Tcp::socket, 3> waiting_{Tcp::socket(io_), Tcp::socket(io_), Tcp::socket(io_)};
};

}  // namespace

TEST_CASE("a stream that is elsewhere is read from there") {
  ScriptedServer camera({says_and_waits(kHead + parts(3))});
  ScriptedServer server({says(redirect(url_of(camera)))});
  StreamReader reader(server);
  CHECK(reader.until([&] { return reader.frames.size() == 3; }));
  CHECK(reader.lost.empty());
  CHECK(reader.source.connected());
  CHECK(reader.source.problem().empty());
}

TEST_CASE("redirects that lead in a circle, or away from the web, are told") {
  const auto to = GENERATE(values<std::pair<std::string, std::string>>(
      {{"/stream", "redirects more than 5 times"},
       {"file:///etc/passwd", "to what is neither http nor https"}}));
  ScriptedServer server({says(redirect(to.first))});
  StreamReader reader(server);
  CHECK(reader.until_problem(to.second));
  CHECK(reader.frames.empty());
}

TEST_CASE("a redirect to what answers, and not as a web server does, is told as that") {
  const std::string type = "Content-Type: multipart/x-mixed-replace;boundary=frame\r\n\r\n";
  const auto given = GENERATE_COPY(values<std::pair<std::string, std::string>>(
      {{"RTSP/1.0 400 Bad Request\r\n\r\n", "speaks no HTTP"},
       {"SSH-2.0-dropbear\r\n\r\n", "speaks no HTTP"},
       {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n" + type, "not one that libcurl takes"},
       {"", "the stream failed: "}}));
  CAPTURE(given.first);
  ScriptedServer other({says(given.first)});
  ScriptedServer server({says(redirect(url_of(other)))});
  StreamReader reader(server);
  CHECK(reader.until_problem(given.second));
}

TEST_CASE("a redirect to what calls itself no web server, and is one, is followed") {
  ScriptedServer camera({says_and_waits("ICY" + kHead.substr(kHead.find(' ')) + parts(3))});
  ScriptedServer server({says(redirect(url_of(camera)))});
  StreamReader reader(server);
  CHECK(reader.until([&] { return reader.frames.size() == 3; }));
}

TEST_CASE("a server that wants a user and a password is told the strongest way that it knows") {
  struct Case {
    std::string scheme;
    std::string told;
    std::size_t requests;
  };
  const std::string basic = "Basic realm=\"camera\"";
  const std::string digest = "Digest realm=\"camera\", nonce=\"abc\", qop=\"auth\", algorithm=MD5";
  const std::string by_digest = "Authorization: Digest username=\"me\"";
  // Digest is libcurl's, which asks anew.
  const auto given =
      GENERATE_COPY(values<Case>({{basic, "Authorization: Basic bWU6cEBzcw==", 2},
                                  {digest, by_digest, 3},
                                  {basic + "\r\nWWW-Authenticate: " + digest, by_digest, 3}}));
  const ScriptedServer* asked = nullptr;
  ScriptedServer server({[&](const ScriptedServer::Connection& client) {
    const bool is_told = asked->requests().back().find(given.told) != std::string::npos;
    client.send(is_told ? kHead + parts(3) : unauthorized(given.scheme));
    if (is_told) client.hold();
  }});
  asked = &server;
  StreamReader reader(url_of(server, "me:p%40ss@"));
  CHECK(reader.until([&] { return reader.frames.size() == 3; }));
  const auto requests = server.requests();
  CHECK(requests.size() == given.requests);
  CHECK(requests.front().find("Authorization") == std::string::npos);
}

TEST_CASE("a server that lets nobody in is told by what it wants") {
  ScriptedServer server({says(unauthorized("Basic realm=\"camera\""))});
  const auto user = GENERATE(as<std::string>(), "", "me:secret@");
  StreamReader reader(url_of(server, user));
  const std::string problem = user.empty()
                                  ? "wants a user name and password: put them into stream_url"
                                  : "does not take the user name and password of stream_url";
  CHECK(reader.until_problem(problem));
  CHECK(reader.source.problem().find("secret") == std::string::npos);
}

TEST_CASE("a password that is refused is told again after a while, which grows") {
  const std::string digest = "Digest realm=\"camera\", nonce=\"abc\", qop=\"auth\", algorithm=MD5";
  const auto scheme = GENERATE_COPY(as<std::string>(), "Basic realm=\"camera\"", digest);
  CAPTURE(scheme);
  ScriptedServer server({says(unauthorized(scheme))});
  const auto told = [&] {
    const auto requests = server.requests();
    return std::count_if(requests.begin(), requests.end(), [](const std::string& request) {
      return request.find("Authorization") != std::string::npos;
    });
  };
  constexpr milliseconds kFirst{1000};
  StreamReader reader(url_of(server, "me:wrong@"), {seconds(5), seconds(10), kFirst});
  const CapturedStderr log;
  CHECK(reader.until_problem("user name and password of stream_url (it is asked again in 1 s: "));
  CHECK(told() == 1);
  const auto first = Steady::now();
  CHECK(reader.until_problem("(it is asked again in 2 s: "));
  CHECK(Steady::now() - first > kFirst / 2);
  CHECK(told() == 2);
  CHECK(reader.until_problem("(it is asked again in 4 s: "));
  CHECK(Steady::now() - first > 2 * kFirst);
  CHECK(told() == 3);
  CHECK(log.text().find("asked again in 2 s") != std::string::npos);
}

TEST_CASE("a server that takes nobody while it starts is found again, and refuses anew") {
  const auto refuses = says(unauthorized("Basic realm=\"camera\""));
  // The second one of each two is told the password.
  ScriptedServer server({refuses, refuses, refuses, refuses, says(""), refuses, refuses,
                         says_and_waits(kHead + parts(2))});
  StreamReader reader(url_of(server, "me:secret@"), {seconds(5), seconds(10), milliseconds(1000)});
  CHECK(reader.until_problem("(it is asked again in 2 s: "));
  // Behind another failure it is the first time.
  CHECK(reader.until_problem("(it is asked again in 1 s: "));
  CHECK(reader.until([&] { return reader.frames.size() == 2; }));
}

TEST_CASE("a camera that locks out without a word of how to ask has not forgotten the refusals") {
  const auto refuses = says(unauthorized("Digest realm=\"camera\", nonce=\"abc\", qop=\"auth\""));
  const auto locks = says("HTTP/1.1 401 Unauthorized\r\n" + kEnd);
  // The first one is asked of by our own hands; then the second one of each two is told the
  // password.
  ScriptedServer server({refuses, refuses, refuses, refuses, refuses, locks, refuses});
  StreamReader reader(url_of(server, "me:wrong@"), {seconds(5), seconds(10), milliseconds(1000)});
  CHECK(reader.until_problem("(it is asked again in 4 s: "));
  CHECK(server.served() == 8);
}

TEST_CASE("a password that was taken a moment ago is told again at once, three times") {
  const std::string digest = "Digest realm=\"camera\", nonce=\"abc\", qop=\"auth\", algorithm=MD5";
  const auto scheme = GENERATE_COPY(as<std::string>(), "Basic realm=\"camera\"", digest);
  const bool is_changed = GENERATE(false, true);
  CAPTURE(scheme, is_changed);
  const auto refuses = says(unauthorized(scheme));
  std::vector<ScriptedServer::Script> scripts{refuses, says(kHead + parts(2))};
  // Digest is libcurl's, which asks anew.
  if (scheme == digest) scripts.insert(scripts.begin(), refuses);
  // The second one of each two is told the password.
  for (int i = 0; i < 7; ++i)
    scripts.push_back(refuses);
  scripts.push_back(is_changed ? refuses : says_and_waits(kHead + parts(2)));
  ScriptedServer server(std::move(scripts));
  constexpr seconds kAfterRefusal{10};
  StreamReader reader(url_of(server, "me:secret@"), {seconds(5), seconds(10), kAfterRefusal});
  CHECK(reader.until([&] { return reader.frames.size() == 2; }));
  const auto ended = Steady::now();
  if (is_changed) {
    CHECK(reader.until_problem("(it is asked again in 10 s: "));
  } else {
    CHECK(reader.until([&] { return reader.frames.size() == 4; }));
  }
  CHECK(Steady::now() - ended < kAfterRefusal);
  CHECK(server.served() == (scheme == digest ? 11U : 10U));
}

TEST_CASE("a request for a user and a password refuses none, whoever it comes from") {
  struct Case {
    std::string scheme;
    bool answers_only_once;  // and then closes the connection
    std::string user;
  };
  const std::string digest = "Digest realm=\"camera\", nonce=\"abc\", qop=\"auth\", algorithm=MD5";
  const auto given = GENERATE_COPY(values<Case>({{digest, true, "me:secret@"},
                                                 {"Basic realm=\"camera\"", true, "me:secret@"},
                                                 {"Negotiate", false, "me:secret@"},
                                                 {"Basic realm=\"camera\"", false, ""}}));
  CAPTURE(given.scheme, given.user);
  const ScriptedServer* asked = nullptr;
  ScriptedServer server({[&](const ScriptedServer::Connection& client) {
    const bool is_told = asked->requests().back().find("Authorization") != std::string::npos;
    if (!is_told || !given.answers_only_once) client.send(unauthorized(given.scheme));
  }});
  asked = &server;
  StreamReader reader(url_of(server, given.user));
  const auto begun = Steady::now();
  CHECK(reader.until([&] { return server.served() >= 8; }));
  CHECK(Steady::now() - begun < seconds(9));
  CHECK(reader.source.problem().find("asked again in") == std::string::npos);
}

TEST_CASE("a password goes to nobody that its server redirects to") {
  ScriptedServer stranger({says(unauthorized("Basic realm=\"camera\""))});
  ScriptedServer server(
      {says(redirect(fmt::format("http://localhost:{}/stream?key=fnord", stranger.port())))});
  const auto user = GENERATE(as<std::string>(), "", "me:secret@");
  StreamReader reader(url_of(server, user));
  CHECK(reader.until([&] { return stranger.served() >= 2; }));
  // It may be the right one, for the address that is led to.
  CHECK(reader.until_problem(
      fmt::format("leads to another address, http://localhost:{}, which", stranger.port())));
  for (const auto& request : stranger.requests())
    CHECK(request.find("Authorization") == std::string::npos);
}

TEST_CASE("a ustreamer whose server loses what asks for its headers is told, and not recorded") {
  // Its placeholder would look like this, too.
  const std::string head =
      "HTTP/1.0 200 OK\r\nSet-Cookie: stream_client=0/1f; path=/; max-age=30\r\n"
      "Content-Type: multipart/x-mixed-replace;boundary=frame\r\n\r\n";
  ScriptedServer ustreamer({says_and_waits(head + parts(3))});
  ScriptedServer server({says(redirect(url_of(ustreamer)))});
  StreamReader reader(server);
  CHECK(reader.until_problem("extra_headers=1 in the query of stream_url does not reach it"));
  CHECK(reader.until([&] { return ustreamer.served() >= 2; }));
  CHECK(reader.frames.empty());
}

TEST_CASE("a certificate that nobody vouches for is taken when that is wanted, and else told") {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "stream?extra_headers=1", std::ios::binary) << kHead + parts(3);
  const TlsServer server(folder.path());
  const bool verify = GENERATE(true, false);
  StreamReader reader(server.url(), {}, verify);
  if (verify) {
    CHECK(reader.until_problem("stream_tls_verify = off takes any"));
    CHECK(reader.frames.empty());
  } else {
    CHECK(reader.until([&] { return reader.frames.size() >= 6; }));  // it ends, and is opened again
    CHECK(reader.source.connections() >= 2);
  }
}

TEST_CASE("a server that is asked by libcurl, and never answers, is given up") {
  ScriptedServer server({leads_to_libcurl(), says_and_waits(""), says_and_waits(kHead + parts(1))});
  StreamReader reader(server, {milliseconds(300), milliseconds(300)});
  CHECK(reader.until([&] { return reader.frames.size() == 1; }));
  CHECK(server.served() == 3);
}

TEST_CASE("patience is for servers that are silent, and not for those that are not up yet") {
  const bool by_libcurl = GENERATE(false, true);
  CAPTURE(by_libcurl);
  const auto port = free_port();
  constexpr seconds kSilence{1};
  StreamReader reader(fmt::format("http://127.0.0.1:{}/stream", port), {kSilence, kSilence});
  CHECK(reader.until_problem("cannot connect"));
  const auto closes = says("");
  ScriptedServer server({by_libcurl ? leads_to_libcurl() : closes, closes, closes, closes,
                         says_and_waits(""), says_and_waits(kHead + parts(1))},
                        port);
  CHECK(reader.until([&] { return server.served() >= 5; }));
  const auto silent_since = Steady::now();
  CHECK(reader.until([&] { return reader.frames.size() == 1; }));
  // It would be eight times as long.
  CHECK(Steady::now() - silent_since < 4 * kSilence);
}

TEST_CASE("a server that is not reached is told as that, and not as one that does not answer") {
  const FullPort nobody;
  const auto scheme = GENERATE(as<std::string>(), "http", "https");
  CAPTURE(scheme);
  // Longer than it takes to be told while it is tried.
  constexpr seconds kTry{7};
  StreamReader reader(fmt::format("{}://127.0.0.1:{}/stream", scheme, nobody.port()), {kTry, kTry});
  const std::string first = reader.source.problem();
  const std::string meanwhile = "cannot connect: no answer yet";
  CHECK(reader.until([&] { return reader.source.problem() != first; }));
  CHECK(reader.source.problem() == meanwhile);
  CHECK(reader.until([&] { return reader.source.problem() != meanwhile; }));
  CHECK(reader.source.problem().starts_with("cannot connect: "));
}

TEST_CASE(
    "a server that takes long for its TLS is waited for as for its answer, and told as that") {
  ScriptedServer server({says("")});  // no end of a request comes
  StreamReader reader(fmt::format("https://127.0.0.1:{}/stream", server.port()),
                      {milliseconds(300), seconds(2)});
  const auto begun = Steady::now();
  CHECK(reader.until_problem("the server does not finish its TLS handshake in time"));
  CHECK(Steady::now() - begun > seconds(1));
}

TEST_CASE("a stream by libcurl that stands still is given up, and a reader of it ends at once") {
  ScriptedServer server(
      {leads_to_libcurl(), says_and_waits(kHead + parts(2)), says_and_waits(kHead + parts(2))});
  SteadyTime begun;
  {
    StreamReader reader(server, {milliseconds(300), milliseconds(300)});
    CHECK(reader.until([&] { return reader.frames.size() == 4; }));
    CHECK(server.served() == 3);
    begun = Steady::now();
  }
  CHECK(Steady::now() - begun < seconds(1));
}

TEST_CASE("a stream by libcurl that breaks is not told as one that its server ended") {
  const std::string head =
      "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=frame\r\n"
      "Transfer-Encoding: chunked\r\n\r\n";
  const auto given = GENERATE(values<std::pair<std::string, std::string>>(
      {{"ffff\r\n--frame\r\n", "the stream failed: "}, {"0\r\n\r\n", "the stream ended"}}));
  ScriptedServer server({leads_to_libcurl(), says(head + given.first)});
  StreamReader reader(server);
  CHECK(reader.until_problem(given.second));
}

TEST_CASE("what is not read is not taken from the server either") {
  // More than all sockets on its way keep.
  constexpr int kParts = 60;
  constexpr std::size_t kBytes = 1'000'000;
  std::atomic<bool> all_sent{false};
  ScriptedServer server({leads_to_libcurl(), [&](const ScriptedServer::Connection& client) {
                           client.send(kHead);
                           for (int i = 0; i < kParts; ++i)
                             client.send(part("", kBytes));
                           all_sent = true;
                           client.hold();
                         }});
  StreamReader reader(server);
  CHECK(reader.until([&] { return !reader.frames.empty(); }));
  std::this_thread::sleep_for(500ms);  // nobody reads
  CHECK_FALSE(all_sent);
  CHECK(reader.until([&] { return reader.frames.size() == kParts; }));
}

TEST_CASE("a name that no server tells the address of is told within 5 s, and holds up no end",
          "[plain][preload]") {
  const auto scheme = GENERATE(as<std::string>(), "http", "https");
  CAPTURE(scheme);
  Service::Options options;
  options.arguments = {"--preview", "off", "--stream-url",
                       fmt::format("{}://camera.test/stream", scheme)};
  options.environment = {"LD_PRELOAD=" MINIDVR_SLOW_NAMES, "SLOW_NAME=camera.test"};
  Service service(std::move(options));
  const SteadyTime started = Steady::now();
  const std::string told = "cannot resolve the host: no answer";
  CHECK(
      wait_until([&] { return service.health().body.find(told) != std::string::npos; }, kPatience));
  CHECK(Steady::now() - started < seconds(5));
  // Also when it has been given up, and is waited for again.
  CHECK(service.logs("cannot resolve the host: no answer in time"));
  const SteadyTime asked_to_end = Steady::now();
  CHECK(service.terminate() == 0);
  CHECK(Steady::now() - asked_to_end < seconds(5));
  CHECK(service.log().find("something hangs") == std::string::npos);
}

TEST_CASE("a name whose failure comes later than a try waits for it is told as one thing",
          "[plain][preload]") {
  Service::Options options;
  options.arguments = {"--preview", "off", "--stream-url", "http://camera.test/stream"};
  options.environment = {"LD_PRELOAD=" MINIDVR_SLOW_NAMES, "SLOW_NAME=camera.test",
                         "SLOW_NAME_SECONDS=6"};
  const Service service(std::move(options));
  CHECK(service.logs("cannot resolve the host: no answer in time"));
  std::this_thread::sleep_for(12s);  // two more of them have failed, and one is late again
  const std::string log = service.log();
  const std::string told = "cannot resolve the host: ";
  int lines = 0;
  for (auto at = log.find(told); at != std::string::npos; at = log.find(told, at + told.size()))
    ++lines;
  CAPTURE(log);
  CHECK(lines <= 2);  // while it is tried, and behind it
}

TEST_CASE("why a stream can not be had is told within 5 s, and what is secret is not") {
  struct Case {
    std::string answer;
    std::string user;
    std::string told;
  };
  const auto given = GENERATE(
      values<Case>({{unauthorized("Basic realm=\"camera\""), "", "put them into stream_url"},
                    {unauthorized("Digest realm=\"a\", nonce=\"b\""), "me:fnord17@",
                     "does not take the user name and password"},
                    {unauthorized("Basic realm=\"camera\""), "me:fnord17@",
                     "does not take the user name and password"},
                    {"RTSP/1.0 400 Bad Request\r\n\r\n", "me:fnord17@", "is no answer of HTTP"},
                    {redirect("/stream"), "me:fnord17@", "redirects more than 5 times"}}));
  ScriptedServer server({says(given.answer)});
  const SteadyTime started = Steady::now();
  Service service(
      {"--preview", "off", "--record-at-start", "on", "--stream-url", url_of(server, given.user)});
  CHECK(wait_until([&] { return service.health().body.find(given.told) != std::string::npos; },
                   kPatience));
  CHECK(Steady::now() - started < seconds(5));
  CHECK(service.health().status == 503);
  CHECK(service.logs(given.told));
  REQUIRE(
      wait_until([&] { return service.recorder().at("state").as_string() == "waiting_for_camera"; },
                 kPatience));
  const auto status = service.status();
  CHECK(status.at("camera").at("problem") == "preview");
  CHECK(status.at("camera").at("code") == "no_stream");
  CHECK_THAT(std::string(status.at("camera").at("detail").as_string()), Contains(given.told));
  CHECK_THAT(std::string(status.at("recorder").at("detail").as_string()), Contains(given.told));
  const auto told = service.health().body + get(service.app_port(), "/status").body + service.log();
  CHECK(told.find("fnord17") == std::string::npos);
  CHECK(service.terminate() == 0);
}

TEST_CASE("a stream that is elsewhere is any server's, also while ustreamer runs beside it") {
  // It compares its address by the letter, and closes its connection now and then.
  std::atomic<bool> ended{false};
  ScriptedServer server({says("HTTP/1.0 404 Not Found\r\n\r\n"), sends(10, ended), sends(10, ended),
                         sends(kForLong, ended)});
  Service service({"--record-at-start", "on", "--stream-url", url_of(server)});
  REQUIRE(service.online());
  CHECK(service.status().at("camera").at("device").as_string() == url_of(server));
  CHECK(service.logs("and not what ustreamer serves: preview = off does without it"));
  REQUIRE(records(service, kPatience));
  CHECK(wait_until([&] { return server.served() == 4; }, kPatience));
  CHECK(wait_until([&] { return service.recorder().at("frames").as_int64() > 30; }, kPatience));
  CHECK(service.ustreamer());
  CHECK(service.recorder().at("gaps").as_int64() == 0);
  CHECK(service.terminate() == 0);
  CHECK(service.files().size() == 1);
  ended = true;
}

TEST_CASE("nobody is told to do without a ustreamer that may be what is recorded") {
  const auto port = std::to_string(free_port());
  const Service service(
      {"--preview-port", port, "--stream-url", "http://dvr.test:" + port + "/stream"});
  CHECK(service.logs("and not what ustreamer serves\n"));
  CHECK(service.log().find("preview = off") == std::string::npos);
}

TEST_CASE("what is wrong with the camera here is nothing of a stream that is elsewhere") {
  std::atomic<bool> serves{false};
  std::atomic<bool> ended{false};
  const auto answer = [&](const ScriptedServer::Connection& client) {
    if (serves) {
      sends(kForLong, ended)(client);
    } else {
      client.send("HTTP/1.0 503 Service Unavailable\r\n\r\n");
    }
  };
  ScriptedServer server({answer});
  Service service({"--stream-url", url_of(server)});
  // ustreamer makes JPEGs of such pictures, which would not be recorded.
  service.camera().refuse(virtual_camera::Refusal::jpegs);
  CHECK(service.logs("Switching to CPU encoder"));
  const auto failing = service.health();
  CHECK(failing.status == 503);
  CHECK(failing.body.find("the server answered 503") != std::string::npos);
  CHECK(failing.body.find("YUYV") == std::string::npos);
  serves = true;
  CHECK(service.online());
  ended = true;
}
