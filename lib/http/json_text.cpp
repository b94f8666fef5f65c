#include "http/json_text.hpp"

#include "core/utf8.hpp"

#include <cmath>
#include <iterator>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

namespace minidvr::http {
namespace {

namespace json = boost::json;

void append_string(std::string& text, std::string_view string) {
  text += '"';
  for (const char c : is_utf8(string) ? std::string(string) : repaired_utf8(string)) {
    if (c == '"' || c == '\\') {
      text += '\\';
      text += c;
    } else if (c == '\n') {
      text += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(text), "\\u{:04x}", static_cast<unsigned>(c));
    } else {
      text += c;
    }
  }
  text += '"';
}

void append(std::string& text, const json::value& value);

void append(std::string& text, const json::object& object) {
  const char* separator = "{";
  for (const auto& [key, value] : object) {
    text += separator;
    append_string(text, key);
    text += ':';
    append(text, value);
    separator = ",";
  }
  text += object.empty() ? "{}" : "}";
}

void append(std::string& text, const json::array& array) {
  const char* separator = "[";
  for (const auto& value : array) {
    text += separator;
    append(text, value);
    separator = ",";
  }
  text += array.empty() ? "[]" : "]";
}

void append(std::string& text, const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      text += "null";
      break;
    case json::kind::bool_:
      text += value.get_bool() ? "true" : "false";
      break;
    case json::kind::int64:
      text += std::to_string(value.get_int64());
      break;
    case json::kind::uint64:
      text += std::to_string(value.get_uint64());
      break;
    case json::kind::double_:
      text += std::isfinite(value.get_double()) ? fmt::format("{}", value.get_double()) : "null";
      break;
    case json::kind::string:
      append_string(text, value.get_string());
      break;
    case json::kind::array:
      append(text, value.get_array());
      break;
    case json::kind::object:
      append(text, value.get_object());
      break;
  }
}

}  // namespace

std::string json_text(const json::value& value) {
  std::string text;
  append(text, value);
  return text;
}

std::string json_text(const json::object& object) {
  std::string text;
  append(text, object);
  return text;
}

}  // namespace minidvr::http
