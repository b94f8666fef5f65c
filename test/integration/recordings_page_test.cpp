// The plain page of recordings, as a browser without scripts meets it.

#include "integration/support/filmed.hpp"

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::test;

namespace {

std::string page_of(const Service& service, const std::string& query,
                    const std::string& headers = "") {
  RawClient client(service.app_port());
  client.send("GET /recordings/" + query + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n");
  const auto response = client.response();
  CHECK(response.status_line == kOk);
  CHECK(response.headers.at("Content-Type") == "text/html; charset=utf-8");
  CHECK(response.headers.at("Content-Security-Policy").starts_with("default-src 'self'"));
  return response.body;
}

bool has(const std::string& page, const std::string& text) {
  return page.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("without scripts recordings are found, downloaded and watched on a plain page") {
  Service empty({"--resolution", "640x480"});
  CHECK(has(page_of(empty, ""), "There are no recordings."));
  CHECK(has(page_of(empty, "", "Accept-Language: es\r\n"), "No hay grabaciones."));

  FilmedService filmed;
  const Service& service = filmed.service;
  const std::string name = filmed.files.front().filename();
  const std::string date = name.substr(0, 4) + "-" + name.substr(4, 2) + "-" + name.substr(6, 2);
  CHECK(request(service.app_port(), "PATCH", "/api/recordings/" + name,
                R"({"note":"<b>&\"'","protected":true})")
            .status == 200);
  const auto page = page_of(service, "?day=" + date);
  CHECK(has(page, "<html lang=\"en\">"));
  CHECK(has(page, "<a href=\"../recordings/" + name + "\">"));
  CHECK(has(page, "<a href=\"../recordings/" + name + "?download=1\">"));
  CHECK(has(page, "&lt;b&gt;&amp;&quot;&#39;"));
  CHECK_FALSE(has(page, "<b>"));
  CHECK(has(page, "protected"));
  CHECK_FALSE(has(page, "<img"));
  CHECK(has(page, "?day=" + date + "&amp;play=" + name));
  // Newest first.
  CHECK(page.find(filmed.files.back().filename()) < page.find("/" + name + "\""));

  const auto playing = page_of(service, "?day=" + date + "&play=" + name);
  const auto at = playing.find("<img src=\"");
  REQUIRE(at != std::string::npos);
  auto source = playing.substr(at + 10, playing.find('"', at + 10) - at - 10);
  source.replace(source.find("&amp;"), 5, "&");
  REQUIRE(source.starts_with("../api/frames?"));
  FramesStream stream(service.app_port(), source.substr(13));
  const auto first = stream.next();
  REQUIRE(first);
  CHECK(as_filmed(*first) == filmed.frames.front());

  CHECK(has(page_of(service, "?day=2020-01-01"), "<a href=\"../recordings/?day=" + date + "\">"));
  // Relative, as a proxy may show all of it below a path.
  const auto above = get(service.app_port(), "/recordings").body;
  CHECK(has(above, "<a href=\"./recordings/" + name + "\">"));
  CHECK_FALSE(has(above + page, "=\"/"));
  CHECK(get(service.app_port(), "/recordings/?play=x").status == 404);
  for (const std::string query :
       {"?day=x", "?day=2026-02-30", "?day=2026-11-24T10:00:00", "?before=x", "?page=2"}) {
    CHECK(get(service.app_port(), "/recordings/" + query).status == 400);
  }
}
