// Who gets in when there are many, and how many may watch.
#include "core/networks.hpp"
#include "integration/http/raw_client.hpp"
#include "integration/http/small_server.hpp"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::test;

namespace {

// Two connections of one network, two more that make room for themselves, and no further one.
http::Limits hasty_limits() {
  http::Limits limits;
  limits.connections = 8;
  limits.connections_per_network = 2;
  limits.arrivals_at_once = 2;
  limits.arrival_interval = std::chrono::hours(1);
  limits.held = 2;
  return limits;
}

}  // namespace

TEST_CASE("An address that has its share at work is told so at once, and the others are served") {
  http::Limits limits;
  limits.connections = 8;
  limits.connections_per_network = 4;
  SmallServer server(limits);
  std::vector<std::unique_ptr<RawClient>> streams;
  for (std::size_t i = 0; i < limits.connections_per_network; ++i) {
    streams.push_back(std::make_unique<RawClient>(server.port));
    streams.back()->send("GET /endless HTTP/1.1\r\nHost: test\r\n\r\n");
    CHECK(streams.back()->response().status_line == kOk);
  }
  {
    RawClient over(server.port);
    const auto response = over.response();
    CHECK(response.status_line == k503);
    CHECK(field(boost::json::parse(response.body), "detail") ==
          "too many connections at once; try again in a moment");
    CHECK(over.at_end());
  }
  RawClient elsewhere(server.port, 0, "127.0.0.2");
  CHECK(elsewhere.get("/small").status_line == kOk);
  streams.pop_back();
  server.wait_for_connections(limits.connections_per_network);  // with the one from elsewhere
  RawClient next(server.port);
  CHECK(next.get("/small").status_line == kOk);
}

TEST_CASE("Connections that wait make room, the longest waiting first, and only of their address") {
  http::Limits limits;
  limits.connections = 8;
  limits.connections_per_network = 4;
  SmallServer server(limits);
  RawClient elsewhere(server.port, 0, "127.0.0.2");
  CHECK(elsewhere.get("/small").status_line == kOk);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (std::size_t i = 0; i < limits.connections_per_network; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port));
    CHECK(clients.back()->get("/small").status_line == kOk);
  }
  CHECK(clients[0]->get("/small").status_line == kOk);  // the second waits longest now
  RawClient next(server.port);
  CHECK(next.get("/small").status_line == kOk);
  CHECK(clients[1]->at_end());
  for (const std::size_t i : {std::size_t{0}, std::size_t{2}, std::size_t{3}})
    CHECK(clients[i]->get("/small").status_line == kOk);
  CHECK(elsewhere.get("/small").status_line == kOk);
}

TEST_CASE("Whoever opens again and again what is closed for him waits, and nobody else does") {
  http::Limits limits = hasty_limits();
  limits.hold_time = milliseconds(500);
  SmallServer server(limits);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (std::size_t i = 0; i < limits.connections_per_network + limits.arrivals_at_once; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port));
    CHECK(clients.back()->get("/small").status_line == kOk);
  }
  const auto begun = Steady::now();
  RawClient hasty(server.port);
  RawClient second(server.port);
  RawClient third(server.port);
  CHECK(third.at_end());  // as many wait as may
  RawClient elsewhere(server.port, 0, "127.0.0.2");
  CHECK(elsewhere.get("/small").status_line == kOk);
  CHECK(hasty.response().status_line == k503);
  CHECK(Steady::now() - begun >= limits.hold_time);
  CHECK(hasty.at_end());
  CHECK(second.response().status_line == k503);
  // Nothing was closed for them.
  CHECK(clients[2]->get("/small").status_line == kOk);
  CHECK(clients[3]->get("/small").status_line == kOk);
}

TEST_CASE("One address can not take all the room in which those who come too fast wait") {
  http::Limits limits = hasty_limits();
  limits.hold_time = seconds(2);
  limits.held_per_network = 1;
  SmallServer server(limits);
  std::vector<std::unique_ptr<RawClient>> clients;
  const auto come = [&](const char* from) {
    for (std::size_t i = 0; i < limits.connections_per_network + limits.arrivals_at_once; ++i) {
      clients.push_back(std::make_unique<RawClient>(server.port, 0, from));
      CHECK(clients.back()->get("/small").status_line == kOk);
    }
  };
  come("127.0.0.1");
  come("127.0.0.2");
  auto hasty = std::make_unique<RawClient>(server.port);
  RawClient over(server.port);
  CHECK(over.at_end());
  hasty.reset();  // its place is not free for that
  RawClient elsewhere(server.port, 0, "127.0.0.2");
  CHECK(elsewhere.response().status_line == k503);
}

TEST_CASE("Everybody is answered while one address keeps as many connections open as it can") {
  const http::Limits limits;
  SmallServer server(limits);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (std::size_t i = 0; i < limits.connections + 20; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port));
    // Some say nothing, some half a request, most are kept alive after one.
    if (i % 8 == 0) continue;
    if (i % 8 == 1) {
      clients.back()->send("GET /small HTTP/1.1\r\nHo");
      continue;
    }
    REQUIRE(clients.back()->get("/small").status_line == kOk);
  }
  RawClient same(server.port);
  CHECK(same.get("/small").status_line == kOk);
  RawClient elsewhere(server.port, 0, "127.0.0.2");
  CHECK(elsewhere.get("/small").status_line == kOk);
  CHECK(server.connections() <= limits.connections);
}

TEST_CASE("Behind a trusted proxy each client has a share of its own, and the proxy none") {
  http::Limits limits;
  limits.connections = 12;
  limits.connections_per_network = 4;
  http::AccessRules access;
  access.trusted_proxies = *parse_networks("127.0.0.1");
  SmallServer server(limits, access);
  const auto asks = [](RawClient& client, const std::string& who, const std::string& path) {
    client.send("GET " + path + " HTTP/1.1\r\nHost: test\r\nX-Forwarded-For: " + who + "\r\n\r\n");
    return client.response().status_line;
  };
  std::vector<std::unique_ptr<RawClient>> streams;
  for (std::size_t i = 0; i < limits.connections_per_network; ++i) {
    streams.push_back(std::make_unique<RawClient>(server.port));
    CHECK(asks(*streams.back(), "10.0.0.1", "/endless") == kOk);
  }
  // The proxy's connections carry who comes: one that has its share is refused, others are not.
  RawClient shared(server.port);
  CHECK(asks(shared, "10.0.0.1", "/small") == k503);
  CHECK(asks(shared, "10.0.0.2", "/small") == kOk);
  CHECK(asks(shared, "10.0.0.1", "/small") == k503);
  CHECK(asks(shared, "10.0.0.2", "/small") == kOk);
  for (std::size_t i = 0; i < limits.connections_per_network - 1; ++i) {
    streams.push_back(std::make_unique<RawClient>(server.port));
    CHECK(asks(*streams.back(), "10.0.0.2", "/endless") == kOk);
  }
  // Its one that waits makes room for another of its own.
  RawClient another(server.port);
  const auto deadline = Steady::now() + kPatience;
  // It waits once it is seen to have its last answer.
  while (asks(another, "10.0.0.2", "/small") != kOk && Steady::now() < deadline)
    std::this_thread::yield();
  CHECK(shared.at_end());
  // What one client gives back it may take again.
  streams.erase(streams.begin());
  server.wait_for_connections(2 * limits.connections_per_network - 1);
  RawClient again(server.port);
  CHECK(asks(again, "10.0.0.1", "/small") == kOk);
}

TEST_CASE("So many watch at once, and so many of one address; all else is answered") {
  const std::string path = GENERATE("/endless", "/source");
  CAPTURE(path);
  http::Limits limits;
  limits.streams = 3;
  limits.streams_per_network = 2;
  SmallServer server(limits);
  const std::string request = "GET " + path + " HTTP/1.1\r\nHost: test\r\n\r\n";
  const auto begin = [&](const char* from) {
    auto client = std::make_unique<RawClient>(server.port, 0, from);
    client->send(request);
    return client;
  };
  auto first = begin("127.0.0.1");
  CHECK(first->response(false).status_line == kOk);
  auto second = begin("127.0.0.1");
  CHECK(second->response(false).status_line == kOk);
  auto third = begin("127.0.0.1");
  const auto refused = third->response();
  CHECK(refused.status_line == k503);
  CHECK(field(boost::json::parse(refused.body), "detail") ==
        "too many streams at once; try again in a moment");
  CHECK(field(boost::json::parse(refused.body), "code") == "busy");
  CHECK(third->get("/small").status_line == kOk);
  auto elsewhere = begin("127.0.0.2");
  CHECK(elsewhere->response(false).status_line == kOk);
  auto last = begin("127.0.0.3");
  CHECK(last->response(false).status_line == k503);
  // A place that is left is free.
  first.reset();
  server.wait_for_connections(4);
  CHECK(third->send(request));
  CHECK(third->response(false).status_line == kOk);
}
