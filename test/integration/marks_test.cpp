// Marks: over HTTP and the WebSocket, of what was recorded and of what is being written.

#include "archive/iso_time.hpp"
#include "archive/recording_name.hpp"
#include "integration/http/raw_client.hpp"
#include "integration/support/recording_checks.hpp"
#include "integration/support/service.hpp"

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::test;
namespace fs = std::filesystem;
namespace js = boost::json;

namespace {

HttpAnswer post_mark(const Service& service, const std::string& body) {
  return request(service.app_port(), "POST", "/api/marks", body);
}

js::object mark_in(const HttpAnswer& answer) {
  INFO(answer.body);
  REQUIRE(answer.status == 200);
  return json(answer).at("mark").as_object();
}

js::object recording_of(const Service& service, const js::object& mark) {
  return json(get(service.app_port(), "/api/recordings/" + field(mark, "recording")));
}

js::array all_marks(const Service& service, const std::string& query = "") {
  return json(get(service.app_port(), "/api/marks" + query)).at("marks").as_array();
}

}  // namespace

TEST_CASE("what is being written takes marks, everybody is told, and a kill leaves them") {
  Service service({"--segment-seconds", "600", "--resolution", "640x480"});
  REQUIRE(service.online());
  service.command("start");
  REQUIRE(records(service));
  WebSocket sender(service.app_port());
  WebSocket other(service.app_port());
  sender.send(R"({"command":"mark","label":"over the socket","request_id":"m1"})");
  const auto answer = sender.await("mark");
  REQUIRE(answer);
  CHECK(field(*answer, "request_id") == "m1");
  const auto first = answer->at("mark").as_object();
  const std::string name = field(first, "recording");
  CHECK(name == field(service.status(), "current_file"));
  const auto told = other.await("recordings");
  REQUIRE(told);
  const auto& changed = told->at("changed").as_array();
  REQUIRE(changed.size() == 1);
  CHECK(field(changed[0], "name") == name);
  CHECK(field(changed[0], "state") == "recording");
  CHECK(changed[0].at("marks").as_array().size() == 1);

  const auto second = mark_in(post_mark(service, R"({"label":"over HTTP"})"));
  CHECK(field(second, "recording") == name);
  CHECK(field(second, "label") == "over HTTP");
  CHECK(request(service.app_port(), "PATCH", "/api/recordings/" + name,
                R"({"protected":true,"note":"a note"})")
            .status == 200);
  const auto before = recording_of(service, first);
  CHECK(before.at("marks").as_array().size() == 2);
  CHECK(before.at("protected").as_bool());

  service.kill();
  service.start();
  CHECK(wait_until(
      [&] {
        const auto after = recording_of(service, first);
        return after.contains("state") && field(after, "state") == "complete";
      },
      kPatience));
  const auto after = recording_of(service, first);
  CHECK(after.at("marks") == before.at("marks"));
  CHECK(after.at("note") == before.at("note"));
  CHECK(after.at("protected").as_bool());
  CHECK(request(service.app_port(), "DELETE", "/api/recordings/" + name).status == 409);
}

TEST_CASE("a mark goes to the recording that shows its time, also where files follow each other") {
  Service service({"--segment-seconds", "2", "--resolution", "640x480"});
  REQUIRE(service.online());
  CHECK(post_mark(service, R"({"label":"too early"})").status == 409);
  service.command("start");
  std::vector<js::object> marks;
  while (service.files().size() < 3) {
    marks.push_back(mark_in(post_mark(service, "{}")));
    std::this_thread::sleep_for(200ms);
  }
  service.command("stop");
  const auto count = service.files().size();
  REQUIRE(wait_until(
      [&] {
        return json(get(service.app_port(), "/api/recordings?limit=1000"))
                       .at("recordings")
                       .as_array()
                       .size() == count &&
               recording_of(service, marks.back()).at("state").as_string() == "complete";
      },
      kPatience));
  for (const auto& mark : marks) {
    const auto recording = recording_of(service, mark);
    CAPTURE(js::serialize(mark), js::serialize(recording));
    const auto at = archive::parse_time(field(mark, "at"));
    const auto start = archive::parse_time(field(recording, "start"));
    REQUIRE(at.has_value());
    REQUIRE(start.has_value());
    const double since = std::chrono::duration<double>(*at - *start).count();
    CHECK(since > -0.01);
    // A frame that is captured now is in the file a moment later.
    CHECK(since < recording.at("seconds").to_number<double>() + 1.5);
  }
  CHECK(all_marks(service).size() == marks.size());

  // A time of long ago, by the time that a frame says.
  const std::string name = service.files().front().filename();
  const auto target = "/api/recordings/" + name;
  const auto start = field(json(get(service.app_port(), target)), "start");
  const auto placed = mark_in(post_mark(service, R"({"label":"begin","at":")" + start + "\"}"));
  CHECK(field(placed, "recording") == name);
  CHECK(all_marks(service, "?from=2200-01-01T00:00:00Z").empty());
  CHECK(all_marks(service, "?to=2200-01-01T00:00:00Z").size() == marks.size() + 1);
  const std::string id = field(placed, "id");
  CHECK(request(service.app_port(), "DELETE", "/api/marks/" + id).status == 200);
  CHECK(request(service.app_port(), "DELETE", "/api/marks/" + id).status == 404);
  CHECK(all_marks(service).size() == marks.size());
}

TEST_CASE("a wrong mark is told what is allowed, and changes nothing") {
  Service service({"--segment-seconds", "600", "--resolution", "640x480"});
  REQUIRE(service.online());
  service.command("start");
  REQUIRE(records(service));
  for (const std::string body : {"", "[]", "x", R"({"name":"x"})", R"({"at":"yesterday"})"}) {
    CAPTURE(body);
    const auto answer = post_mark(service, body);
    CHECK(answer.status == 400);
    CHECK(json(answer).contains("detail"));
  }
  const std::vector<std::string> refused{R"({"label":1})", R"({"label":"\u0001"})", R"({"at":5})",
                                         R"({"label":")" + std::string(201, 'x') + "\"}"};
  for (const auto& body : refused) {
    CAPTURE(body);
    CHECK(post_mark(service, body).status == 422);
  }
  for (const std::string at : {"2020-01-01", "2199-01-01"})
    CHECK(post_mark(service, R"({"at":")" + at + "\"}").status == 409);
  for (const std::string id : {"x", "0123456789abcdef", "..%2fx", "%00"})
    CHECK(request(service.app_port(), "DELETE", "/api/marks/" + id).status >= 400);
  CHECK(get(service.app_port(), "/api/marks?from=x").status == 400);
  CHECK(get(service.app_port(), "/api/marks?limit=1").status == 400);
  CHECK(request(service.app_port(), "PUT", "/api/marks", "{}").status == 405);
  WebSocket socket(service.app_port());
  socket.send(R"({"command":"mark","label":7,"request_id":"wrong"})");
  const auto error = socket.await("error");
  REQUIRE(error);
  CHECK(field(*error, "request_id") == "wrong");
  CHECK(field(*error, "detail").find("label") != std::string::npos);
  CHECK(all_marks(service).empty());
}

TEST_CASE("with mark_protects a mark keeps its recording") {
  Service service({"--mark-protects", "on", "--resolution", "640x480"});
  REQUIRE(service.online());
  service.command("start");
  REQUIRE(records(service));
  const auto mark = mark_in(post_mark(service, R"({"label":"keep this"})"));
  service.command("stop");
  REQUIRE(
      wait_until([&] { return recording_of(service, mark).at("state").as_string() == "complete"; },
                 kPatience));
  CHECK(recording_of(service, mark).at("protected").as_bool());
  CHECK(
      request(service.app_port(), "DELETE", "/api/recordings/" + field(mark, "recording")).status ==
      409);
}
