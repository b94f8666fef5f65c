#include "capture/multipart_parser.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include <boost/beast/core/string.hpp>
#include <fmt/format.h>

namespace minidvr::capture {
using boost::beast::iequals;
namespace {

// The usual size of a frame at 1080p: saves growing the buffer step by step.
constexpr std::size_t kUsualFrameBytes = 128 * 1024;

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Of a clock in seconds. Any two are no further apart than nanoseconds can count, which is what
// they are compared in; those of a clock that began in 1900 are within it until 2042.
constexpr double kMostSeconds = 4.5e9;

// Seconds that can stand for a time: no NaN, no infinity, no other unit.
std::optional<double> time_value(std::string_view text) {
  const auto value = number<double>(text);
  if (!value || !std::isfinite(*value) || std::abs(*value) > kMostSeconds) return std::nullopt;
  return value;
}

Error malformed(std::string detail) {
  return make_error(Errc::malformed, "MJPEG stream: " + std::move(detail));
}

// From the same type to the same type, which is a memcpy; from char it would be a loop over each
// byte.
void append(Bytes& body, std::string_view bytes) {
  const auto* const first = reinterpret_cast<const std::uint8_t*>(bytes.data());
  body.insert(body.end(), first, first + bytes.size());
}

// A guess need not be exact; one that stays the same need not be told to the kernel again.
constexpr std::size_t kWakeStep = 8 * 1024;

// More dashes than anybody writes before a boundary, besides those that it has itself.
constexpr std::size_t kMostDashes = 8;
// How far before the next picture the delimiter that ends this one can be.
constexpr std::size_t kMostBetween = 2048;

}  // namespace

bool is_multipart(std::string_view content_type) {
  constexpr std::string_view kBegin = "multipart/";
  return iequals(trim(content_type).substr(0, kBegin.size()), kBegin);
}

Result<std::string> multipart_boundary(std::string_view content_type) {
  if (!is_multipart(content_type)) {
    const auto type = trim(content_type.substr(0, content_type.find(';')));
    return malformed(fmt::format("Content-Type is '{}', not multipart/x-mixed-replace", type));
  }
  std::string_view rest = content_type;
  while (rest.find(';') != std::string_view::npos) {
    rest.remove_prefix(rest.find(';') + 1);
    const std::string_view parameter = trim(rest.substr(0, rest.find(';')));
    const auto equals = parameter.find('=');
    if (equals == std::string_view::npos) continue;
    if (!iequals(trim(parameter.substr(0, equals)), "boundary")) continue;
    std::string_view value = trim(parameter.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    if (!value.empty() && value.size() <= 200) return std::string(value);
  }
  return malformed("Content-Type names no boundary");
}

MultipartParser::MultipartParser(std::string_view boundary, Sink sink) : sink_(std::move(sink)) {
  // Some cameras give the boundary with the dashes that belong before it, or with more.
  const auto dashes = std::min(boundary.find_first_not_of('-'), boundary.size());
  boundary_ = boundary.substr(dashes);
  most_dashes_ = dashes + kMostDashes;
}

std::string_view MultipartParser::body() const {
  return {reinterpret_cast<const char*>(part_.body.data()), part_.body.size()};
}

Result<> MultipartParser::feed(std::string_view bytes) {
  std::string again;
  for (;;) {
    if (!given_back_.empty()) {
      given_back_ += bytes;
      again = std::exchange(given_back_, {});
      bytes = again;
    }
    if (bytes.empty()) return {};
    if (auto taken = take(bytes); !taken) return taken;
  }
}

Result<> MultipartParser::take(std::string_view& bytes) {
  switch (state_) {
    case State::preamble:
    case State::headers:
      return take_line(bytes);
    case State::sized_body:
      take_sized(bytes);
      return {};
    case State::doubtful:
      take_doubtful(bytes);
      return {};
    case State::open_body:
      break;
  }
  return take_open(bytes);
}

// ---- between bodies

Result<> MultipartParser::take_line(std::string_view& bytes) {
  const auto end = bytes.find('\n');
  const auto piece = bytes.substr(0, end);
  const auto before = line_.size();
  line_ += piece;
  head_bytes_ += piece.size() + (end == std::string_view::npos ? 0 : 1);
  // A picture, where nobody announced it.
  const auto jpeg = line_.find(kJpegBegin, before < kJpegBegin.size() ? 0 : before - 2);
  if (jpeg != std::string::npos) {
    if (jpeg < before) given_back_ = line_.substr(jpeg, before - jpeg);
    bytes.remove_prefix(jpeg < before ? 0 : jpeg - before);
    if (jpeg > 0) on_line(line_.substr(0, jpeg));
    if (state_ == State::preamble) begin_part();
    length_.reset();
    begin_body();
    return {};
  }
  bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
  if (end == std::string_view::npos) return check_head_size();
  if (line_.ends_with('\r')) line_.pop_back();
  const std::string line = std::exchange(line_, {});
  on_line(line);
  return check_head_size();
}

Result<> MultipartParser::check_head_size() {
  if (state_ == State::headers && head_bytes_ > kMaxHeaderBytes) state_ = State::preamble;
  // Where a JPEG may begin stays.
  if (line_.size() > kMaxHeaderBytes) line_.erase(0, line_.size() - kJpegBegin.size());
  const auto most = any_part_ ? kMaxBodyBytes : kMaxPreambleBytes;
  if (state_ != State::preamble || head_bytes_ <= most) return {};
  return malformed(fmt::format("no picture within {} bytes", most));
}

// What stands behind the delimiter on its line, or nullopt: it is no such line.
std::optional<std::string_view> MultipartParser::behind_delimiter(std::string_view line) const {
  line = trim(line);
  const auto dashes = std::min(line.find_first_not_of('-'), line.size());
  if (dashes < 2 && line != boundary_) return std::nullopt;
  if (boundary_.empty()) return dashes >= 2 ? std::optional(std::string_view{}) : std::nullopt;
  auto rest = line.substr(dashes);
  if (!rest.starts_with(boundary_)) return std::nullopt;
  rest.remove_prefix(boundary_.size());
  if (rest.find_first_not_of('-') == std::string_view::npos) return std::string_view{};
  // A header that begins on the same line.
  return rest.find(':') == std::string_view::npos ? std::nullopt : std::optional(rest);
}

void MultipartParser::on_line(std::string_view line) {
  if (const auto rest = behind_delimiter(line)) {
    begin_part();
    on_header(*rest);
  } else if (state_ == State::headers && line.empty()) {
    // Some write a length before they know it: what comes next is the picture, or no part at all.
    if (length_ != 0U) begin_body();
  } else if (state_ == State::headers) {
    on_header(line);
  }
}

// What can not be understood says nothing.
void MultipartParser::on_header(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const auto name = trim(line.substr(0, colon));
  const auto value = trim(line.substr(colon + 1));
  if (iequals(name, "Content-Length")) {
    length_ = number<std::size_t>(value);
    if (length_ > kMaxBodyBytes || lengths_are_wrong_) length_.reset();
  } else if (iequals(name, "X-Timestamp")) {
    part_.timestamp = time_value(value);
  } else if (iequals(name, "X-UStreamer-Grab-Time") ||
             iequals(name, "X-UStreamer-Grab-Begin-Time")) {  // from 6.46 on
    part_.grab_time = time_value(value);
  } else if (iequals(name, "X-UStreamer-Online")) {
    part_.online = iequals(value, "true");
  } else if (iequals(name, "X-UStreamer-Width")) {
    part_.width = number<unsigned>(value);
  } else if (iequals(name, "X-UStreamer-Height")) {
    part_.height = number<unsigned>(value);
  }
}

void MultipartParser::begin_part() {
  part_ = Part{};
  length_.reset();
  head_bytes_ = 0;
  state_ = State::headers;
}

void MultipartParser::begin_body() {
  line_.clear();
  filled_ = 0;
  searched_ = 0;
  is_jpeg_ = false;
  jpeg_end_ = JpegEnd{};
  is_measured_ = length_ && !is_believed(*length_);
  if (!length_ || is_measured_) {
    if (!length_) last_lengths_.clear();
    part_.body.reserve(kUsualFrameBytes);
    state_ = State::open_body;
    return;
  }
  part_.body.resize(*length_, boost::container::default_init);
  state_ = State::sized_body;
  remember_length(*length_);
}

void MultipartParser::remember_length(std::size_t length) {
  last_lengths_.push_back(length);
  if (last_lengths_.size() > kRememberedLengths) last_lengths_.pop_front();
}

bool MultipartParser::is_believed(std::size_t length) const {
  if (last_lengths_.empty()) return length <= kBelievedAtFirst;
  const auto largest = *std::max_element(last_lengths_.begin(), last_lengths_.end());
  return length <= std::max(kMostGrowth * largest, kMaxHeaderBytes);
}

// ---- a body whose length is known

void MultipartParser::take_sized(std::string_view& bytes) {
  const auto space = body_space();
  const auto piece = bytes.substr(0, space.size());
  std::memcpy(space.data(), piece.data(), piece.size());
  bytes.remove_prefix(piece.size());
  body_filled(piece.size());
}

std::span<std::uint8_t> MultipartParser::body_space() {
  if (state_ != State::sized_body) return {};
  return std::span(part_.body.data(), part_.body.size()).subspan(filled_);
}

std::size_t MultipartParser::worth_waking_for(std::size_t parts) const {
  if (state_ == State::sized_body) return part_.body.size() - filled_;
  const bool is_between = state_ == State::preamble || state_ == State::headers;
  if (!is_between || last_lengths_.size() < kRememberedLengths) return 1;
  const auto smallest = *std::min_element(last_lengths_.begin(), last_lengths_.end());
  const auto wanted = smallest * parts - smallest / 4;
  return std::max<std::size_t>(wanted - wanted % kWakeStep, 1);
}

void MultipartParser::body_filled(std::size_t count) {
  if (state_ != State::sized_body) return;
  filled_ += count;
  if (filled_ == part_.body.size()) end_sized();
}

// Nearly always it is a JPEG from its first byte to its last.
void MultipartParser::end_sized() {
  is_jpeg_ = body().starts_with(kJpegBegin);
  if (body().starts_with(kJpegBegin.substr(0, 2)) && body().ends_with(kJpegEnd)) {
    finish_part();
    return;
  }
  const bool reaches_too_far =
      find_delimiter(body(), 0) != std::string_view::npos || has_line_of_dashes_behind_picture();
  // What stands before the picture may not be counted.
  const bool begins_late = !is_jpeg_ && body().find(kJpegBegin) != std::string_view::npos;
  if (reaches_too_far || begins_late) {
    given_back_ = std::string(body());
    part_.body.clear();
    is_jpeg_ = false;
    jpeg_end_ = JpegEnd{};
    distrust_lengths();
  } else if (is_jpeg_ && !jpeg_end_.find(body())) {
    state_ = State::doubtful;
  } else {
    finish_part();
  }
}

// Where no boundary is told the next part begins there.
bool MultipartParser::has_line_of_dashes_behind_picture() {
  if (!boundary_.empty() || !is_jpeg_) return false;
  const auto end = jpeg_end_.find(body());
  return end && body().find("\n--", *end) != std::string_view::npos;
}

void MultipartParser::distrust_lengths() {
  lengths_are_wrong_ = true;
  is_measured_ = false;
  last_lengths_.clear();
  state_ = State::open_body;
}

// Some cameras leave out the end of a JPEG. Behind it comes the next delimiter all the same.
void MultipartParser::take_doubtful(std::string_view bytes) {
  if (bytes.find_first_of("\r\n-") == 0) {
    finish_part();
  } else {
    distrust_lengths();
  }
}

// ---- a body that ends somewhere

Result<> MultipartParser::take_open(std::string_view& bytes) {
  append(part_.body, bytes);
  const auto cut = find_cut();
  if (!cut) {
    bytes = {};
    const auto most = any_part_ || is_jpeg_ ? kMaxBodyBytes : kMaxPreambleBytes;
    if (part_.body.size() <= most) return {};
    return malformed(
        fmt::format("no {} within {} bytes", is_jpeg_ ? "end of a picture" : "picture", most));
  }
  // What leave_out_junk() took away was at the front.
  const std::size_t size = part_.body.size();
  const std::size_t behind = size - cut->rest;
  if (behind <= bytes.size()) {
    bytes.remove_prefix(bytes.size() - behind);
  } else {
    given_back_ = std::string(body().substr(cut->rest, behind - bytes.size()));
  }
  cut_body(*cut);
  return {};
}

void MultipartParser::cut_body(const Cut& cut) {
  part_.body.resize(cut.end);
  // Whoever keeps it counts its size.
  if (part_.body.capacity() > cut.end + cut.end / 4) part_.body.shrink_to_fit();
  if (!cut.is_whole) part_.body.clear();
  finish_part();
}

// The line break before a delimiter that begins at or behind `from`; npos: there is none. It counts
// only at the start of a line.
std::size_t MultipartParser::find_delimiter(std::string_view text, std::size_t from) const {
  if (boundary_.empty()) return std::string_view::npos;
  for (auto at = text.find("\n--", from); at != std::string_view::npos;
       at = text.find("\n--", at + 1)) {
    const auto name = text.find_first_not_of('-', at + 1);
    if (name == std::string_view::npos || name - at - 1 > most_dashes_) continue;
    if (text.substr(name).starts_with(boundary_)) return at;
  }
  return std::string_view::npos;
}

// What is known after the fewest bytes counts: it must not matter whether more have come already.
std::optional<MultipartParser::Cut> MultipartParser::find_cut() {
  if (!is_jpeg_) is_jpeg_ = leave_out_junk();
  const auto at = find_delimiter(body(), searched_);
  const std::size_t kept = boundary_.size() + most_dashes_ + 1;
  searched_ = body().size() > kept ? body().size() - kept : 0;
  const auto delimiter_known = known_at(at);
  if (is_jpeg_) {
    const auto end = jpeg_end_.find(body());
    if (end && *end < delimiter_known) return Cut{*end, *end};
    if (!end && jpeg_end_.is_broken()) {
      const auto next = body().find(kJpegBegin, jpeg_end_.position());
      if (next != std::string_view::npos && next + kJpegBegin.size() < delimiter_known) {
        return cut_at_break(body().substr(0, next));
      }
    }
  }
  if (at == std::string_view::npos) return std::nullopt;
  const bool has_return = at > 0 && body()[at - 1] == '\r';
  return Cut{has_return ? at - 1 : at, at + 1};
}

// So many bytes tell that there is a delimiter behind the line break at `at`.
std::size_t MultipartParser::known_at(std::size_t at) const {
  if (at == std::string_view::npos) return at;
  return body().find_first_not_of('-', at + 1) + boundary_.size();
}

// Bytes before the picture are no part of it. False: it has not begun, or not in this part.
bool MultipartParser::leave_out_junk() {
  const auto begin = body().find(kJpegBegin, searched_);
  if (begin == std::string_view::npos) return false;
  const auto delimiter = find_delimiter(body(), searched_);
  if (begin + kJpegBegin.size() >= known_at(delimiter)) return false;
  part_.body.erase(part_.body.begin(), part_.body.begin() + static_cast<std::ptrdiff_t>(begin));
  searched_ = 0;
  return true;
}

// Another picture begins behind this one: this one is cut short, unless there is a delimiter
// between them, behind which there is no line break.
MultipartParser::Cut MultipartParser::cut_at_break(std::string_view jpeg) const {
  const auto next = jpeg.size();
  const auto delimiter = boundary_.empty() ? std::string_view::npos : jpeg.rfind("--" + boundary_);
  if (delimiter != std::string_view::npos && next - delimiter < kMostBetween) {
    const auto end = jpeg.find_last_not_of("-\r\n", delimiter);
    return Cut{end == std::string_view::npos ? delimiter : end + 1, delimiter};
  }
  return Cut{next, next, jpeg.ends_with(kJpegEnd)};
}

void MultipartParser::finish_part() {
  state_ = State::preamble;
  head_bytes_ = 0;
  line_.clear();
  any_part_ = true;
  if (std::exchange(is_measured_, false) && !part_.body.empty()) remember_length(part_.body.size());
  sink_(std::move(part_));
  part_ = Part{};
}

}  // namespace minidvr::capture
