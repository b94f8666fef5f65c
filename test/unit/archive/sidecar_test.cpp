#include "archive/sidecar.hpp"

#include "core/utf8.hpp"
#include "support/result_text.hpp"

#include <array>
#include <random>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace minidvr;
using namespace minidvr::archive;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

// Of the morning of 2026-11-24.
const WallTime kMarkedAt = WallTime(1'795'514'832'345'678us);

Notes accident() {
  return {
      true,
      "Car, \"blue\"\nBüro \\ 車",
      {{"00c0ffee00c0ffee", kMarkedAt, "the crash"}, {"0123456789abcdef", kMarkedAt + 1us, ""}}};
}

std::string mark_text(std::string_view id, std::string_view at = "2026-11-24T10:07:12Z") {
  return fmt::format(R"({{"id":"{}","at":"{}","label":"x"}})", id, at);
}

std::string marks_text(const std::string& marks) {
  return R"({"marks":[)" + marks + "]}";
}

std::string nested(std::size_t levels) {
  return R"({"x":)" + std::string(levels, '[') + std::string(levels, ']') + '}';
}

// UTF-8 of at most so many bytes, without control characters.
std::string random_text(std::mt19937_64& random, std::size_t longest) {
  constexpr std::array<std::string_view, 12> kCharacters = {
      "a", "Z", " ", "\"", "\\", "/", "<", "\u00e9", "\u00a0", "\u2028", "\u8eca", "\U0001F697"};
  std::string text;
  for (auto more = random() % (longest + 1); more > 0; --more) {
    const std::string_view next = kCharacters[random() % kCharacters.size()];
    if (text.size() + next.size() <= longest) text += next;
  }
  return text;
}

Notes random_notes(std::mt19937_64& random) {
  Notes notes{random() % 2 == 0, random_text(random, kLongestNote), {}};
  if (random() % 2 == 0 && notes.note.size() < kLongestNote) notes.note += '\n';
  WallTime at{};
  for (auto i = random() % 20; i > 0; --i) {
    at += microseconds(random() % 200'000'000'000'000);
    notes.marks.push_back(
        {fmt::format("{:016x}", random()), at, random_text(random, kLongestMarkLabel)});
  }
  return notes;
}

// What is wrong with it; empty: nothing, or another kind of error.
std::string fault_in(std::string_view text) {
  const auto notes = parse_notes(text);
  return notes || notes.error().code != Errc::malformed ? std::string{} : notes.error().detail;
}

}  // namespace

TEST_CASE("notes come back from their sidecar", "[archive][sidecar]") {
  CHECK(parse_notes(serialize_notes({})).value() == Notes{});
  CHECK(parse_notes(serialize_notes(accident())).value() == accident());
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 200; ++round) {
    const Notes notes = random_notes(random);
    const auto parsed = parse_notes(serialize_notes(notes));
    REQUIRE(parsed);
    REQUIRE((*parsed == notes));
  }
}

TEST_CASE("a sidecar is JSON that scripts read", "[archive][sidecar]") {
  CHECK(serialize_notes({}) == "{\"protected\":false,\"note\":\"\",\"marks\":[]}\n");
  CHECK(serialize_notes(accident()) ==
        R"({"protected":true,"note":"Car, \"blue\"\nBüro \\ 車","marks":[)"
        R"({"id":"00c0ffee00c0ffee","at":"2026-11-24T10:07:12.345678Z","label":"the crash"},)"
        R"({"id":"0123456789abcdef","at":"2026-11-24T10:07:12.345679Z","label":""}]})"
        "\n");
}

TEST_CASE("a sidecar that somebody wrote may leave out what is empty", "[archive][sidecar]") {
  CHECK(parse_notes("{}").value() == Notes{});
  CHECK(parse_notes(R"( {"protected" : true} )").value() == Notes{true, "", {}});
  CHECK(parse_notes(R"({"note":"caf\u00e9"})").value() == Notes{false, "café", {}});
  CHECK(parse_notes(
            R"({"marks":[{"id":"00c0ffee00c0ffee","at":"2026-11-24T11:07:12.345678+01:00"}]})")
            .value() == Notes{false, "", {{"00c0ffee00c0ffee", kMarkedAt, ""}}});
}

TEST_CASE("members that are not ours are ignored", "[archive][sidecar]") {
  CHECK(parse_notes(R"({"stars":5,"protected":true,"camera":{"of":[null,1e300]}})").value() ==
        Notes{true, "", {}});
  CHECK(parse_notes(
            marks_text(R"({"id":"00c0ffee00c0ffee","at":"2026-11-24T10:07:12.345678Z","by":"me"})"))
            .value()
            .marks == std::vector<Mark>{{"00c0ffee00c0ffee", kMarkedAt, ""}});
}

TEST_CASE("marks are read by time, to the microsecond", "[archive][sidecar]") {
  const auto notes =
      parse_notes(marks_text(mark_text("000000000000000b", "2026-11-24T10:07:12.345678999Z") + ',' +
                             mark_text("000000000000000c", "2026-11-24T10:07:12.345678Z") + ',' +
                             mark_text("000000000000000a", "2026-11-24T10:07:11Z")));
  REQUIRE(notes);
  REQUIRE(notes->marks.size() == 3);
  CHECK(notes->marks[0].id == "000000000000000a");
  CHECK(notes->marks[1] == Mark{"000000000000000b", kMarkedAt, "x"});
  CHECK(notes->marks[2] == Mark{"000000000000000c", kMarkedAt, "x"});
}

TEST_CASE("what is no sidecar is refused, with what is wrong", "[archive][sidecar]") {
  for (const std::string text : {"",
                                 " ",
                                 "{",
                                 "null",
                                 "true",
                                 "[]",
                                 "\"x\"",
                                 "{}{}",
                                 R"({"protected":true)",
                                 "{protected:1}",
                                 R"({"protected":NaN})",
                                 R"({"protected":1e999999999999})",
                                 "\xef\xbb\xbf{}",
                                 "{\"note\":\"\xff\"}",
                                 "{\"x\":\"\xc0\x80\"}",
                                 R"({"note":"\ud800"})",
                                 "{\"note\":\"a\nb\"}",
                                 R"({"protected":1})",
                                 R"({"protected":"true"})",
                                 R"({"protected":null})",
                                 R"({"note":3})",
                                 R"({"note":null})",
                                 R"({"note":["x"]})",
                                 R"({"note":"\u0000"})",
                                 R"({"note":"\r\n"})",
                                 R"({"note":"\t"})",
                                 R"({"note":"\u007f"})",
                                 R"({"note":"\u009b"})",
                                 R"({"marks":{}})",
                                 R"({"marks":null})",
                                 R"({"marks":[null]})",
                                 R"({"marks":[[]]})",
                                 R"({"marks":[{}]})"}) {
    CAPTURE(text);
    CHECK(fault_in(text) != "");
  }
  CHECK(fault_in(std::string_view("{}\0", 3)) != "");
  CHECK_THAT(fault_in(R"({"protected":1})"), Contains("'protected'"));
  CHECK_THAT(fault_in(R"({"note":7})"), Contains("'note' is no text"));
}

TEST_CASE("a mark has an id, a time and a label, of the right kinds", "[archive][sidecar]") {
  const std::string good = mark_text("00c0ffee00c0ffee");
  CHECK(parse_notes(marks_text(good)));
  for (const std::string mark :
       {R"({"at":"2026-11-24T10:07:12Z"})", R"({"id":7,"at":"2026-11-24T10:07:12Z"})",
        R"({"id":"00c0ffee00c0ffef"})", R"({"id":"00c0ffee00c0ffef","at":1795514832})",
        R"({"id":"00c0ffee00c0ffef","at":"2026-11-24T10:07:60Z"})",
        R"({"id":"00c0ffee00c0ffef","at":"2026-11-24T10:07:12Z","label":3})",
        R"({"id":"00c0ffee00c0ffef","at":"2026-11-24T10:07:12Z","label":"a\nb"})"}) {
    CAPTURE(mark);
    CHECK_THAT(fault_in(marks_text(good + ',' + mark)), Contains("mark 2: "));
  }
  for (const std::string id : {"", "00c0ffee00c0ffe", "00c0ffee00c0ffee0", "00C0FFEE00C0FFEE",
                               "00c0ffee00c0ffeg", "00c0ffee-0c0ffee", "../c0ffee00c0ffe"}) {
    CAPTURE(id);
    CHECK_FALSE(is_mark_id(id));
    CHECK_THAT(fault_in(marks_text(mark_text(id))), Contains("mark 1: its id"));
  }
  CHECK(is_mark_id("0123456789abcdef"));
}

TEST_CASE("two marks of one id are refused", "[archive][sidecar]") {
  CHECK_THAT(fault_in(marks_text(mark_text("00c0ffee00c0ffee") + ',' +
                                 mark_text("00c0ffee00c0ffee", "2026-11-24T10:07:13Z"))),
             Contains("two marks 00c0ffee00c0ffee"));
}

TEST_CASE("a note and a label are plain text of a bounded length", "[archive][sidecar]") {
  const auto refused = [](const Result<>& result) {
    return !result && result.error().code == Errc::refused;
  };
  for (const std::string good : {"", "x", "Büro 車", "\u00a0", "~", "a \"b\" \\ <c>"}) {
    CAPTURE(good);
    CHECK(check_note(good));
    CHECK(check_label(good));
  }
  CHECK(check_note("two\nlines\n"));
  CHECK(refused(check_label("two\nlines")));
  for (const std::string bad :
       {"\t", "a\r\nb", "\x1b[2J", "\x7f", "\u0080", "\u009f", "\xff", "\xc3", "\xed\xa0\x80"}) {
    CAPTURE(bad);
    CHECK(refused(check_note(bad)));
    CHECK(refused(check_label(bad)));
  }
  CHECK(refused(check_note(std::string(1, '\0'))));
  CHECK(check_note(std::string(kLongestNote, 'x')));
  CHECK(refused(check_note(std::string(kLongestNote + 1, 'x'))));
  CHECK(check_label(std::string(kLongestMarkLabel, 'x')));
  CHECK(refused(check_label(std::string(kLongestMarkLabel + 1, 'x'))));
  CHECK_THAT(check_note(std::string(2000, 'x')).error().detail,
             Contains("2000 bytes") && Contains("allowed: at most 1000 bytes"));
  CHECK_THAT(check_note("\t").error().detail,
             Contains("control characters;") && Contains("other than newlines"));
  CHECK_THAT(check_label("\xff").error().detail,
             Contains("not UTF-8") && Contains("allowed: at most 200 bytes"));
}

TEST_CASE("whatever is allowed can be read again", "[archive][sidecar]") {
  Notes notes{true, std::string(kLongestNote, '\n'), {}};
  for (std::size_t i = 0; i < kMostMarks; ++i)
    notes.marks.push_back(
        {fmt::format("{:016x}", i), kMarkedAt, std::string(kLongestMarkLabel, '"')});
  std::string text = serialize_notes(notes);
  CHECK(text.size() <= kMostSidecarBytes / 2);
  CHECK((parse_notes(text).value() == notes));
  text.append(kMostSidecarBytes - text.size(), ' ');
  CHECK(parse_notes(text));
  CHECK_THAT(fault_in(text + ' '), Contains("allowed: 1048576"));
  notes.marks.push_back({"ffffffffffffffff", kMarkedAt, ""});
  CHECK_THAT(fault_in(serialize_notes(notes)), Contains("1001 marks"));
}

TEST_CASE("a sidecar is not followed into its depths", "[archive][sidecar]") {
  CHECK(parse_notes(nested(10)));
  CHECK(fault_in(nested(20)) != "");
  CHECK(fault_in(nested(kMostSidecarBytes / 2 - 10)) != "");
  CHECK(fault_in(std::string(kMostSidecarBytes, '[')) != "");
}

TEST_CASE("random nonsense is no sidecar, or one that comes back", "[archive][sidecar]") {
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  constexpr std::string_view kLikely = "{}[]\",:\\ntu0e9-.";
  const std::string sound = serialize_notes(accident());
  int accepted = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string text = sound;
    for (auto changes = random() % 4; changes > 0; --changes) {
      const char c =
          random() % 2 == 0 ? static_cast<char>(random()) : kLikely[random() % kLikely.size()];
      text.replace(random() % text.size(), random() % 3, random() % 2, c);
    }
    if (random() % 8 == 0) text.resize(random() % text.size());
    const auto notes = parse_notes(text);
    CAPTURE(text);
    if (!notes) {
      REQUIRE(notes.error().code == Errc::malformed);
      REQUIRE(is_utf8(notes.error().detail));
      continue;
    }
    ++accepted;
    REQUIRE((parse_notes(serialize_notes(*notes)).value() == *notes));
  }
  CHECK(accepted > 500);
}
