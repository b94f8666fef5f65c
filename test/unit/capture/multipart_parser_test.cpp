#include "capture/multipart_parser.hpp"

#include "support/odd_servers.hpp"
#include "unit/support/frames.hpp"

#include <cstring>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace minidvr;
using namespace minidvr::capture;
using test::length_of;
using test::marked_jpeg;
using test::odd_servers;
using test::part_with;

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
  const std::string stream = sized(body) + sized("second") + sized("third");
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 64U, 4096U}) {
    CAPTURE(piece);
    const auto parsed = parse(stream, piece);
    CHECK(parsed.error.empty());
    CHECK(parsed.bodies == std::vector<std::string>{body, "second", "third"});
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

TEST_CASE("a time that is no number of seconds is none") {
  // Tenths, milliseconds, and what nanoseconds can not count.
  const auto other = GENERATE(as<std::string>(), "17954511475", "1795451147584", "9300000000",
                              "-17954511475", "inf");
  const auto parsed =
      parse(sized("x", "X-Timestamp: " + other + "\r\nX-UStreamer-Grab-Time: " + other + "\r\n") +
            sized("y", "X-Timestamp: 4004439947.5\r\n"));  // since 1900
  REQUIRE(parsed.parts.size() == 2);
  CHECK_FALSE(parsed.parts[0].timestamp);
  CHECK_FALSE(parsed.parts[0].grab_time);
  CHECK(parsed.parts[1].timestamp == 4004439947.5);
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

std::vector<std::string> marks_of(const std::vector<std::string>& bodies,
                                  const std::vector<std::string>& known) {
  std::vector<std::string> found;
  for (const auto& body : bodies) {
    for (const auto& mark : known) {
      if (body == marked_jpeg(mark)) found.push_back(mark);
    }
  }
  return found;
}

}  // namespace

TEST_CASE("what cameras send is understood, however the bytes arrive") {
  for (const auto& server : odd_servers()) {
    CAPTURE(server.what);
    // Whatever was broken, what comes next is whole.
    const auto stream =
        server.stream + "\r\n" + part_with(length_of(marked_jpeg("z").size()), marked_jpeg("z"));
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

TEST_CASE("it does not matter whether a stream comes at once or byte by byte") {
  const auto a = marked_jpeg("a");
  const auto b = marked_jpeg("b");
  const auto truncated = a.substr(0, a.size() - 9);
  const std::string many_lines = [] {
    std::string lines;
    for (int i = 0; i < 9'000; ++i)
      lines += i % 90 == 89 ? "\r\n" : "x";
    return lines;
  }();
  const std::string streams[] = {
      part_with("", truncated + b) + part_with("", a),
      part_with(many_lines + "X-Timestamp: 12.5\r\n", a) + part_with("", b),
      part_with("", "no picture\r\n" + std::string(20, '-') + "frame\r\n") + part_with("", a)};
  for (const auto& stream : streams) {
    const auto whole = parse(stream, stream.size());
    CHECK_FALSE(whole.bodies.empty());
    for (const std::size_t piece : {1U, 2U, 7U, 50U}) {
      CAPTURE(stream.substr(0, 300), piece);
      const auto pieces = parse(stream, piece);
      CHECK(pieces.error == whole.error);
      CHECK(pieces.bodies == whole.bodies);
      REQUIRE(pieces.parts.size() == whole.parts.size());
      CHECK(pieces.parts[0].timestamp == whole.parts[0].timestamp);
    }
  }
}

TEST_CASE("a picture without its end, or with zeros behind it, is one all the same") {
  using namespace std::string_literals;
  const auto a = marked_jpeg("a");
  const auto endless = a.substr(0, a.size() - 2);
  const auto padded = a + std::string(8, '\0');
  for (const auto& body : {endless, padded}) {
    const auto parsed = parse(part_with(length_of(body.size()), body) + "--frame\r\n");
    CHECK(parsed.bodies == std::vector<std::string>{body});
  }
  CHECK(parse(part_with("", endless) + part_with("", a)).bodies ==
        std::vector<std::string>{endless, a});
}

TEST_CASE("a picture with bytes between its segments ends where it says, however they arrive") {
  using namespace std::string_literals;
  constexpr std::size_t kBehindThumbnail = 14;
  for (const auto& stray : {"\0"s, "x\xFF\0y"s, "\xFF\x41"s}) {
    auto picture = marked_jpeg("a");
    picture.insert(kBehindThumbnail, stray);
    const auto stream = picture + picture + picture;
    for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
      CAPTURE(stray, piece);
      const auto parsed = parse(stream, piece, "");
      CHECK(parsed.error.empty());
      REQUIRE(parsed.bodies == std::vector<std::string>(3, picture));
    }
  }
}

TEST_CASE("what headers say is read wherever the picture begins") {
  const auto a = marked_jpeg("a");
  for (const auto* blank : {"\r\n", ""}) {
    const auto parsed = parse("--frame\r\nX-Timestamp: 12.5\r\n" + std::string(blank) + a + "\r\n");
    REQUIRE(parsed.parts.size() == 1);
    CHECK(parsed.parts[0].timestamp == 12.5);
  }
}

TEST_CASE(
    "a length of 0 is none: the picture behind it is of that part, and nothing is an empty one") {
  const auto a = marked_jpeg("a");
  const auto b = marked_jpeg("b");
  const auto of = [](const std::string& time, const std::string& body) {
    return part_with("Content-Length: 0\r\nX-Timestamp: " + time + "\r\n", body);
  };
  const auto stream = of("12.5", a) + of("13", "") + of("13.5", b);
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    CAPTURE(piece);
    const auto parsed = parse(stream, piece);
    REQUIRE(parsed.bodies == std::vector<std::string>{a, b});
    CHECK(parsed.parts[0].timestamp == 12.5);
    CHECK(parsed.parts[1].timestamp == 13.5);
  }
}

TEST_CASE("a body in its place that turns out to be two parts comes out as two") {
  std::vector<std::string> bodies;
  MultipartParser parser(
      "frame", [&](Part&& part) { bodies.emplace_back(part.body.begin(), part.body.end()); });
  const auto a = marked_jpeg("a");
  const auto rest = a + "\r\n--frame\r\n\r\n" + marked_jpeg("b").substr(0, 20);
  REQUIRE(parser.feed("--frame\r\n" + length_of(rest.size()) + "\r\n"));
  std::memcpy(parser.body_space().data(), rest.data(), rest.size());
  parser.body_filled(rest.size());
  REQUIRE(parser.feed(marked_jpeg("b").substr(20)));
  CHECK(bodies == std::vector<std::string>{a, marked_jpeg("b")});
  CHECK(parser.worth_waking_for(1) == 1);
}

TEST_CASE("a length that no picture has is not waited for") {
  const std::string jpeg = marked_jpeg("picture");
  const auto with_length = [&](std::size_t length) {
    return fmt::format("--frame\r\nContent-Length: {}\r\n\r\n{}\r\n", length, jpeg);
  };
  const std::size_t wrong = 9'000'000;
  for (const std::size_t piece : {1U, 64U, 4096U}) {
    CAPTURE(piece);
    // Each comes out before a further byte has come.
    CHECK(parse(sized(jpeg) + sized(jpeg) + with_length(wrong), piece).bodies.size() == 3);
    CHECK(parse(with_length(wrong), piece).bodies == std::vector<std::string>{jpeg});
    // The next ones have lengths again, and none is believed for the wrong ones' sake.
    const auto parsed = parse(
        sized(jpeg) + with_length(wrong) + with_length(wrong) + sized(jpeg) + sized(jpeg), piece);
    CHECK(parsed.bodies == std::vector<std::string>(5, jpeg));
  }
}

TEST_CASE("pictures that grow are taken, however they do") {
  std::string stream;
  std::vector<std::string> pictures;
  for (const std::size_t size : {1'000U, 100'000U, 90'000U, 1'500'000U, 1'600'000U, 20'000U}) {
    const auto jpeg = test::jpeg(640, 480, size);
    pictures.emplace_back(jpeg.begin(), jpeg.end());
    stream += sized(pictures.back());
  }
  CHECK(parse(stream).bodies == pictures);
}
