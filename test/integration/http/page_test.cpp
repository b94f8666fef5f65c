// What clients see while the dashboard's files are missing or wrong.
#include "integration/http/raw_client.hpp"
#include "integration/http/test_server.hpp"
#include "integration/http/websocket_client.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::test;

namespace {}  // namespace

TEST_CASE("While a file of the page is missing the API works, and the page comes back") {
  TestServer server([](const std::filesystem::path& folder) {
    std::filesystem::rename(folder / "templates", folder / "away");
  });
  RawClient client(server.port);
  for (const std::string target : {"/", "/static/app.js"}) {
    const auto response = client.get(target);
    CHECK(response.status_line == k503);
    CHECK(response.headers.at("Cache-Control") == "no-store");
    CHECK(field(boost::json::parse(response.body), "detail").find("templates/index.html") !=
          std::string::npos);
  }
  const auto page = [&] { return boost::json::parse(client.get("/status").body).at("page"); };
  CHECK(page().at("ok") == false);
  CHECK(field(page(), "detail").find("templates/index.html") != std::string::npos);
  CHECK(client.get("/health").status_line == kOk);
  WebSocketClient socket(server.port);
  CHECK(socket.message().at("page").at("ok") == false);

  const auto& folder = server.folder.path();
  std::filesystem::rename(folder / "away", folder / "templates");
  const auto deadline = Steady::now() + kPatience;
  while (client.get("/").status_line != kOk && Steady::now() < deadline)
    std::this_thread::sleep_for(milliseconds(20));
  CHECK(client.get("/static/app.js").body == "let a;");
  CHECK(page() == boost::json::value{{"ok", true}});
  const auto update = socket.message();
  CHECK(update.at("page").at("ok") == true);
  CHECK(update.at("page").at("detail").is_null());
}

TEST_CASE("A broken template is told in the same way") {
  TestServer server([](const std::filesystem::path& folder) {
    std::ofstream(folder / "templates" / "index.html") << "{{#open}}";
  });
  RawClient client(server.port);
  CHECK(client.get("/").body.find("the template ") != std::string::npos);
}
