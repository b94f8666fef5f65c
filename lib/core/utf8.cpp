#include "core/utf8.hpp"

#include <iterator>

#include <utf8cpp/utf8.h>

namespace minidvr {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::size_t kLongestCharacter = 4;

}  // namespace

bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first < 0x20 || first == 0x7f;
  return character.size() == 2 && first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
}

std::size_t utf8_length(std::string_view text) {
  const std::string_view head = text.substr(0, kLongestCharacter);
  if (utf8::find_invalid(head.begin(), head.end()) == head.begin()) return 0;
  const auto* next = head.begin();
  utf8::unchecked::next(next);
  return static_cast<std::size_t>(next - head.begin());
}

bool is_utf8(std::string_view text) {
  return utf8::is_valid(text.begin(), text.end());
}

std::string repaired_utf8(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  utf8::replace_invalid(text.begin(), text.end(), std::back_inserter(result));
  return result;
}

std::string display_text(std::string_view text, std::size_t longest) {
  std::string result;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    std::string_view next = length == 0 ? kReplacement : text.substr(0, length);
    if (is_control(next)) next = " ";
    if (result.size() + next.size() > longest) break;
    result += next;
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return result;
}

}  // namespace minidvr
