// https: all that is served by http, the certificate and its renewal, and what is wrong with one.

#include "core/file.hpp"
#include "integration/http/raw_client.hpp"
#include "integration/support/certificates.hpp"
#include "integration/support/command.hpp"
#include "integration/support/recording_checks.hpp"
#include "process/tcp_sockets.hpp"
#include "support/file_bytes.hpp"
#include "tls/self_signed.hpp"

#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <thread>

#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <sys/stat.h>
#include <unistd.h>

using namespace minidvr;
using namespace minidvr::test;
namespace fs = std::filesystem;

namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

std::string bytes_of(const fs::path& file) {
  return test::file_bytes(file);
}

// What curl prints, which trusts the service's own certificate alone.
std::string curl(const Service& service, const std::string& options, const std::string& target) {
  const auto command =
      fmt::format("curl -sS --max-time 60 --cacert {} {} 'https://127.0.0.1:{}{}'",
                  service.server().certificate.string(), options, service.app_port(), target);
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::string output;
  for (int c = 0; (c = std::fgetc(pipe)) != EOF;)
    output += static_cast<char>(c);
  ::pclose(pipe);
  return output;
}

// As openssl shows whom it finds.
std::string shown_by(std::uint16_t port, const std::string& options = {}) {
  const auto command =
      fmt::format("openssl s_client -connect 127.0.0.1:{} {} < /dev/null 2>&1", port, options);
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::string output;
  for (int c = 0; (c = std::fgetc(pipe)) != EOF;)
    output += static_cast<char>(c);
  ::pclose(pipe);
  return output;
}

// Nothing of the key: neither where it is nor what is in it.
void check_key_is_not_told(const Service& service, const std::string& told) {
  CHECK_THAT(told, !Contains("fnord17"));
  CHECK_THAT(told, !Contains("PRIVATE KEY"));
  CHECK_THAT(service.log(), !Contains("fnord17"));
  CHECK_THAT(service.log(), !Contains("PRIVATE KEY"));
}

std::vector<std::string> about(const std::string& command, const Service& service) {
  std::vector<std::string> words = {command};
  words.insert(words.end(), service.arguments().begin(), service.arguments().end());
  return words;
}

// Where the service and its children listen on `port`.
std::vector<std::string> listening_on(std::uint16_t port) {
  std::vector<std::string> addresses;
  for (const auto* file : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    const auto sockets = process::parse_tcp_sockets(bytes_of(file));
    for (const auto& socket : process::listening(sockets))
      if (socket.local.port() == port) addresses.push_back(socket.local.address().to_string());
  }
  return addresses;
}

}  // namespace

TEST_CASE("by https everything is served: states, commands, the picture, and files byte for byte") {
  const PairOnDisk pair;
  Service service(https_service(pair, {"--preview-host", "0.0.0.0"}));
  REQUIRE(service.online());
  WebSocket socket(service.server());
  socket.send(R"({"command":"start"})");
  REQUIRE(socket.await("recording"));
  REQUIRE(records(service));
  CHECK_THAT(
      curl(service, "-o /dev/null -w '%{http_code} %{content_type} %{http_version}'", "/snapshot"),
      StartsWith("200 image/jpeg 1.1"));
  // Some seconds of the live picture, which ends when curl has had enough.
  const auto pictures = curl(service, "--max-time 3 2> /dev/null", "/stream");
  CHECK(pictures.size() > 1'000'000);
  CHECK_THAT(pictures.substr(0, 200), Contains("image/jpeg"));
  socket.send(R"({"command":"stop"})");
  REQUIRE(socket.await("idle"));
  REQUIRE(service.files().size() == 1);

  const fs::path file = service.files().front();
  const std::string whole = bytes_of(file);
  const std::string target = "/recordings/" + file.filename().string();
  // Nobody wants to see them.
  CHECK((curl(service, "", target) == whole));
  CHECK((curl(service, "-r 1000-600999", target) == whole.substr(1000, 600'000)));
  CHECK((curl(service, "-r -5000", target) == whole.substr(whole.size() - 5000)));
  // One connection, request after request.
  HttpConnection kept(service.server());
  for (int i = 0; i < 3; ++i)
    CHECK((kept.get(target).body == whole));
  // Nothing of ustreamer is open beside it.
  CHECK(listening_on(service.preview_port()) == std::vector<std::string>{"127.0.0.1"});
  check_key_is_not_told(service, curl(service, "", "/status") + curl(service, "", "/health"));
  CHECK(service.terminate() == 0);
}

TEST_CASE("TLS 1.2 and 1.3 are spoken, older ones and other protocols are not") {
  const PairOnDisk pair;
  Service service(https_service(pair));
  CHECK_THAT(shown_by(service.app_port(), "-tls1_3"), Contains("New, TLSv1.3"));
  CHECK_THAT(shown_by(service.app_port(), "-tls1_2"), Contains("New, TLSv1.2"));
  CHECK_THAT(shown_by(service.app_port(), "-tls1_2"),
             Contains("Secure Renegotiation IS supported"));
  CHECK_THAT(shown_by(service.app_port(), "-tls1_1 -cipher DEFAULT@SECLEVEL=0"),
             Contains("Cipher is (NONE)"));
  CHECK_THAT(shown_by(service.app_port(), "-alpn h2,http/1.1"),
             Contains("ALPN protocol: http/1.1"));
  CHECK_THAT(shown_by(service.app_port(), "-alpn h2"), Contains("no application protocol"));
  CHECK(service.health().status != 0);
}

TEST_CASE("SIGHUP: new connections get the new certificate, old ones go on, and nothing is lost") {
  const PairOnDisk pair;
  Service service(https_service(pair));
  REQUIRE(service.online());
  PreviewClient preview(service.preview_port());
  service.command("start");
  REQUIRE(records(service));
  HttpConnection before(service.server());
  WebSocket watches(service.server());
  REQUIRE(before.get("/status").status == 200);
  const auto old = pair.folder().write("old.pem", bytes_of(pair.certificate()));

  pair.make();
  CHECK(get({service.app_port(), old}, "/status").status == 200);
  ::kill(service.pid(), SIGHUP);
  REQUIRE(service.logs("the certificate was read again"));
  CHECK(before.get("/status").status == 200);
  CHECK(get(service.server(), "/status").status == 200);
  CHECK(get({service.app_port(), old}, "/status").status == 0);
  watches.send(R"({"command":"mark","label":"renewed"})");
  CHECK(watches.await("recordings"));
  std::this_thread::sleep_for(1s);
  service.command("stop");
  check_nothing_lost(service, preview);
  CHECK(service.terminate() == 0);
}

TEST_CASE("SIGHUP: a new pair that is of no use is told, and the old one stays") {
  const PairOnDisk pair;
  const PairOnDisk other;
  Service service(https_service(pair));
  // What clients trust is the one that was there at the start.
  const auto first = pair.folder().write("first.pem", bytes_of(pair.certificate()));
  const std::string key = bytes_of(pair.key());
  const auto asked = [&] { return get({service.app_port(), first}, "/status").status; };
  const auto problem = [&] {
    const auto status = json(get({service.app_port(), first}, "/status"));
    const auto& told = status.at("certificate").as_object();
    const std::string what(told.at("problem").as_string());
    return what.empty() ? what : std::string(told.at("code").as_string()) + ": " + what;
  };
  CHECK(problem().empty());
  struct Damage {
    std::function<void()> make;
    std::string told;
  };
  const std::vector<Damage> damages = {
      {[&] { std::ofstream(pair.key()) << "nothing"; }, "the file of tls_key is of no use: "},
      {[&] { std::ofstream(pair.key()) << bytes_of(other.key()); },
       "it is not the key of the certificate in tls_certificate"},
      {[&] { fs::remove(pair.key()); }, "the file of tls_key can not be read: No such file"}};
  for (const auto& damage : damages) {
    damage.make();
    ::kill(service.pid(), SIGHUP);
    CHECK(service.logs("the one that was read before stays: "));
    CHECK(service.logs(damage.told));
    CHECK(asked() == 200);
    CHECK_THAT(problem(), StartsWith("not_renewed: the one that was read before stays: ") &&
                              Contains(damage.told));
  }
  std::ofstream(pair.key()) << key;
  ::kill(service.pid(), SIGHUP);
  CHECK(service.logs("the certificate was read again"));
  CHECK(asked() == 200);
  CHECK(problem().empty());
  check_key_is_not_told(service, {});
}

TEST_CASE(
    "a pair that is of no use at the start: it records, says why, serves nothing, and goes on "
    "as soon as there is a good one") {
  const PairOnDisk pair;
  const std::string certificate = bytes_of(pair.certificate());
  std::ofstream(pair.certificate()) << "nothing";
  auto options = https_service(pair, {"--record-at-start", "on", "--segment-seconds", "600"});
  options.answers = false;
  Service service(std::move(options));
  CHECK(service.logs("https can not be served: the file of tls_certificate is of no use"));
  CHECK(service.logs("trying again every second, while all else goes on"));
  REQUIRE(wait_until([&] { return service.ffmpeg().has_value(); }, kPatience));
  CHECK(get(service.app_port(), "/status", 2s).status == 0);
  CHECK(listening_on(service.app_port()).empty());
  const auto asked = say(about("status", service), service.environment());
  CHECK(asked.status == 2);
  CHECK_THAT(asked.err, Contains(") records to " + service.recordings().string() +
                                 ", and does not answer on 127.0.0.1:"));
  CHECK_THAT(asked.err, !Contains("Is it started?"));
  const auto examined = say(about("doctor", service), service.environment()).out;
  CHECK_THAT(examined, Contains("warning  service       mini-dvr (pid ") &&
                           Contains(") records to " + service.recordings().string()));
  CHECK_THAT(examined, !Contains("end it"));

  std::ofstream(pair.certificate()) << certificate;
  REQUIRE(wait_until([&] { return service.health().status == 200; }, kPatience));
  REQUIRE(records(service));
  CHECK(service.terminate() == 0);
  CHECK(service.files().size() == 1);
  check_files_complete(service);
  check_key_is_not_told(service, {});
}

TEST_CASE("a certificate that has expired is served, and told") {
  const PairOnDisk pair;
  const auto long_ago = std::chrono::system_clock::now() - std::chrono::days(400);
  const auto expired =
      tls::make_self_signed({"127.0.0.1"}, std::chrono::days(300), long_ago).value();
  std::ofstream(pair.certificate()) << expired.certificate;
  std::ofstream(pair.key()) << expired.key;
  auto options = https_service(pair);
  options.answers = false;
  Service service(std::move(options));
  REQUIRE(service.logs("the certificate: it expired on "));
  CHECK_THAT(curl(service, "-k", "/status"),
             Contains("\"recorder\"") && Contains(R"("code":"expired","problem":"it expired on )"));
  // It is the one that the settings name.
  CHECK_THAT(
      say(about("status", service), service.environment()).out,
      Contains("recording   off") && Contains("https       the certificate: it expired on "));
  CHECK_THAT(say(about("doctor", service), service.environment()).out,
             Contains("problem  certificate   it expired on "));
  auto words = about("--check-config", service);
  const auto checked = say(words, service.environment());
  CHECK(checked.status == 1);
  CHECK_THAT(checked.err, Contains("mini-dvr: certificate: it expired on "));
}

TEST_CASE("a plain request to the port of https is told where to ask, and no more") {
  const PairOnDisk pair;
  Service service(https_service(pair));
  const auto ask = [&](const std::string& request) {
    RawClient client(service.app_port());
    client.send(request);
    auto response = client.response();
    CHECK(client.at_end());
    return response;
  };
  const auto led = ask("GET /recordings/?a=b HTTP/1.1\r\nHost: dvr.local:8080\r\n\r\n");
  CHECK(led.status_line == "HTTP/1.1 307 Temporary Redirect");
  CHECK(led.headers.at("Location") == "https://dvr.local:8080/recordings/?a=b");
  CHECK(led.body == "this port speaks https: https://dvr.local:8080/recordings/?a=b\n");
  CHECK(ask("GET / HTTP/1.0\r\n\r\n").status_line == k400);
  const std::string post =
      "POST /api/recording HTTP/1.1\r\nHost: dvr.local\r\nContent-Type: application/json\r\n"
      "Content-Length: 11\r\n\r\n{\"on\":true}";
  CHECK(ask(post).status_line == k400);
  CHECK(ask("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n").status_line == k421);
  CHECK(ask("nonsense\r\n\r\n").status_line == k400);
  // A zone is a name of the client's own interface, and no browser takes an address with one.
  for (const std::string host : {"[fe80::1%eth0]:8080", "[fe80::1%25eth0]:8080"}) {
    CAPTURE(host);
    auto zoned = ask("GET /recordings/ HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    CHECK(zoned.status_line == "HTTP/1.1 307 Temporary Redirect");
    CHECK(zoned.headers["Location"] == "https://[fe80::1]:8080/recordings/");
    CHECK(ask("POST /api/recording HTTP/1.1\r\nHost: " + host +
              "\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{\"on\":true}")
              .status_line == k400);
  }
  CHECK_THAT(service.log(), !Contains("task connection failed") && !Contains("the connection of"));
  CHECK(service.status().at("recording").as_string() == "stopped");
}

TEST_CASE("pages of plain http are not those of https, whatever their port") {
  const PairOnDisk pair;
  Service service(https_service(pair));
  const auto from = [&](const std::string& origin) {
    return curl(service,
                "-o /dev/null -w '%{http_code}' -X POST -H 'Content-Type: application/json' -d "
                "'{\"on\":false}' -H 'Host: dvr' -H 'Origin: " +
                    origin + "'",
                "/api/recording");
  };
  CHECK(from("https://dvr") == "200");
  CHECK(from("http://dvr") == "403");
  CHECK(from("https://dvr:8080") == "403");
}

TEST_CASE("status, doctor and --check-config know https, and the certificate that is served") {
  const PairOnDisk pair;
  Service service(https_service(pair));
  REQUIRE(service.online());
  const auto status = [&] { return say(about("status", service), service.environment()); };
  CHECK(status().status == 0);
  CHECK_THAT(say(about("doctor", service), service.environment()).out,
             Contains("ok       certificate   for "));
  const auto checked = say(about("--check-config", service), service.environment());
  CHECK(checked.status == 0);
  CHECK(checked.err.empty());
  CHECK_THAT(checked.out, Contains("tls_key = " + pair.key().string() + "  # option --tls_key"));

  // Another one, which the service has not read yet: whoever has the port is told nothing.
  pair.make();
  const auto doubtful = status();
  CHECK(doubtful.status == 2);
  CHECK_THAT(doubtful.err, Contains("it has not the certificate that tls_certificate names"));
  CHECK_THAT(doubtful.err, Contains("systemctl reload mini-dvr"));
  ::kill(service.pid(), SIGHUP);
  REQUIRE(service.logs("the certificate was read again"));
  CHECK(status().status == 0);

  std::ofstream(pair.key()) << "nothing";
  const auto wrong = say(about("--check-config", service), service.environment());
  CHECK(wrong.status == 1);
  CHECK_THAT(wrong.err, Contains("the file of tls_key is of no use"));

  const auto plain =
      say({"status", "--app-host", "127.0.0.1", "--app-port", std::to_string(service.app_port())});
  CHECK(plain.status == 2);
  CHECK_THAT(plain.err, Contains("it speaks https, and these settings name no tls_certificate"));
}

TEST_CASE("tls --self-signed makes a pair, says what to do with it, and keeps one that is there") {
  const TemporaryFolder folder;
  const std::string accounts = (folder.path() / "state" / "accounts.json").string();
  fs::create_directory(folder.path() / "state");
  if (::geteuid() == 0) {
    REQUIRE(::chown((folder.path() / "state").c_str(), 65534, 65534) == 0);
  }
  const auto make = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"tls", "--self-signed", "--accounts-file", accounts});
    return say(more);
  };
  const fs::path certificate = folder.path() / "state" / "tls-certificate.pem";
  const fs::path key = folder.path() / "state" / "tls-key.pem";
  const auto made = make({"--host", "Dvr.Example.org", "--host", "2001:db8::7", "--days", "30"});
  INFO(made.err);
  REQUIRE(made.status == 0);
  CHECK_THAT(made.out, Contains("dvr.example.org, 2001:db8::7\n"));
  CHECK_THAT(made.out, Contains("\ntls_certificate = " + certificate.string() +
                                "\ntls_key = " + key.string() + "\n"));
  CHECK_THAT(made.out, !Contains("PRIVATE"));
  struct stat info {};
  REQUIRE(::stat(key.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  if (::geteuid() == 0) CHECK(info.st_uid == 65534);  // as the service, which has to read it

  const std::string before = bytes_of(certificate);
  const auto again = make({});
  CHECK(again.status == 1);
  CHECK_THAT(again.err, Contains("is there already; --force puts another in its place"));
  CHECK(bytes_of(certificate) == before);
  fs::remove(certificate);
  CHECK(make({}).status == 1);  // half a pair is somebody's, too
  CHECK(make({"--force"}).status == 0);
  CHECK(bytes_of(certificate) != before);

  for (const std::vector<std::string>& wrong : {std::vector<std::string>{"--host", "no name"},
                                                {"--days", "0"},
                                                {"--days", "3651"},
                                                {"--days", "many"}}) {
    const auto refused = make(wrong);
    CHECK(refused.status != 0);
    CHECK_THAT(refused.err, Contains("--" + wrong.front().substr(2) + " '" + wrong.back() + "'"));
  }
  CHECK(say({"tls"}).status == 2);
  CHECK(say({"--force"}).status == 2);
}

TEST_CASE("a certificate that can not be written is told") {
  const TemporaryFolder folder;
  const auto file = folder.write("file", "").string();
  const auto said = say({"tls", "--self-signed", "--accounts-file", file + "/accounts.json"});
  CHECK(said.status == 1);
  CHECK_THAT(said.err, Contains("cannot make the folder"));
}
