#include "bench.hpp"
#include "support/captured_stderr.hpp"

namespace minidvr::controls {
namespace {

using Catch::Matchers::Contains;

// One control, `brightness`, whose value is kept in a file. A run takes 20 ms, like a slow board's.
constexpr const char* kCamera = R"sh(sleep 0.02
for argument in "$@"; do
  case "$argument" in
    --set-ctrl=brightness=*) echo "${argument##*=}" > value ;;
    --set-ctrl=*) echo "VIDIOC_S_EXT_CTRLS: failed: Permission denied" >&2; status=255 ;;
    --list-ctrls-menus) list=yes ;;
    --info) printf 'Driver Info:\n\tDriver name : fake\n\tCard type : Fake\n\tBus info : fake:1\n' ;;
  esac
done
if [ "$list" ]; then
  echo; echo "User Controls"; echo
  echo "    brightness 0x00980900 (int)    : min=-64 max=64 step=1 default=0 value=$(cat value 2> /dev/null || echo 0)"
  echo "    gain_automatic 0x00980912 (bool)   : default=1 value=1"
  echo "    gain 0x00980913 (int)    : min=0 max=255 step=1 default=100 value=29"
fi
exit $status)sh";

// `count` calls of `make` at once; how many of them were fine.
template <class Make>
std::size_t all_at_once(ServiceBench& bench, int count, Make make) {
  std::size_t good = 0;
  int ended = 0;
  for (int i = 0; i < count; ++i) {
    net::co_spawn(
        bench.loop().executor(),
        [](auto task, std::size_t& fine) -> Task<> {
          const auto result = co_await std::move(task);
          if (result) ++fine;
        }(make(i), good),
        [&](const std::exception_ptr&) { ++ended; });
  }
  while (ended < count)  // NOLINT(bugprone-infinite-loop): the loop ends them
    bench.loop().run_for(milliseconds(50));
  return good;
}

}  // namespace

TEST_CASE("fifty readers at once share at most two runs", "[controls][device]") {
  FakeTool tool(kCamera);
  ServiceBench bench(tool.tool());
  CHECK(all_at_once(bench, 50, [&](int) { return bench->list(true); }) == 50);
  CHECK(tool.runs() <= 2);
}

TEST_CASE("a listing is reused while it is young", "[controls][device]") {
  FakeTool tool(kCamera);
  ServiceBench bench(tool.tool(), {}, seconds(3600));
  for (int i = 0; i < 5; ++i)
    bench.list(false);
  CHECK(tool.runs() == 1);
  bench.list(true);
  CHECK(tool.runs() == 2);

  FakeTool other(kCamera);
  ServiceBench forgetful(other.tool(), {}, seconds(1));
  forgetful.list(false);
  forgetful.loop().run_for(milliseconds(1100));
  forgetful.list(false);
  CHECK(other.runs() == 2);
}

TEST_CASE("a control is set and read back in one run", "[controls][device]") {
  FakeTool tool(kCamera);
  ServiceBench bench(tool.tool());
  bench.list();
  const auto control = bench.set("brightness", 12);
  REQUIRE(control.has_value());
  CHECK(control->value == ControlValue(std::int64_t{12}));
  const auto log = tool.log();
  CHECK(std::count(log.begin(), log.end(),
                   "--device=/dev/fake --set-ctrl=brightness=12 --list-ctrls-menus") == 1);
  CHECK(bench.changed().size() == 1);
}

TEST_CASE("nothing refused reaches the device", "[controls][device]") {
  FakeTool tool(kCamera);
  ServiceBench bench(tool.tool());
  for (const boost::json::value& value :
       {boost::json::value("0; rm -rf /"), boost::json::value("--all"), boost::json::value(65),
        boost::json::value(1.5), boost::json::value(1e300), boost::json::value(true),
        boost::json::value(boost::json::array{1}), boost::json::value(boost::json::object{})}) {
    const auto result = bench.set("brightness", value);
    REQUIRE(!result);
    CHECK(result.error().code == Errc::refused);
  }
  for (const char* id : {"0; rm -rf /", "--all", "brightness=1", "nosuch", "", "brightness,gain"}) {
    const auto result = bench.set(id, 1);
    REQUIRE(!result);
    CHECK(result.error().code == Errc::not_found);
  }
  for (const auto& line : tool.log())
    CHECK((line == "--device=/dev/fake --list-ctrls-menus" || line == "--device=/dev/fake --info"));
}

TEST_CASE("a batch with one mistake sets nothing", "[controls][device]") {
  FakeTool tool(kCamera);
  ServiceBench bench(tool.tool());
  const auto outcomes =
      bench.loop().run(bench->set_several({{"brightness", 3}, {"--all", 1}, {"gain", 999}}));
  REQUIRE(outcomes.has_value());
  REQUIRE(outcomes->size() == 3);
  CHECK(outcomes->at(0).error->code == Errc::wrong_state);
  CHECK(outcomes->at(1).error->code == Errc::not_found);
  CHECK(outcomes->at(2).error->code == Errc::refused);
  for (const auto& line : tool.log())
    CHECK_THAT(line, !Catch::Matchers::Contains("--set-ctrl"));
}

TEST_CASE("a batch sets only what is not so already, and answers with all values",
          "[controls][device]") {
  FakeTool tool(kCamera);
  ServiceBench bench(tool.tool());
  const auto set_in = [&](Values values) {
    const auto before = tool.log();
    const auto outcomes = bench.loop().run(bench->set_several(std::move(values)));
    REQUIRE(outcomes.has_value());
    for (const auto& outcome : *outcomes) {
      CAPTURE(outcome.id);
      CHECK_FALSE(outcome.error);
      CHECK(outcome.control);
    }
    std::vector<std::string> writes;
    const auto log = tool.log();
    std::copy_if(log.begin() + static_cast<long>(before.size()), log.end(),
                 std::back_inserter(writes),
                 [](const auto& run) { return run.find("--set-ctrl") != std::string::npos; });
    return std::pair(*outcomes, writes);
  };
  bench.list();

  SECTION("some") {
    // It takes no other value of the gain.
    const auto [outcomes, writes] = set_in({{"gain", 29}, {"brightness", 3}});
    REQUIRE(outcomes.size() == 2);
    CHECK(outcomes[0].id == "gain");
    CHECK(outcomes[0].control->value == ControlValue(std::int64_t{29}));
    CHECK(outcomes[1].control->value == ControlValue(std::int64_t{3}));
    REQUIRE(writes.size() == 1);
    CHECK_THAT(writes[0], Contains("--set-ctrl=brightness=3 --list-ctrls-menus"));
  }
  SECTION("all") {
    const auto [outcomes, writes] = set_in({{"gain", 29}, {"brightness", 0}});
    CHECK(outcomes.size() == 2);
    CHECK(writes.empty());
  }
  SECTION("what another program has changed since") {
    bench.loop().run_for(milliseconds(300));
    tool.folder().write("value", "7\n");
    const auto [outcomes, writes] = set_in({{"brightness", 0}});
    CHECK(writes.size() == 1);
    CHECK(outcomes[0].control->value == ControlValue(std::int64_t{0}));
  }
  SECTION("what another program changes while the others are set") {
    tool.folder().write("value", "7\n");
    // Not the brightness: the gain is refused, and the brightness read back along with that.
    const auto outcomes = bench.loop().run(bench->set_several({{"brightness", 0}, {"gain", 30}}));
    REQUIRE(outcomes.has_value());
    CHECK_FALSE(outcomes->at(0).error);
    CHECK(outcomes->at(0).control->value == ControlValue(std::int64_t{0}));
    CHECK(outcomes->at(1).error);
  }
}

TEST_CASE("a batch comes after what was asked before it, also where it seems to be so",
          "[controls][device]") {
  FakeTool tool(kCamera);
  ServiceBench bench(tool.tool());
  REQUIRE(bench.set("brightness", 0));  // from now on the camera is known, and asked no more
  REQUIRE(bench.loop().run(bench->save_preset("Zero", Values{{"brightness", 0}, {"gain", 29}})));
  const auto back = GENERATE(0, 1, 2);
  CAPTURE(back);
  std::optional<boost::json::value> nine(9);
  int answered = 0;
  const auto count = [&](const std::exception_ptr&) { ++answered; };
  // Both are asked before either is carried out.
  net::co_spawn(
      bench.loop().executor(),
      [](ServiceBench& b, std::optional<boost::json::value> value) -> Task<> {
        co_await b->set("brightness", std::move(value));
      }(bench, nine),
      count);
  net::co_spawn(
      bench.loop().executor(),
      [](ServiceBench& b, int way) -> Task<> {
        // Of several: one alone would replace what waits.
        Values zero{{"brightness", 0}, {"gain", 29}};
        if (way == 0) co_await b->set_several(std::move(zero));
        if (way == 1) co_await b->apply_preset("Zero");
        if (way == 2) co_await b->reset(std::nullopt);
      }(bench, back),
      count);
  CHECK(bench.loop().run_until([&] { return answered == 2; }));
  CHECK(bench.number("brightness") == 0);
  const auto log = tool.log();
  CHECK(std::any_of(log.begin(), log.end(), [](const auto& run) {
    return run.find("--set-ctrl=brightness=9") != std::string::npos;
  }));
}

TEST_CASE("what the driver refuses is told, and what it explains is explained",
          "[controls][device]") {
  FakeTool tool(kCamera);
  ServiceBench bench(tool.tool());
  const auto result = bench.set("gain", 3);
  REQUIRE(!result);
  CHECK(result.error().code == Errc::wrong_state);
  CHECK_THAT(result.error().detail, Contains("Permission denied"));
}

TEST_CASE("a dragged slider ends at its last value with few runs and all are answered",
          "[controls][device][slow]") {
  FakeTool tool(kCamera);
  ServiceBench bench(tool.tool());
  bench.list();
  int answered = 0;
  std::int64_t last_told = -1;
  const auto begin = Steady::now();
  for (int i = 0; i < 120; ++i) {
    net::co_spawn(
        bench.loop().executor(),
        [](ServiceBench& b, int value, std::int64_t& told) -> Task<> {
          std::optional<boost::json::value> wanted(value);
          const auto result = co_await b->set("brightness", std::move(wanted));
          if (result) told = *as_number(result->value);
        }(bench, i % 60, last_told),
        [&](const std::exception_ptr&) { ++answered; });
    bench.loop().run_for(milliseconds(1000 / 60));
  }
  while (answered < 120)
    bench.loop().run_for(milliseconds(50));
  CHECK(last_told == 59);
  CHECK(tool.folder().read("value") == "59\n");
  // A burst, eight a second for as long as it took, the first listing, and the identity for
  // remembering.
  CHECK(static_cast<double>(tool.runs()) <= 8 + 8 * (to_seconds(Steady::now() - begin) + 0.5) + 3);
  // And that one is remembered, whoever asked for which.
  bench.stop();
  std::ifstream file(bench.state_dir() / "controls.json");
  const std::string remembered((std::istreambuf_iterator<char>(file)), {});
  CHECK_THAT(remembered, Contains("\"brightness\": 59"));
}

TEST_CASE("a v4l2-ctl that does not work is a short 503 and leaves no child",
          "[controls][device][slow]") {
  struct Case {
    const char* what;
    const char* script;
    const char* detail;
    seconds limit = seconds(10);
  };
  for (const auto& [what, script, detail, limit] :
       {Case{"hangs", "sleep 600", "did not end within 1 s", seconds(1)},
        Case{"hangs with a child", "sleep 600 & sleep 600", "did not end within 1 s", seconds(1)},
        Case{"ignores signals", "trap '' TERM INT HUP; sleep 600; sleep 600",
             "did not end within 1 s", seconds(1)},
        Case{"prints 10 MB", "yes | head -c 10000000", "printed more than"},
        Case{"prints nonsense", "yes | head -c 1000", "nothing that is understood"},
        Case{"exits 255", "exit 255", "ended with status 255"},
        Case{"has no device", "echo 'Cannot open device /dev/fake, exiting.' >&2; exit 1",
             "Cannot open device /dev/fake"},
        Case{"dies", "kill -SEGV $$", "was killed by signal 11"}}) {
    INFO(what);
    FakeTool tool(script);
    ServiceBench bench(tool.tool(limit));
    const auto listed = bench.loop().run(bench->list(true));
    REQUIRE(!listed);
    CHECK(listed.error().code == Errc::unavailable);
    CHECK_THAT(listed.error().detail, Contains(detail));
    const auto set = bench.set("brightness", 1);
    REQUIRE(!set);
    CHECK(set.error().code == Errc::unavailable);
    CHECK_FALSE(tool.runs_now());
  }
}

TEST_CASE("a v4l2-ctl that is missing is a 503", "[controls][device]") {
  ServiceBench bench({"/nonexistent/v4l2-ctl", [] { return "/dev/fake"; }, {}, seconds(1)});
  const auto listed = bench.loop().run(bench->list(false));
  REQUIRE(!listed);
  CHECK(listed.error().code == Errc::unavailable);
  CHECK_THAT(listed.error().detail, Contains("/nonexistent/v4l2-ctl"));
}

TEST_CASE(
    "where there is no camera here nothing is said of its controls, unless some are remembered",
    "[controls][device][slow]") {
  FakeTool tool("echo 'Cannot open device /dev/fake, exiting.' >&2; exit 1");
  TemporaryFolder state;
  const bool remembers = GENERATE(false, true);
  CAPTURE(remembers);
  if (remembers) {
    state.write("controls.json", R"({"version": 1, "cameras": [{"driver": "uvcvideo",
      "card": "Webcam", "bus": "usb-1", "values": {"brightness": 7}}]})");
  }
  const test::CapturedStderr captured;
  {
    ServiceBench bench(tool.tool(), state.path());
    // A stream of another machine comes, stalls, and comes again.
    for (int i = 0; i < 2; ++i) {
      bench.delivers(true);
      bench.loop().run_for(milliseconds(3500));
      bench.delivers(false);
      bench.loop().run_for(milliseconds(600));
    }
  }
  const std::string log = captured.text();
  CAPTURE(log);
  if (!remembers) {
    CHECK(tool.runs() == 0);
    CHECK(log.empty());
  } else {
    CHECK(test::count(log, "\n") == 1);
    CHECK_THAT(log, Contains("remembered settings are not applied: the camera's controls are not "
                             "available now: Cannot open device /dev/fake"));
  }
}

TEST_CASE("nobody waits for two hung runs", "[controls][device][slow]") {
  FakeTool tool("sleep 600");
  ServiceBench bench(tool.tool(seconds(3)));
  net::co_spawn(bench.loop().executor(), bench->list(true),
                [](const std::exception_ptr&, const auto&) {});
  // All twenty ask while it hangs, and none of them has another one run.
  REQUIRE(bench.loop().run_until([&] { return tool.runs() == 1; }));
  CHECK(all_at_once(bench, 20, [&](int) { return bench->list(true); }) == 0);
  CHECK(tool.runs() == 1);
}

TEST_CASE("the old listing outlives a failure", "[controls][device]") {
  FakeTool tool(std::string("[ -e broken ] && exit 255\n") + kCamera);
  ServiceBench bench(tool.tool(), {}, seconds(3600));
  bench.list();
  tool.folder().write("broken", "");
  CHECK(!bench.loop().run(bench->list(true)));
  CHECK(bench.loop().run(bench->list(false)).has_value());
}

TEST_CASE("the camera is asked gently, and only while somebody looks at its controls",
          "[controls][device][slow]") {
  FakeTool tool(kCamera);
  ServiceBench bench(tool.tool());
  bench.list();
  bench.loop().run_for(seconds(6));
  CHECK(tool.runs() == 1);
  // Who is there need not look at the controls, and did not ask for them.
  bench.watched(true);
  bench.loop().run_for(seconds(6));
  CHECK(tool.runs() == 1);
  bench.list();
  const auto runs = tool.runs();
  tool.folder().write("value", "33\n");
  // At the next look, then every five seconds.
  const auto begin = Steady::now();
  REQUIRE(bench.loop().run_until([&] { return !bench.changed().empty(); }));
  bench.loop().run_for(seconds(2));
  CHECK(static_cast<double>(tool.runs() - runs) <= 1 + to_seconds(Steady::now() - begin) / 5);
  REQUIRE(bench.changed().size() == 1);
  CHECK(bench.changed().front().value == ControlValue(std::int64_t{33}));
}

TEST_CASE("presets are kept on disk and survive a restart", "[controls][device]") {
  FakeTool tool(kCamera);
  ServiceBench bench(tool.tool());
  bench.set("brightness", 7);
  CHECK(*bench.loop().run(bench->save_preset("Day", std::nullopt)));
  CHECK_FALSE(*bench.loop().run(bench->save_preset("Day", std::nullopt)));
  bench.set("brightness", 1);
  bench.stop();
  bench.start();
  const auto names = bench.loop().run(bench->presets().names());
  CHECK(names == std::vector<std::string>{"Day"});
  const auto outcomes = bench.loop().run(bench->apply_preset("Day"));
  REQUIRE(outcomes.has_value());
  CHECK(bench.number("brightness") == 7);
  CHECK(bench.loop().run(bench->presets().remove("Day")).has_value());
  CHECK(bench.loop().run(bench->presets().get("Day")).error().code == Errc::not_found);
  CHECK(bench.loop().run(bench->apply_preset("--all")).error().code == Errc::refused);
}

TEST_CASE("a damaged file is set aside, and its good part is used", "[controls][device]") {
  FakeTool tool(kCamera);
  TemporaryFolder state;
  state.write("presets.json",
              R"({"version":1,"presets":{"Day":{"values":{"brightness":3}},"x":1}})");
  state.write("controls.json", "no JSON");
  ServiceBench bench(tool.tool(), state.path());
  CHECK(bench.loop().run(bench->presets().names()) == std::vector<std::string>{"Day"});
  CHECK(std::filesystem::exists(state.path() / "presets.json.damaged-1"));
  CHECK(bench.loop().run_until([&] { return state.read("controls.json.damaged-1") == "no JSON"; }));
  bench.set("brightness", 5);
  bench.stop();
  CHECK_THAT(state.read("controls.json"), Contains("\"brightness\": 5"));
}

TEST_CASE("what was set comes back after the camera forgot it, and what was reset does not",
          "[controls][device][slow]") {
  FakeTool tool(kCamera);
  ServiceBench bench(tool.tool());
  bench.set("brightness", 9);
  bench.stop();
  tool.folder().write("value", "0\n");
  bench.start();
  bench.delivers(true);
  const auto comes_back = [&] {
    return bench.loop().run_until([&] { return tool.folder().read("value") == "9\n"; });
  };
  CHECK(comes_back());
  // Forgotten shortly after the stream began.
  tool.folder().write("value", "0\n");
  CHECK(comes_back());

  bench.loop().run(bench->set("brightness", std::nullopt));
  bench.delivers(false);
  bench.loop().run_for(milliseconds(500));
  tool.folder().write("value", "3\n");
  bench.delivers(true);
  bench.loop().run_for(milliseconds(800));
  CHECK(tool.folder().read("value") == "3\n");
}

}  // namespace minidvr::controls
