#include "core/utf8.hpp"

namespace minidvr {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool in(unsigned char byte, unsigned low, unsigned high) {
  return byte >= low && byte <= high;
}

}  // namespace

bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first < 0x20 || first == 0x7f;
  return character.size() == 2 && first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
}

std::size_t utf8_length(std::string_view text) {
  const auto at = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : static_cast<unsigned char>(0);
  };
  if (text.empty()) return 0;
  const unsigned char first = at(0);
  if (first < 0x80) return 1;
  if (in(first, 0xC2, 0xDF)) return in(at(1), 0x80, 0xBF) ? 2 : 0;
  if (in(first, 0xE0, 0xEF)) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : 0xBF;
    return in(at(1), low, high) && in(at(2), 0x80, 0xBF) ? 3 : 0;
  }
  if (in(first, 0xF0, 0xF4)) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
    const bool tail = in(at(2), 0x80, 0xBF) && in(at(3), 0x80, 0xBF);
    return in(at(1), low, high) && tail ? 4 : 0;
  }
  return 0;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string repaired_utf8(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    result += length == 0 ? kReplacement : text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
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
