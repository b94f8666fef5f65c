// The resources of the controls, with the real v4l2-ctl on the virtual camera.
#include "api/command_message.hpp"
#include "api/controls.hpp"
#include "api/controls_messages.hpp"
#include "api/presets.hpp"
#include "bench.hpp"
#include "http/router.hpp"
#include "virtual_camera.hpp"

#include <cerrno>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace minidvr::api {
namespace {

namespace json = boost::json;
using Catch::Matchers::Contains;

struct Answer {
  int status = 0;
  json::object body;

  std::string text() const { return json::serialize(body); }
  std::string detail() const {
    const auto* found = body.if_contains("detail");
    return found == nullptr ? "" : std::string(found->get_string());
  }
};

class Site {
 public:
  Site() {
    add_controls(router_, *service_, listings_);
    add_presets(router_, *service_);
  }

  Answer ask(http::Verb verb, const std::string& path, const std::string& body = {},
             http::Parameters query = {}) {
    auto found = router_.find(verb, path);
    auto* route = std::get_if<http::Router::Found>(&found);
    if (route == nullptr) return {};
    http::Request request;
    request.verb = verb;
    request.path = path;
    request.body = body;
    request.query = std::move(query);
    request.parameters = route->parameters;
    const auto& handler = std::get<http::Handler>(*route->endpoint);
    const auto result = service_.loop().run(handler(request));
    const auto response = result ? *result : http::error_response(result.error());
    const auto bytes = response.body.bytes();
    return {static_cast<int>(response.status),
            json::parse(std::string_view(bytes.data(), bytes.size())).as_object()};
  }
  Answer get(const std::string& path) { return ask(http::Verb::get, path); }
  Answer post(const std::string& path, const std::string& body) {
    return ask(http::Verb::post, path, body);
  }

  virtual_camera::VirtualCamera& camera() { return camera_; }
  controls::ServiceBench& service() { return service_; }
  ControlListings& listings() { return listings_; }

 private:
  controls::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "camera";
  virtual_camera::VirtualCamera camera_{path_};
  controls::ServiceBench service_{controls::virtual_camera_tool(path_)};
  ControlListings listings_{*service_};
  http::Router router_;
};

}  // namespace

TEST_CASE("the listing is the contract's", "[controls][api]") {
  Site site;
  const auto answer = site.get("/api/controls");
  CHECK(answer.status == 200);
  const auto& list = answer.body.at("controls").as_array();
  REQUIRE(list.size() == 21);
  CHECK(json::serialize(list[0]) ==
        R"({"id":"brightness","name":"Brightness","type":"int","value":0,"default":0,"min":-64,)"
        R"("max":64,"step":1,"category":"User Controls","flags":[]})");
  CHECK_THAT(json::serialize(list[8]),
             Contains(R"("id":"white_balance_temperature")") &&
                 Contains(R"("flags":["inactive"],"inactive_because":"white_balance_automatic",)"
                          R"("inactive_until":false})"));
  site.camera().set_control("brightness", 9);
  CHECK_THAT(site.get("/api/controls").text(), Contains(R"("value":0,"default":0,"min":-64)"));
  CHECK_THAT(site.ask(http::Verb::get, "/api/controls", {}, {{"refresh", "1"}}).text(),
             Contains(R"("value":9,"default":0,"min":-64)"));
  CHECK(site.ask(http::Verb::get, "/api/controls", {}, {{"refresh", "perhaps"}}).status == 400);
}

TEST_CASE("setting a control answers with what the device says", "[controls][api]") {
  Site site;
  const auto answer = site.post("/api/controls/brightness", R"({"value":12})");
  CHECK(answer.status == 200);
  CHECK(answer.body.at("control").at("value") == 12);
  CHECK(site.camera().control("brightness") == 12);
  const auto reset = site.post("/api/controls/brightness", R"({"action":"default"})");
  CHECK(reset.status == 200);
  CHECK(reset.body.at("control").at("value") == 0);
  CHECK(site.post("/api/controls/restore_factory_settings", R"({"value":true})").status == 200);
}

TEST_CASE("every refusal has its status, and nothing reaches the device", "[controls][api]") {
  Site site;
  struct Row {
    const char* id;
    const char* body;
    int status;
    const char* detail;
  };
  for (const auto& [id, body, status, detail] : {
           Row{"brightness", "", 400, "JSON"},
           Row{"brightness", "{", 400, "JSON"},
           Row{"brightness", "[]", 400, "object"},
           Row{"brightness", "{}", 400, "neither"},
           Row{"brightness", R"({"value":1,"action":"default"})", 400, "both"},
           Row{"brightness", R"({"value":NaN})", 400, "JSON"},
           Row{"brightness", R"({"action":"reset"})", 400, "default"},
           Row{"nosuch", R"({"value":1})", 404, "nosuch"},
           Row{"--all", R"({"value":1})", 404, "--all"},
           Row{"0; rm -rf ~", R"({"value":1})", 404, "rm -rf"},
           Row{"privacy", R"({"value":true})", 409, "read-only"},
           Row{"exposure_time_absolute", R"({"value":300})", 409, "set auto_exposure to 1"},
           Row{"exposure_time_absolute", R"({"action":"default"})", 409, "auto_exposure"},
           Row{"focus_absolute", R"({"value":5})", 409, "focus_automatic_continuous"},
           Row{"brightness", R"({"value":65})", 422, "from -64 to 64"},
           Row{"brightness", R"({"value":"1"})", 422, "from -64 to 64"},
           Row{"brightness", R"({"value":"0; rm -rf /"})", 422, "from -64 to 64"},
           Row{"brightness", R"({"value":"--all"})", 422, "from -64 to 64"},
           Row{"brightness", R"({"value":true})", 422, "from -64 to 64"},
           Row{"brightness", R"({"value":1.5})", 422, "from -64 to 64"},
           Row{"brightness", R"({"value":1e400})", 422, "from -64 to 64"},
           Row{"brightness", R"({"value":[1]})", 422, "from -64 to 64"},
           Row{"brightness", R"({"value":{"value":1}})", 422, "from -64 to 64"},
           Row{"pan_absolute", R"({"value":100})", 422, "in steps of 3600"},
           Row{"auto_exposure", R"({"value":2})", 422, "1 (Manual Mode), 3 (Aperture"},
           Row{"white_balance_automatic", R"({"value":2})", 422, "true or false"},
           Row{"restore_factory_settings", R"({"value":0})", 422, "true or 1"},
           Row{"restore_factory_settings", R"({"action":"default"})", 422, "no default"},
       }) {
    INFO(id << " " << body);
    const auto answer = site.post(std::string("/api/controls/") + id, body);
    CHECK(answer.status == status);
    CHECK_THAT(answer.detail(), Contains(detail));
  }
  CHECK(site.camera().counters().controls_set == 0);
  CHECK(site.camera().counters().controls_refused == 0);
}

TEST_CASE("several are set in working order, each with its outcome", "[controls][api]") {
  Site site;
  const auto good =
      site.post("/api/controls",
                R"({"values":{"exposure_time_absolute":300,"focus_absolute":10,"auto_exposure":1,)"
                R"("focus_automatic_continuous":false}})");
  CHECK(good.status == 200);
  const auto& outcomes = good.body.at("outcomes").as_array();
  REQUIRE(outcomes.size() == 4);
  CHECK(outcomes[0].at("id") == "exposure_time_absolute");
  CHECK(outcomes[0].at("ok") == true);
  CHECK(outcomes[0].at("control").at("value") == 300);
  CHECK(site.camera().control("focus_absolute") == 10);

  const auto set_before = site.camera().counters().controls_set;
  const auto bad = site.post("/api/controls", R"({"values":{"brightness":1,"hue":99,"nosuch":1}})");
  CHECK(bad.status == 422);
  CHECK_THAT(bad.detail(), Contains("hue can not be 99") && Contains("nosuch"));
  CHECK(bad.body.at("outcomes").at(0).at("ok") == false);
  CHECK(bad.body.at("outcomes").at(2).at("status") == 404);
  CHECK(site.camera().counters().controls_set == set_before);
  CHECK(site.post("/api/controls", R"({"values":{}})").status == 400);
}

TEST_CASE("a reset is of all or of one category", "[controls][api]") {
  Site site;
  site.post("/api/controls", R"({"values":{"brightness":5,"zoom_absolute":200}})");
  const auto one = site.post("/api/controls/reset", R"({"category":"Camera Controls"})");
  CHECK(one.status == 200);
  CHECK(site.camera().control("zoom_absolute") == 100);
  CHECK(site.camera().control("brightness") == 5);
  CHECK(site.post("/api/controls/reset", "").status == 200);
  CHECK(site.camera().control("brightness") == 0);
  const auto unknown = site.post("/api/controls/reset", R"({"category":"--all"})");
  CHECK(unknown.status == 422);
  CHECK_THAT(unknown.detail(), Contains("User Controls, Camera Controls"));
}

TEST_CASE("a reset of a camera that is at its defaults is done, whatever fails at one control",
          "[controls][api]") {
  Site site;
  site.camera().sicken_control("gain", EIO, true);
  const auto answer = site.post("/api/controls/reset", "");
  CHECK(answer.status == 200);
  CHECK(answer.detail().empty());
  int failed = 0;
  for (const auto& outcome : answer.body.at("outcomes").as_array()) {
    if (outcome.at("ok") == true) continue;
    ++failed;
    CHECK(outcome.at("id") == "gain");
    CHECK(outcome.at("code") == "control_failed");
  }
  CHECK(failed == 1);
  CHECK(answer.body.at("outcomes").as_array().size() == 1);  // what was at its default goes without
  CHECK_THAT(site.ask(http::Verb::get, "/api/controls", {}, {{"refresh", "1"}}).text(),
             Contains(R"("inactive_because":"control-failed","failure":"Input/output error")"));
}

TEST_CASE("presets are saved, shown, applied and deleted", "[controls][api]") {
  Site site;
  site.post("/api/controls/brightness", R"({"value":20})");
  CHECK(site.ask(http::Verb::put, "/api/presets/Day").status == 201);
  const auto made = site.ask(http::Verb::put, "/api/presets/Night",
                             R"({"values":{"exposure_auto":1,"exposure_absolute":500,"gone":1}})");
  CHECK(made.status == 201);
  CHECK(site.get("/api/presets").text() == R"({"presets":["Day","Night"]})");
  CHECK(site.get("/api/presets/Night").text() ==
        R"({"name":"Night","values":{"exposure_auto":1,"exposure_absolute":500,"gone":1}})");

  const auto applied = site.post("/api/presets/Night/apply", "");
  CHECK(applied.status == 200);
  CHECK(site.camera().control("exposure_time_absolute") == 500);
  CHECK_THAT(applied.text(), Contains("no control 'gone'"));
  site.post("/api/controls/brightness", R"({"value":1})");
  CHECK(site.post("/api/presets/Day/apply", "").status == 200);
  CHECK(site.camera().control("brightness") == 20);
  CHECK(site.camera().control("auto_exposure") == 3);

  CHECK(site.ask(http::Verb::delete_, "/api/presets/Day").status == 200);
  CHECK(site.ask(http::Verb::delete_, "/api/presets/Day").status == 404);
  CHECK(site.get("/api/presets/Day").status == 404);
  CHECK(site.ask(http::Verb::put, "/api/presets/--all").status == 422);
  CHECK(site.ask(http::Verb::put, "/api/presets/Bad", R"({"values":{"hue":99}})").status == 422);
  CHECK(site.ask(http::Verb::put, "/api/presets/Bad", R"({"values":{"--all":1}})").status == 422);
}

TEST_CASE("an unplugged camera is a 503, and presets can still be looked at", "[controls][api]") {
  Site site;
  site.ask(http::Verb::put, "/api/presets/Day");
  site.camera().unplug();
  const auto answer = site.ask(http::Verb::get, "/api/controls", {}, {{"refresh", "1"}});
  CHECK(answer.status == 503);
  CHECK_THAT(answer.detail(), Contains("Cannot open device"));
  CHECK(site.get("/api/presets/Day").status == 200);
}

TEST_CASE("WebSocket clients list and set", "[controls][api]") {
  Site site;
  auto& bench = site.service();
  const auto list = [&](const char* text) {
    return bench.loop().run(answer_controls_list(site.listings(), json::parse(text).as_object()));
  };
  const auto set = [&](const char* text) {
    auto answer = bench.loop().run(answer_controls_set(*bench, json::parse(text).as_object()));
    return answer ? *answer : error_message(answer.error());
  };
  const auto text = list(R"({"command":"controls:list","refresh":true})").value();
  const auto all = json::parse(*text);
  CHECK(all.at("status") == "controls");
  CHECK(all.at("controls").as_array().size() == 21);
  // One text for all who ask, as long as it is the same listing.
  CHECK(list(R"({"command":"controls:list"})").value() == text);
  CHECK(list(R"({"command":"controls:list","refresh":"x"})").error().code == Errc::malformed);

  const auto one = set(R"({"command":"controls:set","id":"hue","value":3,"request_id":"a"})");
  CHECK(one.at("status") == "controls");
  CHECK(one.at("controls").at(0).at("value") == 3);
  CHECK(set(R"({"id":"hue","action":"default"})").at("controls").at(0).at("value") == 0);
  for (const char* bad : {R"({"value":3})", R"({"id":3,"value":3})", R"({"id":"hue"})",
                          R"({"id":"hue","value":99})", R"({"id":"--all","value":1})"}) {
    INFO(bad);
    CHECK(set(bad).at("status") == "error");
    CHECK(set(bad).at("detail").as_string().size() > 5);
  }
}

TEST_CASE("listings that are wanted from the camera come five a second at most, whoever asks",
          "[controls][api]") {
  Site site;
  auto& bench = site.service();
  site.listings();
  const auto runs = [&] { return (*bench).runs(); };
  const auto first = runs();
  const auto begin = Steady::now();
  constexpr int kTimes = 6;
  for (int i = 0; i < kTimes; ++i) {
    REQUIRE(bench.loop().run(site.listings().answer(true)).has_value());
  }
  CHECK(Steady::now() - begin >= (kTimes - 1) * ControlListings::kRefreshPause);
  CHECK(runs() - first == kTimes);  // each is new all the same

  // All who wait share the next one, and it has what was set meanwhile.
  unsigned told = 0;
  TaskGroup askers(bench.loop().executor());
  const auto ask = [&]() -> Task<> {
    const auto answer = co_await site.listings().answer(true);
    if (answer &&
        (*answer)->find(R"("id":"hue","name":"Hue","type":"int","value":7)") != std::string::npos)
      ++told;
  };
  for (int i = 0; i < 20; ++i)
    askers.spawn("asks", ask());
  site.camera().set_control("hue", 7);
  bench.loop().run(askers.join());
  CHECK(told == 20);
  CHECK(runs() - first <= kTimes + 2);
}

TEST_CASE("an announcement has what changed and what is gone", "[controls][api]") {
  controls::ListingChanges changes;
  changes.changed.push_back(controls::get(controls::webcam(), "privacy"));
  CHECK(json::serialize(controls_changed_message(changes)) ==
        R"({"status":"controls","controls":[{"id":"privacy","name":"Privacy","type":"bool",)"
        R"("value":false,"default":false,"category":"Camera Controls","flags":["read-only"]}]})");
  changes.removed = {"hue"};
  CHECK_THAT(json::serialize(controls_changed_message(changes)), Contains(R"("removed":["hue"])"));
}

}  // namespace minidvr::api
