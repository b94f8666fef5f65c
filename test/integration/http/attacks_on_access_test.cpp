// Whoever has no password, another one's cookie, or a token for less, against the program as it
// runs, while it records.
#include "access/passwd.hpp"
#include "api/command_message.hpp"
#include "integration/http/attacks.hpp"
#include "integration/support/recording_checks.hpp"
#include "integration/support/service.hpp"
#include "support/program_routes.hpp"

#include <cctype>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/beast/http/verb.hpp>
#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::test;

namespace {

constexpr const char* kRightPassword = "correct horse";

std::string bearer(const std::string& token) {
  return "Authorization: Bearer " + token + "\r\n";
}

std::string login_request(const std::string& password, const std::string& headers = {}) {
  const std::string body = R"({"user":"ana","password":")" + password + R"("})";
  return post_request("Content-Type: application/json\r\n" + headers + with_length(body), body,
                      "/api/login");
}

// A recorder that records, with an account `ana` that may do all and a token for each role.
class GuardedService {
 public:
  GuardedService() {
    REQUIRE(service.online());
    service.command("start");
    REQUIRE(records(service));
    const auto accounts = service.folder() / "accounts.json";
    REQUIRE(access::set_password(accounts, "ana", http::Role::control, kRightPassword));
    view_token = access::make_token(accounts, "display", http::Role::view).value();
    control_token = access::make_token(accounts, "bench", http::Role::control).value();
    const auto knows_all = [&] {
      return line(get_request("/status")) == k401 &&
             line(get_request("/status", bearer(control_token)), "127.0.4.1") == kOk;
    };
    REQUIRE(wait_until(knows_all, kPatience));
  }

  RawResponse answer(const std::string& request, const char* from = "127.0.0.1") const {
    RawClient client(service.app_port(), 0, from);
    client.send(request);
    return client.response(false);
  }
  std::string line(const std::string& request, const char* from = "127.0.0.1") const {
    return answer(request, from).status_line;
  }

  // Still records, is well, and nothing is missing.
  void check_untouched() {
    CHECK(line(get_request("/health", bearer(control_token))) == kOk);
    WebSocketClient owner(service.app_port(), 0, bearer(control_token));
    const auto now = owner.message();
    CHECK(now.at("recorder").at("state") == "recording");
    CHECK(now.at("recorder").at("dropped_frames") == 0);
    owner.send(R"({"command":"stop","request_id":"end"})");
    auto message = owner.message();
    while (message.is_object() && !message.as_object().contains("request_id"))
      message = owner.message();
    REQUIRE(message.is_object());
    CHECK(message.at("status") == "idle");
    check_nothing_lost(service, *preview);
  }

  Service service{{"--resolution", "640x480"}};
  std::unique_ptr<PreviewClient> preview = std::make_unique<PreviewClient>(service.preview_port());
  std::string view_token;
  std::string control_token;
};

// Each from an address of its own: who guesses passwords has to wait.
std::vector<std::string> wrong_credentials(const GuardedService& guarded) {
  const auto authorization = [](const std::string& value) {
    return get_request("/status", "Authorization: " + value + "\r\n");
  };
  const std::string token = guarded.view_token;
  const std::string right = "Authorization: Basic YW5hOmNvcnJlY3QgaG9yc2U=\r\n";
  return {
      get_request("/status"),
      authorization(""),
      authorization("Basic"),
      authorization("Basic YW5hOndyb25n"),                  // ana:wrong
      authorization("Basic YW5hOg=="),                      // ana:
      authorization("Basic YW5h"),                          // no password at all
      authorization("Basic bm9ib2R5OmNvcnJlY3QgaG9yc2U="),  // nobody:correct horse
      authorization("Basic QU5BOmNvcnJlY3QgaG9yc2U="),      // ANA:correct horse
      authorization("Basic YW5hADpjb3JyZWN0IGhvcnNl"),      // ana\0:correct horse
      authorization("Basic YW5hOmNvcnJlY3QgaG9yc2UA"),      // ana:correct horse\0
      authorization("Basic YW5hOmNvcnJlY3QgaG9yc2U"),       // without its end
      authorization("Basic %%%"),
      authorization("Basic " + std::string(4000, 'A')),
      authorization("Digest username=\"ana\""),
      authorization("Negotiate YW5h"),
      get_request("/status", right + right),
      authorization("Bearer"),
      authorization("Bearer  "),
      authorization("Bearer null"),
      authorization("Bearer " + token.substr(1)),
      authorization("Bearer " + token + "A"),
      authorization("Bearer " + token + "," + token),
      authorization("Bearer " + std::string(6000, 'A')),
      authorization(token),
      get_request("/status", bearer(token) + bearer(token)),
      get_request("/status?token=" + token),
      get_request("/status?access_token=" + token),
      get_request("/status", "Cookie: mini-dvr=" + token + "\r\n"),
      get_request("/status", "Cookie: mini-dvr=\r\n"),
      get_request("/status", "Cookie: mini-dvr=" + std::string(6000, 'A') + "\r\n"),
      get_request("/status", "X-Forwarded-User: ana\r\nX-Remote-User: ana\r\nRemote-User: ana\r\n"),
      get_request("/status", "X-Forwarded-For: 127.0.0.1\r\n"),
      handshake(),
      handshake("Sec-WebSocket-Protocol: " + token + "\r\n"),
  };
}

std::vector<std::string> odd_logins() {
  const auto login = [](const std::string& body) {
    return post_request("Content-Type: application/json\r\n" + with_length(body), body,
                        "/api/login");
  };
  return {
      login(""),
      login("{}"),
      login("[]"),
      login("null"),
      login(R"({"user":"ana"})"),
      login(R"({"password":"correct horse"})"),
      login(R"({"user":["ana"],"password":"correct horse"})"),
      login(R"({"user":"ana","password":true})"),
      login(R"({"user":"ana","password":{"$ne":""}})"),
      login(R"({"user":"ana","password":"correct horse","role":"control"})"),
  };
}

// An address that the route's pattern takes.
std::string example_of(std::string pattern) {
  for (auto begin = pattern.find('{'); begin != std::string::npos; begin = pattern.find('{')) {
    pattern.replace(begin, pattern.find('}') - begin + 1, "x");
  }
  return pattern;
}

// Whether it was refused for who asks.
bool is_refusal(const std::string& line) {
  CHECK_FALSE(line.empty());
  return line == k401 || line == k403 || line == k303;
}

void ask_every_route(const GuardedService& guarded) {
  const auto routes = program_routes();
  CHECK(routes.size() > 30);
  for (const auto& route : routes) {
    std::vector<std::string> methods = {std::string(boost::beast::http::to_string(route.verb))};
    if (route.verb == http::Verb::get) methods.emplace_back("HEAD");
    for (const auto& method : methods) {
      const std::string path = example_of(route.pattern);
      CAPTURE(method, path);
      const auto refused = [&](const std::string& more) {
        return is_refusal(guarded.line(method + " " + path +
                                       " HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n" + more +
                                       "\r\n"));
      };
      CHECK(refused({}) == (route.needed != http::Role::anyone));
      CHECK(refused(bearer(guarded.view_token)) == (route.needed == http::Role::control));
      CHECK_FALSE(refused(bearer(guarded.control_token)));
      // What reads is for who may look, and what writes is not.
      if (route.needed != http::Role::anyone) {
        CHECK((route.needed == http::Role::view) == (route.verb == http::Verb::get));
      }
    }
  }
}

// The next message that answers `command`.
boost::json::value answer_to(WebSocketClient& client, const std::string& command) {
  client.send(R"({"command":")" + command + R"(","request_id":")" + command + R"("})");
  auto message = client.message();
  while (message.is_object() && !message.as_object().contains("request_id"))
    message = client.message();
  return message;
}

void send_every_command(const GuardedService& guarded) {
  WebSocketClient viewer(guarded.service.app_port(), 0, bearer(guarded.view_token));
  CHECK(viewer.message().at("access") ==
        boost::json::parse(R"({"password":true,"user":"display","role":"view"})"));
  WebSocketClient owner(guarded.service.app_port(), 0, bearer(guarded.control_token));
  owner.message();
  for (const auto name : api::command_names()) {
    const std::string command(name);
    CAPTURE(command);
    const bool takes_more =
        api::needed_for(*api::parse_command(R"({"command":")" + command + R"("})").command) ==
        http::Role::control;
    const auto is_refused = [](const boost::json::value& answer) {
      return answer.at("status") == "error" && answer.at("code") == "role_required";
    };
    CHECK(is_refused(answer_to(viewer, command)) == takes_more);
    if (command == "stop") continue;  // is said in the end
    CHECK_FALSE(is_refused(answer_to(owner, command)));
  }
}

}  // namespace

TEST_CASE("Without a login, or with one for less, nobody gets more than is his") {
  GuardedService guarded;
  ask_every_route(guarded);
  send_every_command(guarded);
  int address = 1;
  for (const auto& request : wrong_credentials(guarded)) {
    CAPTURE(request.substr(0, 300));
    const std::string from = "127.0.1." + std::to_string(address++);
    CHECK(guarded.line(request, from.c_str()) == k401);
  }
  for (const auto& request : odd_logins()) {
    CAPTURE(request);
    const auto answer = guarded.answer(request, "127.0.2.1");
    CHECK(answer.status_line == k400);
    CHECK_FALSE(answer.headers.contains("Set-Cookie"));
  }
  guarded.check_untouched();
}

TEST_CASE("A cookie is good for who has it as it was given, until its end") {
  GuardedService guarded;
  // One that somebody else chose is not taken on.
  const std::string chosen = "Cookie: mini-dvr=" + std::string(43, 'A') + "\r\n";
  const auto logged_in = guarded.answer(login_request(kRightPassword, chosen));
  REQUIRE(logged_in.status_line == kOk);
  const std::string given = logged_in.headers.at("Set-Cookie");
  const std::string value = given.substr(given.find('=') + 1, 43);
  CHECK(given[given.find('=') + 1 + 43] == ';');
  const auto shows = [&](const std::string& cookies) {
    return guarded.line(get_request("/status", "Cookie: " + cookies + "\r\n"));
  };
  CHECK(shows("mini-dvr=" + value) == kOk);
  CHECK(shows("other=1; mini-dvr=" + value + "; more=2") == kOk);
  std::string turned = value;
  turned[0] = turned[0] == 'A' ? 'B' : 'A';
  std::string lower = value;
  for (char& c : lower)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const auto& wrong :
       {std::string(43, 'A'), turned, lower, value.substr(1), value.substr(0, 42), value + "A",
        value + "=", value + "%00", "\"" + value + "\"", "\"; mini-dvr=" + value, std::string(),
        value + value, value + ",mini-dvr=" + value, std::string("ana"), "../" + value}) {
    CAPTURE(wrong);
    CHECK(shows("mini-dvr=" + wrong) == k401);
  }
  for (const auto& wrong : {"Mini-Dvr=" + value, "mini-dvr2=" + value, "mini-dvr-8080=" + value,
                            "xmini-dvr=" + value, "mini-dvr=" + turned + "; mini-dvr=" + value,
                            "$Version=1; mini-dvr=\"" + value + "\"", value}) {
    CAPTURE(wrong);
    CHECK(shows(wrong) == k401);
  }
  const std::string mine = "Cookie: mini-dvr=" + value + "\r\n";
  CHECK(guarded.line(post_request(mine + with_length(""), "", "/api/logout")) == kNoContent);
  CHECK(shows("mini-dvr=" + value) == k401);
  guarded.check_untouched();
}

TEST_CASE("Whoever guesses has to wait, by whichever door, and tries side by side are one") {
  GuardedService guarded;
  constexpr const char* kGuesser = "127.0.3.1";
  const std::string by_name = get_request("/status", "Authorization: Basic YW5hOndyb25n\r\n");
  CHECK(guarded.line(login_request("wrong horse"), kGuesser) == k401);
  CHECK(guarded.line(by_name, kGuesser) == k401);
  CHECK(guarded.line(by_name, kGuesser) == k401);
  // Each failure more doubles the wait.
  constexpr int kLongEnough = 8;  // for all that follows, on a machine that is slow
  int wait = 0;
  while (wait < kLongEnough) {
    std::this_thread::sleep_for(std::chrono::seconds(wait));
    const auto told = guarded.answer(by_name, kGuesser);
    wait = told.status_line == k429 ? std::stoi(told.headers.at("Retry-After")) : 0;
  }
  for (const auto& request :
       {login_request("wrong horse"), by_name, login_request(kRightPassword)}) {
    CHECK(guarded.line(request, kGuesser) == k429);
  }
  // Tokens, of which nobody guesses one, are looked at all the same.
  CHECK(guarded.line(get_request("/status", bearer("none")), kGuesser) == k401);
  CHECK(guarded.line(get_request("/status", bearer(guarded.view_token)), kGuesser) == kOk);
  // Others are not kept waiting.
  CHECK(guarded.line(login_request(kRightPassword), "127.0.3.2") == kOk);
  std::this_thread::sleep_for(std::chrono::seconds(wait));
  std::vector<std::unique_ptr<RawClient>> crowd;
  for (int i = 0; i < 6; ++i) {
    crowd.push_back(std::make_unique<RawClient>(guarded.service.app_port(), 0, kGuesser));
    crowd.back()->send(login_request("wrong horse"));
  }
  int checked = 0;
  for (auto& client : crowd) {
    const auto line = client->response().status_line;
    CHECK((line == k401 || line == k429));
    if (line == k401) ++checked;
  }
  CHECK(checked == 1);
  guarded.check_untouched();
}
