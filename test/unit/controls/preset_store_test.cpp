#include "controls/preset_store.hpp"

#include "bench.hpp"
#include "support/captured_stderr.hpp"

#include <filesystem>
#include <limits>
#include <string>

namespace minidvr::controls {
namespace {

using Catch::Matchers::Contains;

constexpr std::size_t kLargestBody = 60 * 1024;  // about what one request can carry

}  // namespace

TEST_CASE("what is saved as presets can be read again after a restart", "[controls][presets]") {
  const TemporaryFolder folder;
  Loop loop;
  const auto name_of = [](std::size_t i) { return "Preset " + std::to_string(i); };
  const Values values = {{"osd", std::string(kLargestBody, 'x')}};
  constexpr std::size_t kThereAlready = 50;  // each takes a while
  Presets accepted;
  for (std::size_t i = 0; i < kThereAlready; ++i)
    accepted.emplace(name_of(i), values);
  folder.write("presets.json", serialize(accepted));
  {
    PresetStore store(loop.executor(), loop.pool(), folder.path());
    std::optional<Error> refusal;
    for (std::size_t i = kThereAlready; i < kMostPresets && !refusal; ++i) {
      const std::string name = name_of(i);
      const auto saved = loop.run(store.put(name, values));
      if (saved) {
        accepted.emplace(name, values);
      } else {
        refusal = saved.error();
      }
    }
    REQUIRE(refusal);
    CHECK(refusal->code == Errc::too_large);
    CHECK_THAT(refusal->detail, Contains("allowed are 4194304; delete a preset first"));
    // What did not fit is not there, and makes no difference to the rest.
    CHECK(loop.run(store.names()).size() == accepted.size());
    CHECK(loop.run(store.remove("Preset 0")).has_value());
    CHECK(loop.run(store.put("Preset 0", accepted.at("Preset 0"))).has_value());
  }
  CHECK(accepted.size() > kThereAlready + 5);
  PresetStore again(loop.executor(), loop.pool(), folder.path());
  CHECK(loop.run(again.names()).size() == accepted.size());
  for (const auto& [name, expected] : accepted)
    CHECK((*loop.run(again.get(name)) == expected));
}

TEST_CASE("presets that the disk does not give for now are neither set aside nor replaced",
          "[controls][presets]") {
  const TemporaryFolder folder;
  Loop loop;
  const auto file = folder.path() / "presets.json";
  const Values day = {{"hue", 3}};
  const auto good = folder.write("good", serialize(Presets{{"Day", day}}));
  std::filesystem::create_symlink(file, file);  // no rights would keep root from it
  PresetStore store(loop.executor(), loop.pool(), folder.path());
  const Values values = {{"hue", 5}};
  {
    const test::CapturedStderr captured;
    for (int i = 0; i < 2; ++i) {
      const auto saved = loop.run(store.put("Night", values));
      REQUIRE_FALSE(saved.has_value());
      CHECK(saved.error().code == Errc::unavailable);
      CHECK_THAT(saved.error().detail, Contains("can not be saved: cannot open " + file.string()));
    }
    CHECK(test::count(captured.text(), "the presets can not be read") == 1);
  }
  REQUIRE(std::filesystem::is_symlink(file));
  std::filesystem::rename(good, file);
  CHECK(loop.run(store.put("Night", values)).has_value());
  CHECK(loop.run(store.names()) == std::vector<std::string>{"Day", "Night"});
  CHECK((*loop.run(store.get("Day")) == day));
}

TEST_CASE("as many presets as allowed, of as many controls as any camera has, fit",
          "[controls][presets]") {
  Values values;
  for (int i = 0; i < 250; ++i)
    values.emplace("some_long_name_of_a_control_" + std::to_string(i), -1234567890);
  Presets presets;
  for (std::size_t i = 0; i < kMostPresets; ++i)
    presets.emplace(std::string(kLongestPresetName - 3, 'n') + std::to_string(i), values);
  CHECK(serialize(presets).size() <= kMostStoredBytes);
}

TEST_CASE("every text that a preset accepts is read back as it was", "[controls][presets]") {
  // All that JSON can say: control characters, quotes, line separators, the whole of Unicode.
  std::string text;
  for (int c = 0; c < 0x80; ++c)
    text += static_cast<char>(c);
  text += "\u0080\u2028\ufeff\uffff\U0010ffff";
  const Values values = {{"a", text},
                         {"b", std::numeric_limits<std::int64_t>::min()},
                         {"c", std::numeric_limits<std::int64_t>::max()},
                         {"d", false},
                         {"e", std::string()},
                         {std::string(64, 'i'), 0}};
  const auto parsed = parse_presets(serialize({{"x", values}, {"ü 日", {}}}));
  CHECK(parsed.problems.empty());
  REQUIRE(parsed.content.size() == 2);
  CHECK((parsed.content.at("x") == values));
}

}  // namespace minidvr::controls
