#include "capture/chunked.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace minidvr::capture {

Result<std::string_view> ChunkedBody::take(std::string_view& bytes) {
  if (state_ == State::data) {
    const auto piece = bytes.substr(0, std::min<std::uint64_t>(left_, bytes.size()));
    bytes.remove_prefix(piece.size());
    left_ -= piece.size();
    if (left_ == 0) state_ = State::end_of_data;
    return piece;
  }
  const auto end = bytes.find('\n');
  const auto piece = bytes.substr(0, end);
  line_ += piece;
  bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
  if (line_.size() > kLongestLine) {
    return make_error(Errc::malformed, "a chunk of the answer has no size");
  }
  if (end == std::string_view::npos) return std::string_view{};
  const std::string whole = std::exchange(line_, {});
  const auto line = trim(whole);
  if (std::exchange(state_, State::size) == State::end_of_data) return std::string_view{};
  const auto parsed = std::from_chars(line.data(), line.data() + line.size(), left_, 16);
  if (parsed.ec != std::errc()) {
    return make_error(Errc::malformed, "a chunk of the answer has no size");
  }
  if (left_ == 0) return make_error(Errc::unavailable, "the server ended the stream");
  state_ = State::data;
  return std::string_view{};
}

}  // namespace minidvr::capture
