#include "stream_target.hpp"

#include "capture/chunked.hpp"
#include "capture/jpeg_size.hpp"
#include "capture/multipart_parser.hpp"
#include "capture/stream_head.hpp"
#include "demand.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace minidvr::fuzz {
namespace {

using namespace capture;

// Below this no limit of the parser is reached: those are looked at when a piece has been taken,
// and pieces may differ.
constexpr std::size_t kSameBelow = 16 * 1024;
constexpr int kRandomCuts = 3;

struct Told {
  std::vector<Part> parts;
  std::string error;
};

// One answer that is read, in pieces.
class Reader {
 public:
  // False: no more is taken.
  bool take(std::string_view piece) {
    if (parser_) return feed(piece);
    head_ += piece;
    const auto end = end_of_head(head_);
    if (!end) return true;
    const auto head = parse_stream_head(std::string_view(head_).substr(0, *end));
    if (!head) return fail(head.error());
    const auto boundary = multipart_boundary(head->content_type);
    parser_.emplace(boundary ? *boundary : std::string(), [this](Part&& part) {
      demand(part.body.size() <= MultipartParser::kMaxBodyBytes, "a part is no larger than it may");
      told.parts.push_back(std::move(part));
    });
    if (head->is_chunked) chunked_.emplace();
    return feed(std::string_view(head_).substr(*end));
  }

  // As much of `bytes` as a body has room for is written to where it stays.
  std::size_t fill(std::string_view bytes) {
    if (!parser_ || chunked_) return 0;
    const auto space = parser_->body_space();
    const auto count = std::min(space.size(), bytes.size());
    if (count == 0) return 0;
    std::memcpy(space.data(), bytes.data(), count);
    parser_->body_filled(count);
    return count;
  }

  Told told;

 private:
  bool fail(const Error& error) {
    told.error = error.detail;
    return false;
  }

  bool feed(std::string_view bytes) {
    if (!chunked_) {
      const auto fed = parser_->feed(bytes);
      return fed ? true : fail(fed.error());
    }
    while (!bytes.empty()) {
      const auto piece = chunked_->take(bytes);
      if (!piece) return fail(piece.error());
      if (const auto fed = parser_->feed(*piece); !fed) return fail(fed.error());
    }
    return true;
  }

  std::string head_;
  std::optional<MultipartParser> parser_;
  std::optional<ChunkedBody> chunked_;
};

// `next_size`: of the next piece, at least 1.
template <class Size>
Told read(std::string_view answer, Size next_size, bool in_place = false) {
  Reader reader;
  for (auto rest = answer; !rest.empty();) {
    const auto filled = in_place ? reader.fill(rest.substr(0, next_size())) : 0;
    rest.remove_prefix(filled);
    const auto piece = rest.substr(0, next_size());
    rest.remove_prefix(piece.size());
    if (!reader.take(piece)) break;
  }
  return std::move(reader.told);
}

void check_parts(const Told& told, std::string_view answer) {
  std::size_t bytes = 0;
  for (const auto& part : told.parts) {
    bytes += part.body.size();
    jpeg_size(part.body);
  }
  demand(bytes <= answer.size(), "no byte is in two parts");
}

void demand_same(const Told& one, const Told& other) {
  demand(one.error == other.error, "pieces do not change what is wrong");
  demand(one.parts.size() == other.parts.size(), "pieces do not change how many parts there are");
  for (std::size_t i = 0; i < one.parts.size(); ++i) {
    const auto& a = one.parts[i];
    const auto& b = other.parts[i];
    demand(a.body == b.body, "pieces do not change a body");
    demand(a.timestamp == b.timestamp && a.grab_time == b.grab_time && a.online == b.online &&
               a.width == b.width && a.height == b.height,
           "pieces do not change what is said of a part");
  }
}

}  // namespace

void check_stream(std::string_view answer) {
  const auto whole = read(answer, [&] { return answer.size(); });
  check_parts(whole, answer);
  // The same pieces for the same bytes, so that what is found can be found again.
  std::minstd_rand random(static_cast<std::uint32_t>(answer.size()) + 1);
  std::vector<Told> others;
  others.push_back(read(answer, [] { return std::size_t{1}; }));
  others.push_back(read(
      answer, [] { return std::size_t{1}; }, true));
  others.push_back(read(
      answer, [&] { return answer.size(); }, true));
  for (int i = 0; i < kRandomCuts; ++i)
    others.push_back(read(
        answer, [&] { return 1 + random() % 50; }, i == 0));
  for (const auto& other : others) {
    check_parts(other, answer);
    if (answer.size() < kSameBelow) demand_same(whole, other);
  }
}

}  // namespace minidvr::fuzz
