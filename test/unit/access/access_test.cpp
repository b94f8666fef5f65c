#include "access/access_gate.hpp"
#include "access/accounts_file.hpp"
#include "access/login_delay.hpp"
#include "access/logins.hpp"
#include "access/passwd.hpp"
#include "access/password.hpp"
#include "core/event.hpp"
#include "core/settings.hpp"
#include "core/task_group.hpp"
#include "support/captured_stderr.hpp"
#include "support/patience.hpp"
#include "support/result_text.hpp"
#include "support/temporary_folder.hpp"

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>

#include <sys/stat.h>

using namespace minidvr;
using namespace minidvr::access;

namespace {

http::Request request_from(const std::string& address) {
  http::Request request;
  request.verb = http::Verb::get;
  request.path = "/status";
  boost::system::error_code unknown;
  request.sender.address = net::ip::make_address(address, unknown);
  return request;
}

http::Request with_authorization(const std::string& value,
                                 const std::string& address = "192.0.2.1") {
  auto request = request_from(address);
  request.fields.set(http::Field::authorization, value);
  return request;
}

constexpr const char* kAnaBasic = "Basic YW5hOmNvcnJlY3QgaG9yc2U=";  // ana:correct horse

std::variant<http::Caller, http::Response> answer_to(AccessGate& gate, const http::Request& request,
                                                     http::Role needed) {
  net::io_context io;
  auto task = gate.admit(request, needed);
  auto result = net::co_spawn(io, std::move(task), net::use_future);
  io.run();
  return result.get();
}

// Lets `gate` look at its accounts until `done`; false when that did not come.
bool looks_until(AccessGate& gate, const std::function<bool()>& done) {
  net::io_context io;
  TaskGroup tasks(io.get_executor());
  tasks.spawn("accounts", gate.run());
  bool is_done = false;
  const auto wait = [&]() -> Task<> {
    for (const auto end = Steady::now() + test::kPatience; Steady::now() < end;) {
      is_done = done();
      if (is_done) break;
      co_await sleep_for(milliseconds(20));
    }
    tasks.cancel();
    co_await tasks.join();
  };
  net::co_spawn(io, wait(), net::detached);
  io.run();
  return is_done;
}

// The status of the answer that refuses it; 200 when it is let in.
unsigned admitted(AccessGate& gate, const http::Request& request, http::Role needed) {
  const auto answer = answer_to(gate, request, needed);
  const auto* refusal = std::get_if<http::Response>(&answer);
  return refusal == nullptr ? 200 : static_cast<unsigned>(refusal->status);
}

}  // namespace

TEST_CASE("this machine may always ask, and who is not known where anybody may") {
  const test::TemporaryFolder folder;
  const auto ask = [&](const char* networks, const http::Request& request) {
    AccessGate gate(folder.path() / "accounts.json", *parse_allowed_networks(networks));
    return admitted(gate, request, http::Role::control);
  };
  auto own = request_from("203.0.113.5");
  CHECK(ask("192.168.7.0/24", own) == 403);
  own.sender.is_here = true;  // by one of its own addresses
  CHECK(ask("192.168.7.0/24", own) == 200);
  const auto unknown = request_from("nobody");
  CHECK(ask("auto", unknown) == 403);
  CHECK(ask("0.0.0.0/0", unknown) == 403);
  CHECK(ask("any", unknown) == 200);
}

TEST_CASE("without an account: everybody of the private networks, and nobody else") {
  const test::TemporaryFolder folder;
  AccessGate gate(folder.path() / "accounts.json", *parse_allowed_networks("auto"));
  CHECK_FALSE(gate.asks_for_password());
  const auto ask = [&](const char* address) {
    return admitted(gate, request_from(address), http::Role::control);
  };
  CHECK(ask("127.0.0.1") == 200);
  CHECK(ask("192.168.7.9") == 200);
  CHECK(ask("fe80::1%lo") == 200);
  CHECK(ask("fd12::1") == 200);
  CHECK(ask("203.0.113.5") == 403);
  CHECK(ask("2001:db8::1") == 403);
  CHECK(ask("::ffff:203.0.113.5") == 403);
  CHECK(ask("unknown") == 403);
}

TEST_CASE("with an account: everybody may ask, and is asked who he is") {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "accounts.json";
  REQUIRE(set_password(file, "ana", http::Role::view, "correct horse"));
  AccessGate gate(file, *parse_allowed_networks("auto"));
  CHECK(gate.asks_for_password());
  CHECK(admitted(gate, request_from("203.0.113.5"), http::Role::view) == 401);
  CHECK(admitted(gate, request_from("203.0.113.5"), http::Role::anyone) == 200);
  AccessGate narrow(file, *parse_allowed_networks("private"));
  CHECK(admitted(narrow, request_from("203.0.113.5"), http::Role::anyone) == 403);
}

TEST_CASE("a crowd that logs in at once: some are told to come again, and later all are let in") {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "accounts.json";
  REQUIRE(set_password(file, "ana", http::Role::view, "correct horse"));
  AccessGate gate(file, *parse_allowed_networks("auto"));
  auto request = request_from("192.0.2.1");
  request.fields.set(http::Field::authorization, "Basic YW5hOmNvcnJlY3QgaG9yc2U=");
  net::io_context io;
  unsigned right = 0;
  unsigned busy = 0;
  for (int i = 0; i < 20; ++i) {
    auto task = gate.admit(request, http::Role::view);
    net::co_spawn(io, std::move(task), [&](const std::exception_ptr&, const auto& answer) {
      const auto* refusal = std::get_if<http::Response>(&answer);
      if (refusal == nullptr) ++right;
      if (refusal == nullptr || refusal->status != http::Status::service_unavailable) return;
      ++busy;
      const auto bytes = refusal->body.bytes();
      const std::string told(bytes.data(), bytes.size());
      CHECK_THAT(told, Catch::Contains(R"("code":"busy")"));
    });
  }
  io.run();
  CHECK(right == 8);
  CHECK(busy == 12);
  CHECK(admitted(gate, request, http::Role::view) == 200);
  CHECK(admitted(gate, request, http::Role::control) == 403);
}

TEST_CASE(
    "a password that is changed while the old one is being checked lets nobody in by the old") {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "accounts.json";
  REQUIRE(set_password(file, "ana", http::Role::view, "correct horse"));
  AccessGate gate(file, *parse_allowed_networks("auto"));
  net::io_context io;
  TaskGroup tasks(io.get_executor());
  tasks.spawn("accounts", gate.run());
  // Some are always being checked, so some are when the change is read. Each header is another one,
  // by its blanks: one that was found right is believed for a while.
  std::size_t asked = 0;
  unsigned before = 0;
  unsigned late = 0;
  http::Caller first;
  const auto keep_asking = [&]() -> Task<> {
    for (bool changed = false; !changed;) {
      auto request = request_from("192.0.2.1");
      request.fields.set(http::Field::authorization,
                         "Basic" + std::string(++asked, ' ') + "YW5hOmNvcnJlY3QgaG9yc2U=");
      auto asking = gate.admit(request, http::Role::view);
      const auto answer = co_await std::move(asking);
      const auto* caller = std::get_if<http::Caller>(&answer);
      if (first.proof == 0 && caller != nullptr) {
        first = *caller;
        CHECK(set_password(file, "ana", http::Role::view, "battery staple"));
      }
      changed = first.proof != 0 && !gate.still_is(first);
      if (caller != nullptr) ++(changed ? late : before);
    }
  };
  TaskGroup askers(io.get_executor());
  for (int i = 0; i < 4; ++i)
    askers.spawn("asks", keep_asking());
  const auto end = [&]() -> Task<> {
    co_await askers.join();
    tasks.cancel();
    co_await tasks.join();
  };
  net::co_spawn(io, end(), net::detached);
  io.run();
  CHECK(before > 0);
  CHECK(late == 0);
  auto request = request_from("192.0.2.2");
  request.fields.set(http::Field::authorization, "Basic YW5hOmJhdHRlcnkgc3RhcGxl");
  CHECK(admitted(gate, request, http::Role::view) == 200);
}

TEST_CASE("who is removed is out, the last one, too, and then nobody is in until a restart") {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "accounts.json";
  REQUIRE(set_password(file, "ana", http::Role::view, "correct horse"));
  const std::string token = make_token(file, "display", http::Role::view).value();
  AccessGate gate(file, *parse_allowed_networks("auto"));
  const auto by_token = with_authorization("Bearer " + token);
  const auto by_password = with_authorization(kAnaBasic);
  const auto ana = std::get<http::Caller>(answer_to(gate, by_password, http::Role::view));
  const auto display = std::get<http::Caller>(answer_to(gate, by_token, http::Role::view));
  CHECK(remove_account(file, "ana").value().tokens.size() == 1);
  CHECK(looks_until(gate, [&] { return !gate.still_is(ana); }));
  CHECK(admitted(gate, by_token, http::Role::view) == 200);
  CHECK(admitted(gate, by_password, http::Role::view) == 401);
  CHECK(remove_token(file, "display").value().empty());
  const auto is_out = [&] { return admitted(gate, by_token, http::Role::view) == 401; };
  CHECK(looks_until(gate, [&] { return !gate.still_is(display) && is_out(); }));
  CHECK(gate.asks_for_password());
  CHECK(admitted(gate, request_from("127.0.0.1"), http::Role::view) == 401);
  // Who is made now gets in.
  REQUIRE(set_password(file, "ana", http::Role::view, "correct horse"));
  int asked = 0;
  const auto gets_in = [&] {  // from another address each time: who fails often has to wait
    const auto from = "198.51.100." + std::to_string(++asked);
    return admitted(gate, with_authorization(kAnaBasic, from), http::Role::view) == 200;
  };
  CHECK(looks_until(gate, gets_in));
  REQUIRE(remove_account(file, "ana"));
  const AccessGate restarted(file, *parse_allowed_networks("auto"));
  CHECK_FALSE(restarted.asks_for_password());
}

TEST_CASE("a change of an account ends what was begun with it, and nothing of others") {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "accounts.json";
  REQUIRE(set_password(file, "ana", http::Role::view, "correct horse"));
  REQUIRE(set_password(file, "bob", http::Role::view, "correct horse"));
  const std::string display = make_token(file, "display", http::Role::view).value();
  const std::string bench = make_token(file, "bench", http::Role::view).value();
  const auto local = local_token_file(file, 8080);
  AccessGate gate(file, *parse_allowed_networks("auto"), local);
  const auto caller = [&](const std::string& authorization) {
    return std::get<http::Caller>(
        answer_to(gate, with_authorization(authorization), http::Role::view));
  };
  const auto by_ana = caller(kAnaBasic);
  const auto by_bob = caller("Basic Ym9iOmNvcnJlY3QgaG9yc2U=");
  const auto by_display = caller("Bearer " + display);
  const auto by_bench = caller("Bearer " + bench);
  const auto by_local = caller("Bearer " + folder.read(local.filename()));
  CHECK(caller("Bearer " + display).proof == by_display.proof);
  REQUIRE(set_password(file, "bob", http::Role::view, "battery staple"));
  CHECK(looks_until(gate, [&] { return !gate.still_is(by_bob); }));
  REQUIRE(make_token(file, "bench", http::Role::control));
  CHECK(looks_until(gate, [&] { return !gate.still_is(by_bench); }));
  for (const auto& other : {by_ana, by_display, by_local}) {
    CAPTURE(other.name);
    CHECK(gate.still_is(other));
  }
  REQUIRE(set_password(file, "ana", http::Role::control, "correct horse"));
  CHECK(looks_until(gate, [&] { return !gate.still_is(by_ana); }));
  CHECK(caller(kAnaBasic).role == http::Role::control);
}

TEST_CASE("a file of accounts that is gone ends nothing, and that is logged once") {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "accounts.json";
  REQUIRE(set_password(file, "ana", http::Role::view, "correct horse"));
  AccessGate gate(file, *parse_allowed_networks("auto"));
  const auto request = with_authorization(kAnaBasic);
  const auto ana = std::get<http::Caller>(answer_to(gate, request, http::Role::view));
  std::filesystem::remove(file);
  const test::CapturedStderr captured;
  const auto end = Steady::now() + seconds(5);  // two looks and more
  CHECK(looks_until(gate, [&] { return Steady::now() > end; }));
  CHECK(test::count(captured.text(), "is gone: those who were let in still are") == 1);
  CHECK(gate.still_is(ana));
  CHECK(admitted(gate, request, http::Role::view) == 200);
  CHECK(admitted(gate, request_from("127.0.0.1"), http::Role::view) == 401);
}

TEST_CASE("a login between the guesses lets nobody guess at another's password without waiting") {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "accounts.json";
  REQUIRE(set_password(file, "ana", http::Role::view, "correct horse"));
  REQUIRE(set_password(file, "admin", http::Role::control, "battery staple"));
  AccessGate gate(file, *parse_allowed_networks("auto"));
  std::string blanks = " ";  // each header is another one, so none is believed unseen
  const auto status_of = [&](const std::string& credentials) {
    blanks += ' ';
    return admitted(gate, with_authorization("Basic" + blanks + credentials), http::Role::view);
  };
  for (unsigned i = 0; i < LoginDelay::kFree; ++i) {
    CHECK(status_of("YWRtaW46d3Jvbmc=") == 401);  // admin:wrong
    if (i + 1 < LoginDelay::kFree) CHECK(status_of("YW5hOmNvcnJlY3QgaG9yc2U=") == 200);
  }
  CHECK(status_of("YWRtaW46d3Jvbmc=") == 429);
}

TEST_CASE("accounts in a file: only its owner reads it, and damage is said") {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "etc" / "accounts.json";
  CHECK(read_accounts(file).value().empty());
  REQUIRE(set_password(file, "ana", http::Role::control, "correct horse"));
  const std::string token = make_token(file, "display", http::Role::view).value();
  struct stat info {};
  REQUIRE(::stat(file.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0600);

  const auto accounts = read_accounts(file).value();
  REQUIRE(accounts.people.size() == 1);
  CHECK(accounts.people[0].role == http::Role::control);
  CHECK(is_password(accounts.people[0].secret, "correct horse"));
  CHECK_FALSE(is_password(accounts.people[0].secret, "Correct horse"));
  CHECK(accounts.tokens[0].secret == token_digest(token));
  CHECK(accounts_text(accounts).find(token) == std::string::npos);

  // The same name again is the same account.
  REQUIRE(set_password(file, "ana", http::Role::view, "battery staple"));
  CHECK(read_accounts(file).value().people.size() == 1);
  CHECK_FALSE(set_password(file, "no spaces", http::Role::view, "battery staple"));
  CHECK_FALSE(make_token(file, "", http::Role::view));
  CHECK_FALSE(remove_account(file, "bob"));
  REQUIRE(remove_account(file, "ana"));
  REQUIRE(remove_token(file, "display"));
  CHECK(read_accounts(file).value().empty());

  for (const char* damaged :
       {"", "[]", "{}", R"({"people":[],"tokens":[1]})",
        R"({"people":[{"name":"a","role":"root","secret":"x"}],"tokens":[]})",
        R"({"people":[{"name":"a b","role":"view","secret":"x"}],"tokens":[]})",
        R"({"people":[{"name":"a","role":"view"}],"tokens":[]})"}) {
    CAPTURE(damaged);
    std::ofstream(file) << damaged;
    CHECK(read_accounts(file).error().code == Errc::malformed);
    // It is not written over: somebody may want to see what it was.
    CHECK_FALSE(set_password(file, "ana", http::Role::control, "correct horse"));
  }
}

TEST_CASE("accounts and tokens that are made and removed at once are all in, or out, as was said") {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "accounts.json";
  constexpr int kPrograms = 8;
  constexpr int kEach = 5;
  std::vector<std::thread> programs;
  for (int i = 0; i < kPrograms; ++i) {
    programs.emplace_back([&file, i] {
      for (int j = 0; j < kEach; ++j) {
        const auto name = std::to_string(i) + "-" + std::to_string(j);
        [[maybe_unused]] const auto token = make_token(file, name, http::Role::view);
      }
      [[maybe_unused]] const auto left = remove_token(file, std::to_string(i) + "-0");
    });
  }
  for (auto& program : programs)
    program.join();
  CHECK(read_accounts(file).value().tokens.size() == kPrograms * (kEach - 1));
}

TEST_CASE("recorders with the same accounts leave each its own token") {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "accounts.json";
  REQUIRE(set_password(file, "ana", http::Role::view, "correct horse"));
  const auto here = local_token_file(file, 8080);
  const auto there = local_token_file(file, 8081);
  REQUIRE(here != there);
  const auto networks = *parse_allowed_networks("auto");
  AccessGate one(file, networks, here);
  AccessGate other(file, networks, there);
  const auto with_token_of = [&](const std::filesystem::path& of) {
    return with_authorization("Bearer " + folder.read(of.filename()), "127.0.0.1");
  };
  for (unsigned i = 0; i < 2 * LoginDelay::kFree; ++i) {
    CHECK(admitted(one, with_token_of(there), http::Role::view) == 401);
    CHECK(admitted(one, with_token_of(here), http::Role::view) == 200);
    CHECK(admitted(other, with_token_of(there), http::Role::view) == 200);
  }
}

TEST_CASE("a wrong token keeps nobody waiting, a wrong password no token, and both are told") {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "accounts.json";
  REQUIRE(set_password(file, "ana", http::Role::view, "correct horse"));
  const std::string token = make_token(file, "display", http::Role::view).value();
  const auto local = local_token_file(file, 8080);
  AccessGate gate(file, *parse_allowed_networks("auto"), local);
  const auto status_of = [&](const std::string& authorization) {
    return admitted(gate, with_authorization(authorization), http::Role::view);
  };
  const test::CapturedStderr captured;
  constexpr unsigned kMany = 4 * LoginDelay::kFree;
  for (unsigned i = 0; i < kMany; ++i)
    CHECK(status_of("Bearer none") == 401);
  CHECK(status_of(kAnaBasic) == 200);
  CHECK(gate.counts().wrong_tokens == kMany);
  CHECK(gate.counts().wrong == 0);
  CHECK(test::count(captured.text(), "1 wrong token, the last from 192.0.2.1, for /status") == 1);

  for (unsigned i = 0; i < LoginDelay::kFree; ++i)
    CHECK(status_of("Basic YW5hOndyb25n") == 401);  // ana:wrong
  CHECK(status_of("Basic YW5hOndyb25n") == 429);
  CHECK(status_of("Bearer " + token) == 200);
  CHECK(status_of("Bearer " + folder.read(local.filename())) == 200);
  CHECK(status_of("Bearer none") == 401);
  CHECK(gate.counts().wrong == LoginDelay::kFree);
}

TEST_CASE("whoever guesses waits longer each time, for a minute at most, and is forgotten later") {
  LoginDelay delay;
  SteadyTime now{};
  const std::string client = "192.0.2.1";
  for (unsigned i = 0; i < LoginDelay::kFree; ++i) {
    CHECK(delay.wait(client, now) == seconds(0));
    delay.failed(client, "ana", now);
  }
  std::vector<seconds> waits;
  for (int i = 0; i < 8; ++i) {
    waits.push_back(delay.wait(client, now));
    now += waits.back();
    CHECK(delay.wait(client, now) == seconds(0));
    delay.failed(client, "ana", now);
  }
  using s = seconds;
  CHECK(waits == std::vector<seconds>{s(1), s(2), s(4), s(8), s(16), s(32), s(60), s(60)});
  CHECK(delay.wait("192.0.2.2", now) == seconds(0));
  CHECK(delay.wait(client, now + LoginDelay::kForgotten) == seconds(0));
  // While one try is being checked no other is taken.
  now += seconds(60);
  CHECK(delay.wait(client, now) == seconds(0));
  delay.trying(client, now);
  CHECK(delay.wait(client, now) == seconds(60));
  delay.succeeded(client, "ana");
  CHECK(delay.wait(client, now) == seconds(0));
  delay.failed(client, "ana", now);
  delay.trying(client, now);
  CHECK(delay.wait(client, now) == seconds(0));
  delay.succeeded(client, "ana");

  // An attacker with many addresses takes no more memory than that, and is remembered at the last.
  for (std::size_t i = 0; i < 2 * LoginDelay::kMostClients; ++i) {
    now += milliseconds(1);
    for (unsigned j = 0; j <= LoginDelay::kFree; ++j)
      delay.failed(std::to_string(i), "ana", now);
  }
  CHECK(delay.wait("0", now) == seconds(0));
  CHECK(delay.wait(std::to_string(2 * LoginDelay::kMostClients - 1), now) > seconds(0));
}

TEST_CASE("who has an account waits all the same for what he guesses of another's") {
  LoginDelay delay;
  SteadyTime now{};
  const std::string client = "192.0.2.1";
  const auto log_in_as_bob = [&] {
    delay.trying(client, now);
    delay.succeeded(client, "bob");
  };
  for (unsigned i = 0; i < LoginDelay::kFree; ++i) {
    delay.failed(client, "admin", now);
    log_in_as_bob();
  }
  CHECK(delay.wait(client, now) == seconds(1));
  // His own mistakes are forgiven, and what he does now does not make the others last longer.
  delay.failed(client, "bob", now);
  CHECK(delay.wait(client, now) == seconds(2));
  log_in_as_bob();
  CHECK(delay.wait(client, now) == seconds(1));
  now += LoginDelay::kForgotten - seconds(1);
  log_in_as_bob();
  now += seconds(1);
  CHECK(delay.wait(client, now) == seconds(0));
  delay.failed(client, "bob", now);
  CHECK(delay.wait(client, now) == seconds(0));

  // No success forgives what was nobody's, or is beyond those that are told apart.
  const std::string other = "192.0.2.2";
  for (int i = 0; i < 8; ++i)
    delay.failed(other, "name" + std::to_string(i), now);
  for (int i = 0; i < 8; ++i)
    delay.succeeded(other, "name" + std::to_string(i));
  CHECK(delay.wait(other, now) == seconds(2));
}

TEST_CASE("logins end when unused for a week, when they are ended, and when there are too many") {
  Logins logins;
  SteadyTime now{};
  const auto token = logins.begin("ana", http::Role::view, now);
  CHECK(token.size() == 43);
  const auto login = logins.find(token, now + Logins::kIdle / 2);
  REQUIRE(login);
  CHECK(login->name == "ana");
  CHECK(logins.find(token, now + Logins::kIdle));
  CHECK_FALSE(logins.find(token, now + 3 * Logins::kIdle));
  CHECK_FALSE(logins.find(token + "x", now));

  const auto other = logins.begin("bob", http::Role::view, now + seconds(1));
  const auto id = logins.find(other, now + seconds(1))->id;
  CHECK(id != login->id);
  CHECK(logins.is_open(id, now + seconds(1)));
  logins.end(other);
  CHECK_FALSE(logins.is_open(id, now + seconds(1)));

  Logins many;
  const auto first = many.begin("ana", http::Role::view, now);
  for (std::size_t i = 0; i < Logins::kMost; ++i)
    many.begin("ana", http::Role::view, now + seconds(1));
  CHECK_FALSE(many.find(first, now + seconds(2)));
}

TEST_CASE("a login lasts as long as somebody watches by it, and can be ended all the time") {
  Logins logins;
  SteadyTime now{};
  const auto watched = logins.begin("ana", http::Role::view, now);
  const auto left_alone = logins.begin("ana", http::Role::view, now);
  const auto id = logins.find(watched, now)->id;
  const auto watch = [&] {
    for (const auto end = now + Logins::kIdle + seconds(24 * 3600); now < end;) {
      now += seconds(60);
      REQUIRE(logins.is_open(id, now));
    }
  };
  watch();
  CHECK_FALSE(logins.find(left_alone, now));
  // Whoever logs in next ends those that are unused, and no other.
  logins.begin("bob", http::Role::view, now);
  CHECK(logins.is_open(id, now));
  CHECK(logins.find(watched, now));
  CHECK_FALSE(logins.is_open(id, now + Logins::kIdle));

  watch();
  logins.end_all([](const Login& login) { return login.name == "ana"; });
  CHECK_FALSE(logins.is_open(id, now));
  CHECK_FALSE(logins.find(watched, now));
}

TEST_CASE("whoever logs out by https has no login by http left, either") {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "accounts.json";
  REQUIRE(set_password(file, "ana", http::Role::view, "correct horse"));
  AccessGate gate(file, *parse_allowed_networks("auto"));
  const auto request_by = [](bool https, const std::string& cookies) {
    auto request = request_from("192.0.2.1");
    request.sender.by_https = https;
    request.fields.set(http::Field::cookie, cookies);
    return request;
  };
  const auto log_in = [&](bool https) {
    const auto request = request_by(https, "");
    net::io_context io;
    auto task = gate.log_in(request, Password{"ana", "correct horse"});
    auto result = net::co_spawn(io, std::move(task), net::use_future);
    io.run();
    const auto answer = result.get();
    for (const auto& [name, value] : answer.headers) {
      if (name == "Set-Cookie") return value.substr(0, value.find(';'));
    }
    return std::string();
  };
  const auto shown = [&](bool https, const std::string& cookies) {
    return admitted(gate, request_by(https, cookies), http::Role::view);
  };
  const std::string by_http = log_in(false);
  const std::string by_https = log_in(true);
  CHECK(shown(false, by_http) == 200);
  CHECK(shown(true, by_https) == 200);
  // What may have been read on its way is none by https.
  CHECK(shown(true, by_http) == 401);
  gate.log_out(request_by(true, by_http + "; " + by_https));
  CHECK(shown(false, by_http) == 401);
  CHECK(shown(true, by_https) == 401);
}
