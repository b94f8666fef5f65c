#include "http/router.hpp"

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::http;

namespace {

Handler nothing() {
  return [](const Request&) -> Task<Result<Response>> { co_return Response{}; };
}

Router example() {
  Router router;
  router.get_page("/", http::Role::view, nothing());
  router.get("/status", http::Role::view, nothing());
  router.get("/static/{path*}", http::Role::view, nothing());
  router.get("/api/controls", http::Role::view, nothing());
  router.post("/api/controls/{id}", http::Role::view, nothing());
  router.get("/api/controls/{id}", http::Role::view, nothing());
  return router;
}

std::string allow(const Router& router, Verb verb, std::string_view path) {
  const auto outcome = router.find(verb, path);
  const auto* others = std::get_if<Router::OtherMethods>(&outcome);
  return others == nullptr ? "" : others->allow;
}

bool found(const Router& router, Verb verb, std::string_view path) {
  return std::holds_alternative<Router::Found>(router.find(verb, path));
}

bool unknown(const Router& router, Verb verb, std::string_view path) {
  return std::holds_alternative<Router::UnknownPath>(router.find(verb, path));
}

}  // namespace

TEST_CASE("The router tells an unknown path from a method that is not allowed") {
  const Router router = example();
  CHECK(found(router, Verb::get, "/status"));
  CHECK(unknown(router, Verb::get, "/statuses"));
  CHECK(unknown(router, Verb::get, "/status/"));
  CHECK(unknown(router, Verb::get, "//status"));
  CHECK(unknown(router, Verb::post, "/nowhere"));
  CHECK(allow(router, Verb::post, "/status") == "GET, HEAD, OPTIONS");
  CHECK(allow(router, Verb::unknown, "/status") == "GET, HEAD, OPTIONS");
  CHECK(allow(router, Verb::delete_, "/api/controls/x") == "GET, HEAD, POST, OPTIONS");
}

TEST_CASE("HEAD is served wherever GET is") {
  const Router router = example();
  CHECK(found(router, Verb::head, "/"));
  CHECK(found(router, Verb::head, "/static/app.js"));
}

TEST_CASE("The asterisk stands for all paths, and allows what any of them allows") {
  CHECK(allow(example(), Verb::options, "*") == "GET, HEAD, POST, OPTIONS");
}

TEST_CASE("A parameter is one segment, a rest parameter all that follows") {
  const Router router = example();
  const auto control = router.find(Verb::post, "/api/controls/brightness");
  REQUIRE(std::holds_alternative<Router::Found>(control));
  CHECK(std::get<Router::Found>(control).parameters == Parameters{{"id", "brightness"}});
  CHECK(unknown(router, Verb::post, "/api/controls/a/b"));
  CHECK(unknown(router, Verb::post, "/api/controls/"));

  const auto file = router.find(Verb::get, "/static/js/app.js");
  REQUIRE(std::holds_alternative<Router::Found>(file));
  CHECK(std::get<Router::Found>(file).parameters == Parameters{{"path", "js/app.js"}});
}

TEST_CASE("A router tells what was added to it, in order") {
  std::vector<std::string> routes;
  for (const auto& route : example().describe()) {
    routes.push_back(std::string(boost::beast::http::to_string(route.verb)) + " " + route.pattern);
    CHECK(route.needed == Role::view);
    CHECK(route.is_page == (route.pattern == "/"));
  }
  CHECK(routes == std::vector<std::string>{"GET /", "GET /status", "GET /static/{path*}",
                                           "GET /api/controls", "POST /api/controls/{id}",
                                           "GET /api/controls/{id}"});
}
