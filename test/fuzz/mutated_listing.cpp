#include "mutated_listing.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <string_view>

namespace minidvr::fuzz {
namespace {

using namespace std::string_view_literals;

// What a parser of this format might trip over.
constexpr std::array kWords = {" value="sv,
                               " flags="sv,
                               "min="sv,
                               "max="sv,
                               "step="sv,
                               "default="sv,
                               "dims=["sv,
                               "'"sv,
                               "'' "sv,
                               "("sv,
                               ")"sv,
                               ":"sv,
                               "\t\t\t\t1: "sv,
                               "0x"sv,
                               "-"sv,
                               "\\"sv,
                               "\\x"sv,
                               "\\x4"sv,
                               "\n"sv,
                               "\r\n"sv,
                               "\n\n"sv,
                               "\0"sv,
                               "\xff"sv,
                               "\xc3"sv,
                               "\xed\xa0\x80"sv,
                               "\xf4\x90\x80\x80"sv,
                               ","sv,
                               " "sv,
                               "9223372036854775808"sv,
                               "-9223372036854775809"sv,
                               "0xffffffffffffffff"sv,
                               "0x10000000000000000"sv,
                               "1e9"sv,
                               "nan"sv,
                               "error 5 getting ctrl "sv,
                               "User Controls\n\n"sv};

constexpr std::size_t kMostMutations = 4;
constexpr std::size_t kLongestRepeat = 300;

}  // namespace

ListingMutator::ListingMutator(std::string listing, std::uint32_t seed) : random_(seed) {
  std::istringstream stream(std::move(listing));
  for (std::string line; std::getline(stream, line);)
    lines_.push_back(line);
}

std::string ListingMutator::next_line() {
  std::string line = lines_[below(lines_.size())];
  for (std::size_t i = 1 + below(kMostMutations); i > 0; --i)
    mutate(line);
  return line + '\n';
}

void ListingMutator::mutate(std::string& line) {
  const std::size_t at = below(line.size() + 1);
  const std::size_t length = below(std::min<std::size_t>(line.size() - at, 20) + 1);
  switch (below(7)) {
    case 0:
      line.insert(at, kWords[below(kWords.size())]);
      break;
    case 1:
      line.erase(at, length);
      break;
    case 2:
      line.insert(at, line.substr(at, length));
      break;
    case 3:
      if (at < line.size()) line[at] = static_cast<char>(random_() & 0xff);
      break;
    case 4:
      if (at < line.size()) line[at] = static_cast<char>(line[at] ^ (1 << below(8)));
      break;
    case 5:
      line.insert(at, below(kLongestRepeat), static_cast<char>(random_() & 0xff));
      break;
    default: {
      const std::string& other = lines_[below(lines_.size())];
      line = line.substr(0, at) + other.substr(std::min(at, other.size()));
    }
  }
}

}  // namespace minidvr::fuzz
