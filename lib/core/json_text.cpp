#include "core/json_text.hpp"

#include "core/utf8.hpp"

#include <cmath>
#include <iterator>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

namespace minidvr {
namespace {

namespace json = boost::json;

constexpr std::size_t kIndent = 2;

class Writer {
 public:
  explicit Writer(bool readable) : readable_(readable) {}

  void append(const json::value& value) {
    switch (value.kind()) {
      case json::kind::null:
        text_ += "null";
        break;
      case json::kind::bool_:
        text_ += value.get_bool() ? "true" : "false";
        break;
      case json::kind::int64:
        text_ += std::to_string(value.get_int64());
        break;
      case json::kind::uint64:
        text_ += std::to_string(value.get_uint64());
        break;
      case json::kind::double_:
        text_ += std::isfinite(value.get_double()) ? fmt::format("{}", value.get_double()) : "null";
        break;
      case json::kind::string:
        append_string(value.get_string());
        break;
      case json::kind::array:
        append(value.get_array());
        break;
      case json::kind::object:
        append(value.get_object());
        break;
    }
  }

  void append(const json::object& object) {
    append_all('{', object, '}', [this](const auto& entry) {
      append_string(entry.key());
      text_ += readable_ ? ": " : ":";
      append(entry.value());
    });
  }

  std::string take() && { return std::move(text_); }

 private:
  void append(const json::array& array) {
    append_all('[', array, ']', [this](const json::value& value) { append(value); });
  }

  template <class Container, class AppendOne>
  void append_all(char begin, const Container& container, char end, AppendOne append_one) {
    text_ += begin;
    ++depth_;
    bool first = true;
    for (const auto& entry : container) {
      if (!first) text_ += ',';
      begin_line();
      append_one(entry);
      first = false;
    }
    --depth_;
    if (!first) begin_line();
    text_ += end;
  }

  void begin_line() {
    if (readable_) text_.append("\n").append(kIndent * depth_, ' ');
  }

  void append_string(std::string_view string) {
    text_ += '"';
    for (const char c : is_utf8(string) ? std::string(string) : repaired_utf8(string)) {
      if (c == '"' || c == '\\') {
        text_ += '\\';
        text_ += c;
      } else if (c == '\n') {
        text_ += "\\n";
      } else if (static_cast<unsigned char>(c) < 0x20) {
        fmt::format_to(std::back_inserter(text_), "\\u{:04x}", static_cast<unsigned>(c));
      } else {
        text_ += c;
      }
    }
    text_ += '"';
  }

  const bool readable_;
  std::size_t depth_ = 0;
  std::string text_;
};

template <class Json>
std::string written(const Json& json, bool readable) {
  Writer writer(readable);
  writer.append(json);
  return std::move(writer).take();
}

}  // namespace

std::string json_text(const json::value& value) {
  return written(value, false);
}

std::string json_text(const json::object& object) {
  return written(object, false);
}

std::string readable_json_text(const json::value& value) {
  return written(value, true) + '\n';
}

}  // namespace minidvr
