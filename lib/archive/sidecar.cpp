#include "archive/sidecar.hpp"

#include "archive/iso_time.hpp"
#include "archive/recording_name.hpp"
#include "core/json_text.hpp"
#include "core/utf8.hpp"

#include <algorithm>
#include <chrono>
#include <set>

#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace minidvr::archive {
namespace json = boost::json;
namespace {

constexpr std::size_t kMarkIdDigits = 16;
// Ours is 3 deep; members that others add may be deeper, but no reason to follow them far.
constexpr std::size_t kDeepestSidecar = 16;

// JSON escapes a newline, a quote and a backslash with one byte each. With that, all that is
// allowed can be read again.
constexpr std::size_t kMostBytesAroundLabel = 100;  // {"id":"…","at":"…","label":""},
static_assert(2 * kLongestNote + kMostMarks * (2 * kLongestMarkLabel + kMostBytesAroundLabel) <=
              kMostSidecarBytes / 2);

enum class Newlines { allowed, refused };

// What is wrong with the text; empty: nothing.
std::string fault_of(std::string_view text, std::size_t longest, Newlines newlines) {
  if (text.size() > longest) return fmt::format("is {} bytes long", text.size());
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return "is not UTF-8";
    const bool allowed_newline = text.front() == '\n' && newlines == Newlines::allowed;
    if (is_control(text.substr(0, length)) && !allowed_newline) {
      return "has control characters";
    }
    text.remove_prefix(length);
  }
  return {};
}

Error bad_sidecar(std::string detail) {
  return make_error(Errc::malformed, std::move(detail));
}

// The text member `name`; empty when there is none.
Result<std::string> text_member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) return std::string{};
  const json::string* text = value->if_string();
  if (text == nullptr) return bad_sidecar(fmt::format("'{}' is no text", name));
  return std::string(text->begin(), text->end());
}

Result<Mark> mark_from_json(const json::value& value) {
  const json::object* object = value.if_object();
  if (object == nullptr) return bad_sidecar("it is no object");
  auto id = text_member(*object, "id");
  if (!id) return id.error();
  if (!is_mark_id(*id)) return bad_sidecar("its id is not 16 digits 0 to 9, a to f");
  const auto written = text_member(*object, "at");
  if (!written) return written.error();
  const auto at = parse_time(*written);
  if (!at) return at.error();
  auto label = text_member(*object, "label");
  if (!label) return label.error();
  if (const auto checked = check_label(*label); !checked) return checked.error();
  return Mark{std::move(*id), std::chrono::floor<microseconds>(*at), std::move(*label)};
}

Result<std::vector<Mark>> marks_from_json(const json::value& value) {
  const json::array* array = value.if_array();
  if (array == nullptr) return bad_sidecar("'marks' is no array");
  if (array->size() > kMostMarks) {
    return bad_sidecar(fmt::format("{} marks; allowed: {}", array->size(), kMostMarks));
  }
  std::vector<Mark> marks;
  std::set<std::string, std::less<>> ids;
  for (const json::value& element : *array) {
    auto mark = mark_from_json(element);
    if (!mark) {
      return bad_sidecar(fmt::format("mark {}: {}", marks.size() + 1, mark.error().detail));
    }
    if (!ids.insert(mark->id).second) return bad_sidecar(fmt::format("two marks {}", mark->id));
    marks.push_back(std::move(*mark));
  }
  std::stable_sort(marks.begin(), marks.end(),
                   [](const Mark& a, const Mark& b) { return a.at < b.at; });
  return marks;
}

Result<Notes> notes_from_json(const json::object& object) {
  Notes notes;
  if (const json::value* value = object.if_contains("protected")) {
    if (!value->is_bool()) return bad_sidecar("'protected' is neither true nor false");
    notes.is_protected = value->get_bool();
  }
  auto note = text_member(object, "note");
  if (!note) return note.error();
  if (const auto checked = check_note(*note); !checked) return bad_sidecar(checked.error().detail);
  notes.note = std::move(*note);
  if (const json::value* value = object.if_contains("marks")) {
    auto marks = marks_from_json(*value);
    if (!marks) return marks.error();
    notes.marks = std::move(*marks);
  }
  return notes;
}

}  // namespace

Result<> check_note(std::string_view note) {
  const std::string fault = fault_of(note, kLongestNote, Newlines::allowed);
  if (fault.empty()) return {};
  return make_error(Errc::refused, fmt::format("the note {}; allowed: at most {} bytes of UTF-8 "
                                               "without control characters other than newlines",
                                               fault, kLongestNote));
}

Result<> check_label(std::string_view label) {
  const std::string fault = fault_of(label, kLongestMarkLabel, Newlines::refused);
  if (fault.empty()) return {};
  return make_error(Errc::refused, fmt::format("the label {}; allowed: at most {} bytes of UTF-8 "
                                               "without control characters",
                                               fault, kLongestMarkLabel));
}

bool is_mark_id(std::string_view id) {
  return id.size() == kMarkIdDigits && std::all_of(id.begin(), id.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::string serialize_notes(const Notes& notes) {
  json::array marks;
  marks.reserve(notes.marks.size());
  for (const Mark& mark : notes.marks) {
    marks.push_back(
        json::object{{"id", mark.id}, {"at", utc_text(mark.at)}, {"label", mark.label}});
  }
  const json::object root{
      {"protected", notes.is_protected}, {"note", notes.note}, {"marks", std::move(marks)}};
  return json_text(root) + '\n';
}

Result<Notes> parse_notes(std::string_view text) {
  if (text.size() > kMostSidecarBytes) {
    return bad_sidecar(fmt::format("{} bytes; allowed: {}", text.size(), kMostSidecarBytes));
  }
  boost::system::error_code ec;
  json::parse_options options;
  options.max_depth = kDeepestSidecar;
  const json::value root = json::parse(text, ec, {}, options);
  if (ec) return bad_sidecar(fmt::format("it is no JSON: {}", ec.message()));
  if (!root.is_object()) return bad_sidecar("it is no JSON object");
  return notes_from_json(root.get_object());
}

std::string describe_unreadable(const std::string& recording, const NotesFile& notes) {
  return fmt::format("{}: {}; its recording is kept until that is mended", sidecar_name(recording),
                     notes.problem);
}

}  // namespace minidvr::archive
