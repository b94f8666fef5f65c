// What several versions of ffmpeg make of the same frames, and say: it is understood of each.

#include "core/file.hpp"
#include "mp4/movie.hpp"
#include "recording/media_file.hpp"
#include "recording/muxer.hpp"
#include "support/result_text.hpp"

#include <fstream>
#include <sstream>
#include <string>

#include <catch2/catch.hpp>

#include <fcntl.h>

using namespace minidvr;
using namespace minidvr::recording;

TEST_CASE("Each ffmpeg cuts where the times jump, with its header in front and whole files") {
  const std::string folder =
      MINIDVR_FIXTURES "/ffmpeg-" + GENERATE(as<std::string>{}, "5.1.9", "7.1.5") + "/";
  CAPTURE(folder);
  const std::size_t frames[] = {5, 3};
  for (std::uint32_t number = 0; number < 2; ++number) {
    const auto path = folder + media_name("20261129_100000", number);
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    REQUIRE(file);
    CHECK(media::verify(file.get(), frames[number]));
    const auto table = mp4::read_frames(file.get());
    REQUIRE(table);
    CHECK(table->frames.size() == frames[number]);
    CHECK(table->frames.front().time == microseconds(0));
    CHECK(table->frames.back().time == microseconds(100'000 * (frames[number] - 1)));
  }
  std::ifstream list(folder + "list.csv");
  std::size_t lines = 0;
  for (std::string line; std::getline(list, line); ++lines)
    CHECK(line.find(media_name("20261129_100000", static_cast<std::uint32_t>(lines))) !=
          std::string::npos);
  CHECK(lines == 2);
}

TEST_CASE("The last line of each ffmpeg that says something tells why it failed") {
  const std::string folder =
      MINIDVR_FIXTURES "/ffmpeg-" + GENERATE(as<std::string>{}, "5.1.9", "7.1.5") + "/";
  const auto [name, words] = GENERATE(table<std::string, std::string>(
      {{"no_folder.txt", "No such file or directory"}, {"no_input.txt", "Invalid data found"}}));
  CAPTURE(folder, name);
  std::ifstream file(folder + name);
  std::string why;
  for (std::string line; std::getline(file, line);)
    if (line.find("status ") != 0 && says_why(line)) why = line;
  CHECK(why.find(words) != std::string::npos);
}

TEST_CASE("A line of ffmpeg's without words says nothing") {
  for (const char* line : {"", "[error] ", "[error]", "[mp4 @ 0x55] [error] ", "[error] Error -- "})
    CHECK_FALSE(says_why(line));
  for (const char* line :
       {"[error] x", "[mp4 @ 0x55] [error] No space left on device", "plain", "[x"})
    CHECK(says_why(line));
}
