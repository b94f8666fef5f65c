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

// Seconds that can stand for a time: no NaN, no infinity, nothing beyond what microseconds can
// count.
std::optional<double> time_value(std::string_view text) {
  const auto value = number<double>(text);
  if (!value || !std::isfinite(*value) || std::abs(*value) > 1e12) return std::nullopt;
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

}  // namespace

Result<std::string> multipart_boundary(std::string_view content_type) {
  const auto type = trim(content_type.substr(0, content_type.find(';')));
  if (!iequals(type.substr(0, 10), "multipart/")) {
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
    // Some cameras give the boundary with the dashes that belong before it.
    if (value.starts_with("--")) value.remove_prefix(2);
    if (!value.empty() && value.size() <= 200) return std::string(value);
  }
  return malformed("Content-Type names no boundary");
}

MultipartParser::MultipartParser(std::string boundary, Sink sink)
    : delimiter_("--" + std::move(boundary)), sink_(std::move(sink)) {}

Result<> MultipartParser::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    Result<> taken;
    switch (state_) {
      case State::preamble:
      case State::headers:
        taken = take_line(bytes);
        break;
      case State::sized_body:
        taken = take_sized(bytes);
        break;
      case State::open_body:
        taken = take_open(bytes);
        break;
    }
    if (!taken) return taken;
  }
  return {};
}

Result<> MultipartParser::take_line(std::string_view& bytes) {
  const auto end = bytes.find('\n');
  const auto piece = bytes.substr(0, end);
  head_bytes_ += piece.size() + 1;
  const bool preamble = state_ == State::preamble;
  if (head_bytes_ > (preamble ? kMaxPreambleBytes : kMaxHeaderBytes)) {
    return malformed(preamble ? fmt::format("no boundary within {} bytes", kMaxPreambleBytes)
                              : fmt::format("a part's header has over {} bytes", kMaxHeaderBytes));
  }
  line_ += piece;
  bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
  if (end == std::string_view::npos) return {};
  if (line_.ends_with('\r')) line_.pop_back();
  const std::string line = std::exchange(line_, {});
  return on_line(line);
}

Result<> MultipartParser::on_line(std::string_view line) {
  if (state_ == State::preamble) {
    if (line == delimiter_) begin_part();
    if (line == delimiter_ + "--") return malformed("the server ended the stream");
    return {};
  }
  if (!line.empty()) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) {
      return malformed(fmt::format("'{}' is no header line", line.substr(0, 80)));
    }
    return on_header(trim(line.substr(0, colon)), trim(line.substr(colon + 1)));
  }
  if (!length_) {
    last_lengths_.clear();
    part_.body.reserve(kUsualFrameBytes);
    state_ = State::open_body;
    return {};
  }
  part_.body.resize(*length_, boost::container::default_init);
  state_ = State::sized_body;
  last_lengths_.push_back(*length_);
  if (last_lengths_.size() > kRememberedLengths) last_lengths_.pop_front();
  if (length_ == 0U) finish_part();
  return {};
}

Result<> MultipartParser::on_header(std::string_view name, std::string_view value) {
  if (iequals(name, "Content-Length")) {
    const auto length = number<std::size_t>(value);
    if (!length) return malformed(fmt::format("Content-Length is '{}'", value.substr(0, 80)));
    if (*length > kMaxBodyBytes) {
      return malformed(
          fmt::format("a frame of {} bytes; at most {} are taken", *length, kMaxBodyBytes));
    }
    length_ = length;
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
  return {};
}

Result<> MultipartParser::take_sized(std::string_view& bytes) {
  const auto space = body_space();
  const auto piece = bytes.substr(0, space.size());
  std::memcpy(space.data(), piece.data(), piece.size());
  bytes.remove_prefix(piece.size());
  body_filled(piece.size());
  return {};
}

std::span<std::uint8_t> MultipartParser::body_space() {
  if (state_ != State::sized_body) return {};
  return std::span(part_.body.data(), part_.body.size()).subspan(filled_);
}

std::size_t MultipartParser::worth_waking_for(std::size_t parts) const {
  if (state_ == State::sized_body) return part_.body.size() - filled_;
  if (state_ == State::open_body || last_lengths_.size() < kRememberedLengths) return 1;
  const auto smallest = *std::min_element(last_lengths_.begin(), last_lengths_.end());
  const auto wanted = smallest * parts - smallest / 4;
  return std::max<std::size_t>(wanted - wanted % kWakeStep, 1);
}

void MultipartParser::body_filled(std::size_t count) {
  if (state_ != State::sized_body) return;
  filled_ += count;
  if (filled_ == part_.body.size()) finish_part();
}

Result<> MultipartParser::take_open(std::string_view& bytes) {
  const std::size_t before = part_.body.size();
  append(part_.body, bytes);
  const std::string_view body(reinterpret_cast<const char*>(part_.body.data()), part_.body.size());
  // The delimiter counts only at the start of a line, and with the line's end that belongs to it.
  const auto at = body.find("\n" + delimiter_, searched_);
  if (at == std::string_view::npos) {
    if (body.size() > kMaxBodyBytes) {
      return malformed(fmt::format("no boundary within {} bytes of a frame", kMaxBodyBytes));
    }
    searched_ = body.size() > delimiter_.size() ? body.size() - delimiter_.size() : 0;
    bytes = {};
    return {};
  }
  // What stands behind the line break belongs to the next part. All of it came with this piece,
  // except the beginning of the delimiter: put that back as the line being read.
  const std::size_t rest = at + 1;
  if (rest < before) {
    line_ = body.substr(rest, before - rest);
  } else {
    bytes.remove_prefix(rest - before);
  }
  const std::size_t end = at > 0 && body[at - 1] == '\r' ? at - 1 : at;
  part_.body.resize(end);
  // Whoever keeps it counts its size.
  if (part_.body.capacity() > end + end / 4) part_.body.shrink_to_fit();
  std::string begun = std::exchange(line_, {});
  finish_part();
  line_ = std::move(begun);
  return {};
}

void MultipartParser::begin_part() {
  part_ = Part{};
  length_.reset();
  filled_ = 0;
  searched_ = 0;
  head_bytes_ = 0;
  state_ = State::headers;
}

void MultipartParser::finish_part() {
  state_ = State::preamble;
  head_bytes_ = 0;
  line_.clear();
  sink_(std::move(part_));
  part_ = Part{};
}

}  // namespace minidvr::capture
