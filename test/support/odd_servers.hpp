// What servers of MJPEG really send, for the tests of its parser and for its fuzzer.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace minidvr::test {

// One with a thumbnail, as cameras have it, and coded data with what looks like other things.
inline std::string marked_jpeg(const std::string& mark) {
  using namespace std::string_literals;
  const auto thumbnail = "\xFF\xD8\xFF\xDB\x00\x02\xFF\xD9"s;
  return "\xFF\xD8\xFF\xE1\x00"s + static_cast<char>(2 + thumbnail.size()) + thumbnail +
         "\xFF\xC0\x00\x0B\x08\x00\x10\x00\x10\x01\x01\x11\x00"s +
         "\xFF\xDA\x00\x08\x01\x01\x00\x00\x3F\x00"s + "\xFF\x00\n--\r\n\xFF\xD3: "s + mark +
         "\xFF\xFF\xC4\x00\x02\xFF\xDA\x00\x02second scan\xFF\xD9"s;
}

struct OddServer {
  std::string what;
  std::string boundary;
  std::string stream;
  std::vector<std::string> marks;  // of the pictures that are whole
};

inline std::string part_with(const std::string& headers, const std::string& body) {
  return "--frame\r\n" + headers + "\r\n" + body + "\r\n";
}

inline std::string length_of(std::size_t bytes) {
  return fmt::format("Content-Length: {}\r\n", bytes);
}

inline std::vector<OddServer> odd_servers() {
  const auto a = marked_jpeg("a");
  const auto b = marked_jpeg("b");
  const auto c = marked_jpeg("c");
  const std::string type = "Content-Type: image/jpeg\r\n";
  const auto size = length_of(a.size());
  const std::string many_dashes = "----------frame";
  const auto too_long = length_of(a.size() + 90);
  const auto dashed = "\r\n--" + many_dashes + "\r\n" + too_long + "\r\n";
  const std::string truncated = b.substr(0, b.size() - 9);
  const std::string endless = a.substr(0, a.size() - 2);
  return {
      {"no line end behind the delimiter",
       "frame",
       "--frame" + type + size + "\r\n" + a + "\r\n--frame" + type + "\r\n" + b + "\r\n",
       {"a", "b"}},
      {"no line break behind the picture",
       "frame",
       "--frame\r\n" + type + "\r\n" + a + "--frame\r\n" + type + "\r\n" + b + "--frame\r\n" +
           type + size + "\r\n" + c,
       {"a", "b", "c"}},
      {"delimiters that end in dashes",
       "frame",
       "--frame--\r\n" + type + "\r\n" + a + "\r\n--frame--\r\n" + type + size + "\r\n" + b +
           "\r\n",
       {"a", "b"}},
      {"a boundary with its dashes", "--frame", part_with(size, a) + part_with("", b), {"a", "b"}},
      {"a boundary with dashes, and more of them",
       "--frame",
       "----frame\r\n" + size + "\r\n" + a + "\r\n----frame\r\n\r\n" + b + "\r\n",
       {"a", "b"}},
      {"a boundary without its dashes",
       "frame",
       "frame\r\n" + size + "\r\n" + a + "\r\nframe\r\n" + type + "\r\n" + b,
       {"a", "b"}},
      {"another boundary than it says",
       "frame",
       "--other\r\n" + type + size + "\r\n" + a + "\r\n--other\r\n" + type + "\r\n" + b,
       {"a", "b"}},
      {"bytes before the picture, counted",
       "frame",
       part_with(length_of(a.size() + 4), "\r\nxx" + a) + part_with(size, b),
       {"a", "b"}},
      {"bytes before the picture, not counted",
       "frame",
       part_with(size, "\r\nxx" + a) + part_with(size, "\r\n" + b) + part_with(size, c),
       {"a", "b", "c"}},
      {"bytes before a picture without a length",
       "frame",
       part_with(type, "\r\nxx" + a) + part_with("", "\n" + b),
       {"a", "b"}},
      {"a length with a letter in it",
       "frame",
       part_with("Content-Length: 1x2\r\n", a) + part_with(size, b),
       {"a", "b"}},
      {"a length beyond all measure",
       "frame",
       part_with("Content-Length: 99999999999999999999999\r\n", a) +
           part_with("Content-Length: -1\r\n", b) + part_with(size, c),
       {"a", "b", "c"}},
      {"a length of 0 before each picture",
       "frame",
       part_with(length_of(0), a) + part_with(length_of(0), b),
       {"a", "b"}},
      {"a length that is too long",
       "frame",
       part_with(length_of(a.size() + 90), a) + part_with(size, b) + part_with(size, c),
       {"a", "b", "c"}},
      {"lengths that are too long, behind a boundary of many dashes",
       many_dashes,
       dashed + a + dashed + b + dashed + c + "\r\n",
       {"a", "b", "c"}},
      {"lengths that are too long, no boundary told",
       "",
       part_with(too_long, a) + part_with(too_long, b) + part_with(too_long, c),
       {"a", "b", "c"}},
      {"a length that is too short",
       "frame",
       part_with(length_of(a.size() - 5), a) + part_with(size, b),
       {"a", "b"}},
      {"a line without a colon",
       "frame",
       part_with("nonsense\r\n" + size, a) + part_with(size, b),
       {"a", "b"}},
      {"a head without end",
       "frame",
       part_with("X: " + std::string(20'000, 'x') + "\r\n", a) + part_with(size, b),
       {"a", "b"}},
      {"no head at all", "frame", "--frame\r\n" + a + "\r\n--frame\r\n" + b, {"a", "b"}},
      {"pictures back to back", "", a + b + c, {"a", "b", "c"}},
      {"pictures back to back, which were to be parts", "frame", a + b + c, {"a", "b", "c"}},
      {"no boundary told", "", part_with(type, a) + part_with(size, b), {"a", "b"}},
      {"a picture that is cut short",
       "frame",
       part_with(type, a) + part_with(type, truncated) + part_with(type, c),
       {"a", "c"}},
      {"a picture that is cut short, by its length",
       "frame",
       part_with(size, a) + part_with(length_of(truncated.size()), truncated) + part_with(size, c),
       {"a", "c"}},
      {"a picture that is cut short by the next one", "", a + truncated + c, {"a", "c"}},
      {"text before the first part, and lines that end in LF",
       "frame",
       "HELLO\n\n--frame\n" + type + "\n" + a +
           "\n--frame\nContent-Length: " + std::to_string(b.size()) + "\n\n" + b + "\n",
       {"a", "b"}},
      {"a part that is none",
       "frame",
       part_with(size, a) +
           "--frame\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi\r\n" +
           part_with(size, b),
       {"a", "b"}},
      {"zeros behind the picture",
       "frame",
       part_with(length_of(a.size() + 8), a + std::string(8, '\0')) + part_with(size, b),
       {"b"}},
      {"no end of the picture",
       "frame",
       part_with(length_of(endless.size()), endless) + part_with(size, b),
       {"b"}},
  };
}

}  // namespace minidvr::test
