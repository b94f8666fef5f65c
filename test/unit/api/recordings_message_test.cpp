#include "api/recordings.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace minidvr;

namespace {

std::string message_name(std::size_t number) {
  return fmt::format("20261124_{:06}.mp4", number);
}

archive::Index index_of(std::size_t count) {
  std::vector<archive::Recording> recordings(count);
  for (std::size_t number = 0; number < count; ++number) {
    recordings[number].name = message_name(number);
    recordings[number].facts.start = WallTime(std::chrono::minutes(number));
  }
  archive::Index index;
  index.put(std::move(recordings));
  return index;
}

// Of the processor, for a message of as many names as the index has, none of which is in it.
std::clock_t time_of_message(std::size_t count) {
  const archive::Index index = index_of(count);
  archive::Changes changes;
  for (std::size_t number = 0; number < count; ++number)
    changes.added.push_back(message_name(count + number));
  const std::clock_t begin = std::clock();
  const auto message = api::recordings_message(index, changes);
  const std::clock_t time = std::clock() - begin;
  CHECK(message.at("added").as_array().empty());
  return time;
}

}  // namespace

TEST_CASE("of recordings that came and changed clients are told what is there, in their order") {
  const archive::Index index = index_of(5);
  const auto message = api::recordings_message(
      index,
      {{message_name(3), message_name(9), message_name(1)}, {message_name(4)}, {"gone.mp4"}});
  const auto& added = message.at("added").as_array();
  REQUIRE(added.size() == 2);
  CHECK(added.at(0).at("name").as_string() == message_name(3));
  CHECK(added.at(1).at("name").as_string() == message_name(1));
  CHECK(message.at("changed").as_array().at(0).at("name").as_string() == message_name(4));
  CHECK(message.at("removed").as_array().at(0).as_string() == "gone.mp4");
}

TEST_CASE("news of many recordings take as much longer as they are more") {
  constexpr std::size_t kFew = 5'000;
  constexpr int kMore = 10;
  constexpr std::clock_t kLeast = CLOCKS_PER_SEC / 200;  // shorter ones tell nothing
  const auto few = std::max(time_of_message(kFew), kLeast);
  CHECK(time_of_message(kMore * kFew) < 5 * kMore * few);
}
