#include "controls/reported_text.hpp"

#include <charconv>

namespace minidvr::controls {

std::string unescape(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      result += text[i];
      continue;
    }
    unsigned code = 0;
    switch (text[i + 1]) {
      case 'n':
        result += '\n';
        break;
      case 'r':
        result += '\r';
        break;
      case 'f':
        result += '\f';
        break;
      case '\\':
        result += '\\';
        break;
      case 'x':
        if (i + 4 <= text.size()) {
          const char* digits = text.data() + i + 2;
          if (std::from_chars(digits, digits + 2, code, 16).ptr == digits + 2) {
            result += static_cast<char>(code);
            i += 3;
            continue;
          }
        }
        [[fallthrough]];
      default:
        result += '\\';
        continue;  // not an escape: the backslash stands for itself
    }
    ++i;
  }
  return result;
}

}  // namespace minidvr::controls
