#include "core/shell_words.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace minidvr {
namespace {

constexpr std::string_view kHiddenWord = "***";
constexpr std::string_view kOption = "--";
// Parts of the names of options that take a secret.
constexpr std::array<std::string_view, 4> kSecretNames = {"--pa", "pass", "secret", "token"};

// ustreamer takes abbreviations that only one option begins with.
bool is_secret(std::string_view name) {
  constexpr std::string_view kPassword = "passwd";
  constexpr std::size_t kShortest = 2;
  if (name.size() >= kShortest && kPassword.starts_with(name)) return true;
  return std::any_of(kSecretNames.begin(), kSecretNames.end(), [name](std::string_view part) {
    return name.find(part) != std::string_view::npos;
  });
}

struct SecretOption {
  std::size_t end = 0;         // of its name in the word
  bool value_follows = false;  // as the next word
};

// Also behind the = of another option, of which the words are the value.
std::optional<SecretOption> secret_option_in(std::string_view word) {
  for (auto at = word.find(kOption); at != std::string_view::npos;
       at = word.find(kOption, at + 1)) {
    if (at > 0 && word[at - 1] != '=') continue;
    const auto begin = at + kOption.size();
    const auto end = std::min(word.find('=', begin), word.size());
    if (is_secret(word.substr(begin, end - begin))) return SecretOption{end, end == word.size()};
  }
  return std::nullopt;
}

}  // namespace

Result<std::vector<std::string>> split_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0 && c == quote) {
      quote = 0;
    } else if (c == '\\' && quote != '\'') {
      if (++i == text.size()) return make_error(Errc::malformed, "ends with a lone backslash");
      // Within double quotes a backslash only protects what would be special there.
      if (quote == '"' && text[i] != '"' && text[i] != '\\') word += '\\';
      word += text[i];
      in_word = true;
    } else if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
      in_word = true;
    } else if (quote == 0 && (c == ' ' || c == '\t')) {
      if (in_word) words.push_back(std::exchange(word, {}));
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (quote != 0) return make_error(Errc::malformed, "a quote is not closed");
  if (in_word) words.push_back(word);
  return words;
}

std::string join_words(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) {
    if (!text.empty()) text += ' ';
    const bool plain = !word.empty() && word.find_first_of(" \t\"'\\") == std::string::npos;
    if (plain) {
      text += word;
      continue;
    }
    text += '\'';
    for (const char c : word) {
      if (c == '\'') {
        text += R"('\'')";
      } else {
        text += c;
      }
    }
    text += '\'';
  }
  return text;
}

std::vector<std::string> shown_words(std::vector<std::string> words) {
  bool hides_next = false;
  for (auto& word : words) {
    if (std::exchange(hides_next, false)) {
      word = kHiddenWord;
      continue;
    }
    const auto option = secret_option_in(word);
    if (!option) continue;
    hides_next = option->value_follows;
    if (!hides_next) word.replace(option->end + 1, std::string::npos, kHiddenWord);
  }
  return words;
}

std::string shown_text_of_words(std::string_view text) {
  const auto words = split_words(text);
  if (!words) {
    auto first = std::string_view::npos;
    for (const auto name : kSecretNames)
      first = std::min(first, text.find(name));
    if (first == std::string_view::npos) return std::string(text);
    return std::string(text.substr(0, first)).append(kHiddenWord);
  }
  auto shown = shown_words(*words);
  return shown == *words ? std::string(text) : join_words(shown);
}

}  // namespace minidvr
