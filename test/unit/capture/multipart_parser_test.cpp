#include "capture/multipart_parser.hpp"

#include <cstring>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace minidvr;
using namespace minidvr::capture;

namespace {

struct Parsed {
  std::vector<std::string> bodies;
  std::vector<Part> parts;
  std::string error;
};

// Feeds `stream` in pieces of `piece` bytes.
Parsed parse(const std::string& stream, std::size_t piece = 4096,
             const std::string& boundary = "frame") {
  Parsed parsed;
  MultipartParser parser(boundary, [&](Part&& part) {
    parsed.bodies.emplace_back(part.body.begin(), part.body.end());
    parsed.parts.push_back(std::move(part));
  });
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    if (auto fed = parser.feed(std::string_view(stream).substr(at, piece)); !fed) {
      parsed.error = fed.error().detail;
      break;
    }
  }
  return parsed;
}

std::string sized(const std::string& body, const std::string& headers = "") {
  return fmt::format("--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n{}\r\n{}\r\n",
                     body.size(), headers, body);
}

}  // namespace

TEST_CASE("parts with a length come out as they went in, however the bytes arrive") {
  const std::string body = "\xFF\xD8 a\r\n--frame\r\nb \xFF\xD9";
  const std::string stream = sized(body) + sized("second") + sized("") + sized("third");
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 64U, 4096U}) {
    CAPTURE(piece);
    const auto parsed = parse(stream, piece);
    CHECK(parsed.error.empty());
    CHECK(parsed.bodies == std::vector<std::string>{body, "second", "", "third"});
  }
}

TEST_CASE("a body of known length can be written to where it stays") {
  std::vector<std::string> bodies;
  MultipartParser parser(
      "frame", [&](Part&& part) { bodies.emplace_back(part.body.begin(), part.body.end()); });
  CHECK(parser.body_space().empty());
  const std::string head = "--frame\r\nContent-Length: 6\r\n\r\n";
  REQUIRE(parser.feed(head + "ab"));
  REQUIRE(parser.body_space().size() == 4);
  std::memcpy(parser.body_space().data(), "cdx", 3);
  parser.body_filled(2);  // the rest was not meant
  CHECK(bodies.empty());
  REQUIRE(parser.body_space().size() == 2);
  std::memcpy(parser.body_space().data(), "ef", 2);
  parser.body_filled(2);
  CHECK(bodies == std::vector<std::string>{"abcdef"});
  CHECK(parser.body_space().empty());
  REQUIRE(parser.feed("\r\n" + head + "second"));
  CHECK(bodies.back() == "second");
  REQUIRE(parser.feed("\r\n--frame\r\n\r\nopen"));
  CHECK(parser.in_open_body());
  CHECK(parser.body_space().empty());
}

TEST_CASE("it is worth waking for most of a part, as far as one can know") {
  MultipartParser parser("frame", [](Part&&) {});
  CHECK(parser.worth_waking_for(1) == 1);
  for (std::size_t i = 0; i < MultipartParser::kRememberedLengths; ++i) {
    CHECK(parser.worth_waking_for(1) == 1);
    REQUIRE(parser.feed(sized(std::string(i == 3 ? 40'000 : 100'000, 'x'))));
  }
  CHECK(parser.worth_waking_for(1) == 24 * 1024);
  CHECK(parser.worth_waking_for(2) == 64 * 1024);
  REQUIRE(parser.feed("--frame\r\nContent-Length: 500\r\n\r\n123"));
  CHECK(parser.worth_waking_for(1) == 497);
  CHECK(parser.worth_waking_for(2) == 497);
  REQUIRE(parser.feed(std::string(497, 'x') + "\r\n"));
  CHECK(parser.worth_waking_for(1) == 1);  // the next one may be as small
  REQUIRE(parser.feed("--frame\r\n\r\nopen"));
  CHECK(parser.worth_waking_for(1) == 1);
  REQUIRE(parser.feed("\r\n--frame\r\n"));
  CHECK(parser.worth_waking_for(1) == 1);
}

TEST_CASE("parts without a length end at the next boundary, however the bytes arrive") {
  const std::string stream =
      "--frame\r\nContent-Type: image/jpeg\r\n\r\nfirst\r\nwith\nlines--frame\r\n--frame\r\n\r\n"
      "second--fram\r\n--frame\r\n\r\nthird\r\n--frame\r\n";
  for (std::size_t piece = 1; piece < stream.size(); ++piece) {
    CAPTURE(piece);
    const auto parsed = parse(stream, piece);
    CHECK(parsed.error.empty());
    CHECK(parsed.bodies ==
          std::vector<std::string>{"first\r\nwith\nlines--frame", "second--fram", "third"});
  }
}

TEST_CASE("a part takes little more memory than its size, by which it is counted") {
  const std::string part = "--frame\r\n\r\n" + std::string(16'000, 'x') + "\r\n";
  const auto parsed = parse(part + part + "--frame\r\n");
  REQUIRE(parsed.parts.size() == 2);
  for (const auto& one : parsed.parts) {
    CHECK(one.body.size() == 16'000);
    CHECK(one.body.capacity() <= 20'000);
  }
}

TEST_CASE("lines that end in LF alone are understood") {
  const auto parsed = parse("--frame\nContent-Length: 3\n\nabc\n--frame\nContent-Length: 1\n\nd\n");
  CHECK(parsed.bodies == std::vector<std::string>{"abc", "d"});
}

TEST_CASE("text before the first boundary is left out") {
  CHECK(parse("hello\r\nworld\r\n" + sized("x")).bodies == std::vector<std::string>{"x"});
}

TEST_CASE("what ustreamer says of a frame is read, in any case of letters") {
  const auto parsed = parse(
      sized("x",
            "X-Timestamp: 1795451147.584000\r\nX-UStreamer-Online: true\r\n"
            "x-ustreamer-width: 1920\r\nX-UStreamer-Height: 1080\r\n"
            "X-UStreamer-Grab-Time: 3098.247000\r\n") +
      sized("y",
            "X-UStreamer-Online: false\r\nX-UStreamer-Grab-Time: nan\r\nX-Timestamp: 1e300\r\n"));
  REQUIRE(parsed.parts.size() == 2);
  const Part& part = parsed.parts[0];
  CHECK(part.timestamp == 1795451147.584);
  CHECK(part.grab_time == 3098.247);
  CHECK(part.online == true);
  CHECK(part.width == 1920U);
  CHECK(part.height == 1080U);
  CHECK(parsed.parts[1].online == false);
  CHECK_FALSE(parsed.parts[1].grab_time);
  CHECK_FALSE(parsed.parts[1].timestamp);
}

TEST_CASE("newer ustreamers tell when grabbing began and ended: it began when it was captured") {
  const auto parsed = parse(sized("x",
                                  "X-UStreamer-Grab-Begin-Time: 3098.247000\r\n"
                                  "X-UStreamer-Grab-End-Time: 3098.251000\r\n"));
  REQUIRE(parsed.parts.size() == 1);
  CHECK(parsed.parts[0].grab_time == 3098.247);
}

TEST_CASE("what is no stream of pictures is refused with a word on what is wrong") {
  struct Case {
    std::string stream;
    std::string error;
  };
  const Case cases[] = {
      {std::string(70000, 'a'), "MJPEG stream: no picture within 65536 bytes"},
      {"\r\n" + std::string(70000, '\n'), "MJPEG stream: no picture within 65536 bytes"},
      {"--frame\r\n\r\n" + std::string(70000, 'a'), "MJPEG stream: no picture within 65536 bytes"},
      {"--frame\r\n\r\n\xFF\xD8\xFF" + std::string((32 << 20) + 1, 'a'),
       "MJPEG stream: no end of a picture within 33554432 bytes"},
  };
  for (const auto& test : cases) {
    CAPTURE(test.stream.substr(0, 60));
    CHECK(parse(test.stream, 60'000).error == test.error);
  }
}

TEST_CASE("a part without a length or end is refused before it takes all memory") {
  MultipartParser parser("frame", [](Part&&) {});
  REQUIRE(parser.feed("--frame\r\n\r\n"));
  const std::string piece(1 << 20, 'x');
  std::size_t fed = 0;
  while (fed < 64U << 20 && parser.feed(piece))
    fed += piece.size();
  CHECK(fed <= MultipartParser::kMaxBodyBytes);
}

TEST_CASE("the boundary is found in any form of Content-Type that cameras send") {
  struct Case {
    std::string content_type;
    std::string boundary;
  };
  const Case cases[] = {
      {"multipart/x-mixed-replace;boundary=boundarydonotcross", "boundarydonotcross"},
      {"multipart/x-mixed-replace; boundary=frame", "frame"},
      {"multipart/x-mixed-replace; boundary=\"a b\"", "a b"},
      {"Multipart/X-Mixed-Replace; charset=utf-8; BOUNDARY=--x", "--x"},
  };
  for (const auto& test : cases) {
    CAPTURE(test.content_type);
    const auto boundary = multipart_boundary(test.content_type);
    REQUIRE(boundary);
    CHECK(*boundary == test.boundary);
  }
  for (const std::string wrong : {"", "image/jpeg", "text/html; boundary=x", "multipart/mixed",
                                  "multipart/mixed; boundary=", "multipart/mixed; boundary"}) {
    CAPTURE(wrong);
    CHECK_FALSE(multipart_boundary(wrong));
  }
}

// ---- as servers really send them

namespace {

// One with a thumbnail, as cameras have it, and coded data with what looks like other things.
std::string jpeg(const std::string& mark) {
  using namespace std::string_literals;
  const auto thumbnail = "\xFF\xD8\xFF\xDB\x00\x02\xFF\xD9"s;
  return "\xFF\xD8\xFF\xE1\x00"s + static_cast<char>(2 + thumbnail.size()) + thumbnail +
         "\xFF\xC0\x00\x0B\x08\x00\x10\x00\x10\x01\x01\x11\x00"s +
         "\xFF\xDA\x00\x08\x01\x01\x00\x00\x3F\x00"s + "\xFF\x00\n--\r\n\xFF\xD3: "s + mark +
         "\xFF\xFF\xC4\x00\x02\xFF\xDA\x00\x02second scan\xFF\xD9"s;
}

struct Server {
  std::string what;
  std::string boundary;
  std::string stream;
  std::vector<std::string> marks;  // of the pictures that are whole
};

std::vector<std::string> marks_of(const std::vector<std::string>& bodies,
                                  const std::vector<std::string>& known) {
  std::vector<std::string> found;
  for (const auto& body : bodies) {
    for (const auto& mark : known) {
      if (body == jpeg(mark)) found.push_back(mark);
    }
  }
  return found;
}

std::string part_with(const std::string& headers, const std::string& body) {
  return "--frame\r\n" + headers + "\r\n" + body + "\r\n";
}

std::string length_of(std::size_t bytes) {
  return fmt::format("Content-Length: {}\r\n", bytes);
}

std::vector<Server> odd_servers() {
  const auto a = jpeg("a");
  const auto b = jpeg("b");
  const auto c = jpeg("c");
  const std::string type = "Content-Type: image/jpeg\r\n";
  const auto size = length_of(a.size());
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
      {"a length that is too long",
       "frame",
       part_with(length_of(a.size() + 90), a) + part_with(size, b) + part_with(size, c),
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

}  // namespace

TEST_CASE("what cameras send is understood, however the bytes arrive") {
  for (const auto& server : odd_servers()) {
    CAPTURE(server.what);
    // Whatever was broken, what comes next is whole.
    const auto stream = server.stream + "\r\n" + part_with(length_of(jpeg("z").size()), jpeg("z"));
    auto expected = server.marks;
    expected.emplace_back("z");
    for (std::size_t piece = 1; piece <= std::min<std::size_t>(stream.size(), 700); ++piece) {
      CAPTURE(piece);
      const auto parsed = parse(stream, piece, server.boundary);
      REQUIRE(parsed.error.empty());
      REQUIRE(marks_of(parsed.bodies, {"a", "b", "c", "z"}) == expected);
    }
  }
}

TEST_CASE("a picture without its end, or with zeros behind it, is one all the same") {
  using namespace std::string_literals;
  const auto a = jpeg("a");
  const auto endless = a.substr(0, a.size() - 2);
  const auto padded = a + std::string(8, '\0');
  for (const auto& body : {endless, padded}) {
    const auto parsed = parse(part_with(length_of(body.size()), body) + "--frame\r\n");
    CHECK(parsed.bodies == std::vector<std::string>{body});
  }
  CHECK(parse(part_with("", endless) + part_with("", a)).bodies ==
        std::vector<std::string>{endless, a});
}

TEST_CASE("what headers say is read wherever the picture begins") {
  const auto a = jpeg("a");
  for (const auto* blank : {"\r\n", ""}) {
    const auto parsed = parse("--frame\r\nX-Timestamp: 12.5\r\n" + std::string(blank) + a + "\r\n");
    REQUIRE(parsed.parts.size() == 1);
    CHECK(parsed.parts[0].timestamp == 12.5);
  }
}

TEST_CASE("a body in its place that turns out to be two parts comes out as two") {
  std::vector<std::string> bodies;
  MultipartParser parser(
      "frame", [&](Part&& part) { bodies.emplace_back(part.body.begin(), part.body.end()); });
  const auto a = jpeg("a");
  const auto rest = a + "\r\n--frame\r\n\r\n" + jpeg("b").substr(0, 20);
  REQUIRE(parser.feed("--frame\r\n" + length_of(rest.size()) + "\r\n"));
  std::memcpy(parser.body_space().data(), rest.data(), rest.size());
  parser.body_filled(rest.size());
  REQUIRE(parser.feed(jpeg("b").substr(20)));
  CHECK(bodies == std::vector<std::string>{a, jpeg("b")});
  CHECK(parser.worth_waking_for(1) == 1);
}
