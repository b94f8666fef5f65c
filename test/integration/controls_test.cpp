// The camera's controls through the whole program, with the real v4l2-ctl on the virtual camera.

#include "integration/support/controls.hpp"

#include "integration/support/recording_checks.hpp"

#include <thread>

#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::test;
namespace json_ns = boost::json;
using Catch::Matchers::Contains;

namespace {

json_ns::object control_in(const HttpAnswer& answer, const std::string& id) {
  const auto body = json(answer);
  const auto* list = body.if_contains("controls");
  if (list == nullptr) return {};
  for (const auto& control : list->as_array()) {
    if (control.at("id").as_string() == id) return control.as_object();
  }
  return {};
}

std::string detail_of(const HttpAnswer& answer) {
  const auto body = json(answer);
  const auto* detail = body.if_contains("detail");
  return detail == nullptr ? "" : std::string(detail->as_string());
}

}  // namespace

TEST_CASE("controls are listed, set and refused over HTTP", "[controls]") {
  Service service;
  REQUIRE(service.online());
  const auto listed = get(service.app_port(), "/api/controls");
  REQUIRE(listed.status == 200);
  for (const auto& control : service.camera().controls()) {
    CAPTURE(control.name);
    CHECK_FALSE(control_in(listed, control.name).empty());
  }
  CHECK(control_in(listed, "brightness").at("max").as_int64() == 64);

  const auto set = set_value(service, "brightness", "12");
  CHECK(set.status == 200);
  CHECK(json(set).at("control").at("value").as_int64() == 12);
  CHECK(service.camera().control("brightness") == 12);

  const auto inactive = set_value(service, "exposure_time_absolute", "300");
  CHECK(inactive.status == 409);
  CHECK_THAT(detail_of(inactive), Contains("auto_exposure"));
  CHECK(set_value(service, "brightness", "65").status == 422);
  CHECK(set_value(service, "nonsense", "1").status == 404);
  CHECK(request(service.app_port(), "POST", "/api/controls/brightness", "{").status == 400);
  CHECK(request(service.app_port(), "POST", "/api/controls/brightness", std::string(1 << 20, '1'))
            .status == 413);
  CHECK(request(service.app_port(), "DELETE", "/api/controls/brightness").status == 405);

  const auto both = request(service.app_port(), "POST", "/api/controls",
                            R"({"values":{"exposure_time_absolute":300,"auto_exposure":1}})");
  CHECK(both.status == 200);
  CHECK(service.camera().control("exposure_time_absolute") == 300);
  CHECK(request(service.app_port(), "POST", "/api/controls/reset").status == 200);
  CHECK(service.camera().control("brightness") == 0);
  CHECK(service.camera().control("auto_exposure") == 3);
}

TEST_CASE("presets live over HTTP and survive a restart", "[controls]") {
  Service service;
  REQUIRE(service.online());
  set_value(service, "contrast", "50");
  const auto saved = request(service.app_port(), "PUT", "/api/presets/Night%20%C3%B1");
  CHECK(saved.status == 201);
  set_value(service, "contrast", "3");
  REQUIRE(service.terminate() == 0);
  service.start();
  REQUIRE(service.online());
  CHECK(request(service.app_port(), "POST", "/api/presets/Night%20%C3%B1/apply").status == 200);
  CHECK(service.camera().control("contrast") == 50);
  CHECK(request(service.app_port(), "DELETE", "/api/presets/Night%20%C3%B1").status == 200);
  CHECK(get(service.app_port(), "/api/presets/Night%20%C3%B1").status == 404);
  CHECK(request(service.app_port(), "PUT", "/api/presets/..%2Fx").status >= 400);
}

TEST_CASE("a v4l2-ctl that does not work is a 503, and the recording goes on", "[controls]") {
  TemporaryFolder folder;
  const std::string how =
      GENERATE(as<std::string>{}, "hangs", "prints 10 MB", "exits 255", "is missing");
  CAPTURE(how);
  const auto tool = folder.path() / "v4l2-ctl-of-the-test";
  if (how == "hangs") script(tool, "exec sleep 600");
  if (how == "prints 10 MB") script(tool, "head -c 10000000 /dev/zero | tr '\\0' 'x'");
  if (how == "exits 255") script(tool, "echo 'Cannot open device' >&2; exit 255");
  Service service(with_tool(tool));
  REQUIRE(service.online());
  PreviewClient preview(service.preview_port());
  std::this_thread::sleep_for(300ms);
  service.command("start");
  HttpAnswer listed;
  HttpAnswer set;
  // It is v4l2-ctl's time limit that ends it, which unit tests know.
  listed = get(service.app_port(), "/api/controls?refresh=1", kPatience);
  CHECK(listed.status == 503);
  CHECK_FALSE(detail_of(listed).empty());
  set = set_value(service, "brightness", "1");
  CHECK(set.status == 503);
  CHECK(service.health().status == 200);
  service.command("stop");
  check_nothing_lost(service, preview);
  CHECK(wait_until([&] { return children_of(service.pid(), "sleep").empty(); }, kPatience));
  const auto pid = service.pid();
  CHECK(service.terminate() == 0);
  CHECK_FALSE(alive(pid));
}

TEST_CASE("what was set is on the device again after a replug and after a restart", "[controls]") {
  Service service;
  REQUIRE(service.online());
  REQUIRE(request(service.app_port(), "POST", "/api/controls",
                  R"({"values":{"exposure_time_absolute":321,"auto_exposure":1,"gain":17}})")
              .status == 200);
  const auto as_set = [&] {
    return service.camera().control("auto_exposure") == 1 &&
           service.camera().control("exposure_time_absolute") == 321 &&
           service.camera().control("gain") == 17;
  };
  CHECK(as_set());

  service.camera().unplug();
  REQUIRE(wait_until([&] { return !service.online(0ms); }, kPatience));
  service.camera().plug();
  CHECK_FALSE(as_set());
  REQUIRE(service.online());
  CHECK(wait_until(as_set, kPatience));

  REQUIRE(service.terminate() == 0);
  service.camera().unplug();
  service.camera().plug();
  CHECK_FALSE(as_set());
  service.start();
  REQUIRE(service.online());
  CHECK(wait_until(as_set, kPatience));

  // kill -9 loses nothing that was answered.
  set_value(service, "gain", "33");
  std::this_thread::sleep_for(1s);
  service.kill();
  service.camera().unplug();
  service.camera().plug();
  service.start();
  REQUIRE(service.online());
  CHECK(wait_until([&] { return service.camera().control("gain") == 33; }, kPatience));
}

TEST_CASE("what was set is on the device again beside another server's stream, too", "[controls]") {
  const std::string nobody = "http://127.0.0.1:" + std::to_string(free_port()) + "/stream";
  Service service({"--stream-url", nobody});
  REQUIRE(set_value(service, "brightness", "12").status == 200);
  REQUIRE(service.terminate() == 0);
  service.camera().unplug();
  service.camera().plug();
  REQUIRE(service.camera().control("brightness") == 0);
  service.start();
  CHECK(wait_until([&] { return service.camera().control("brightness") == 12; }, kPatience));
}

TEST_CASE("with remember_controls off the camera is left alone", "[controls]") {
  Service service({"--remember-controls", "off"});
  REQUIRE(service.online());
  set_value(service, "gain", "17");
  service.camera().unplug();
  REQUIRE(wait_until([&] { return !service.online(0ms); }, kPatience));
  service.camera().plug();
  REQUIRE(service.online());
  std::this_thread::sleep_for(1500ms);
  CHECK(service.camera().control("gain") == 0);
}

TEST_CASE("nothing that a client writes becomes an argument unless the camera listed it",
          "[controls]") {
  NotedTool tool;
  Service service(with_tool(tool.path()));
  REQUIRE(service.online());
  get(service.app_port(), "/api/controls");
  for (const std::string evil : {"0; rm -rf /", "--all", "-d/dev/null", "$(reboot)", "1,contrast=2",
                                 "brightness=1\n--all", "`id`"}) {
    json_ns::value text(evil);
    const auto quoted = json_ns::serialize(text);
    CAPTURE(evil);
    CHECK(set_value(service, "brightness", quoted).status == 422);
    CHECK(set_value(service, "power_line_frequency", quoted).status == 422);
    CHECK(request(service.app_port(), "POST", "/api/controls/brightness",
                  "{\"action\":" + quoted + "}")
              .status == 400);
    CHECK(request(service.app_port(), "POST", "/api/controls", "{\"values\":{" + quoted + ":1}}")
              .status >= 400);
    CHECK(
        request(service.app_port(), "POST", "/api/controls/reset", "{\"category\":" + quoted + "}")
            .status >= 400);
    CHECK(request(service.app_port(), "PUT", "/api/presets/p",
                  "{\"values\":{\"brightness\":" + quoted + "}}")
              .status >= 400);
    std::string escaped;
    for (const char c : evil) {
      char code[4];
      std::snprintf(code, sizeof code, "%%%02X",
                    static_cast<unsigned>(static_cast<unsigned char>(c)));
      escaped += code;
    }
    CHECK(
        request(service.app_port(), "POST", "/api/controls/" + escaped, R"({"value":1})").status >=
        400);
    WebSocket socket(service.app_port());
    socket.send(R"({"command":"controls:set","id":)" + quoted + R"(,"value":)" + quoted + "}");
    CHECK(socket.await("error"));
  }
  // Only what the program itself says stands there.
  for (const auto& word : tool.words()) {
    CAPTURE(word);
    const bool own = word == "--" || word == "--device" || word == "--info" || word == "-D" ||
                     word == "--list-ctrls-menus" || word.starts_with("--device=") ||
                     word == (service.folder() / "camera").string();
    CHECK(own);
  }
}

TEST_CASE("everybody is told what the camera changed by itself", "[controls]") {
  Service service;
  REQUIRE(service.online());
  WebSocket socket(service.app_port());
  socket.send(R"({"command":"controls:list","request_id":"all"})");
  auto message = socket.await("controls");
  REQUIRE(message);
  CHECK(message->at("request_id").as_string() == "all");
  service.camera().set_control("gain", 42);
  message = socket.await("controls", kPatience);
  REQUIRE(message);
  REQUIRE(message->at("controls").as_array().size() == 1);
  CHECK(message->at("controls").as_array()[0].at("value").as_int64() == 42);
}
