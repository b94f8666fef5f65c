// multipart/x-mixed-replace, as cameras really speak it: bytes in, parts out.
#pragma once

#include "capture/frame.hpp"
#include "capture/jpeg_end.hpp"
#include "core/error.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace minidvr::capture {

// One part of the stream: a frame, and what its headers say.
struct Part {
  Bytes body;
  std::optional<double> timestamp;  // X-Timestamp: seconds, of whatever clock the server uses
  std::optional<double> grab_time;  // X-UStreamer-Grab-(Begin-)Time: seconds, monotonic
  std::optional<bool> online;       // X-UStreamer-Online: false = this is a placeholder
  std::optional<unsigned> width;    // X-UStreamer-Width, pixels
  std::optional<unsigned> height;   // X-UStreamer-Height, pixels
};

bool is_multipart(std::string_view content_type);

// The boundary of a Content-Type (RFC 2046 5.1.1), without the leading dashes. malformed when it is
// no multipart type or names none.
Result<std::string> multipart_boundary(std::string_view content_type);

// Takes a stream as it comes, in pieces of any size. It has what RFC 2046 5.1 calls a body part for
// each picture: a delimiter line, a header, the body. A body ends after Content-Length bytes, where
// a JPEG ends by itself, or at the next delimiter, whichever is first where they do not agree. What
// a stream does not have, or has wrong, is done without: a JPEG begins a part wherever it stands,
// and what is broken costs that part, and not the stream. After an error the parser is of no use
// any more.
class MultipartParser {
 public:
  // An HTTP header of a part has some 500 bytes; a frame of an 8K camera some 10 MB.
  static constexpr std::size_t kMaxHeaderBytes = 16 * 1024;
  static constexpr std::size_t kMaxBodyBytes = 32 * 1024 * 1024;
  // A picture is about as large as those before.
  static constexpr std::size_t kRememberedLengths = 8;
  // A length beyond so many times the largest of those is not believed, nor is one beyond
  // kBelievedAtFirst before there are any: a wrong digit would have us wait for minutes. Such a
  // picture ends where it ends.
  static constexpr std::size_t kMostGrowth = 4;
  static constexpr std::size_t kBelievedAtFirst = 256 * 1024;
  // Before the first part.
  static constexpr std::size_t kMaxPreambleBytes = 64 * 1024;

  using Sink = std::function<void(Part&& part)>;

  // `boundary`: with or without the dashes before it; empty: JPEGs alone tell where parts begin.
  MultipartParser(std::string_view boundary, Sink sink);

  // malformed: this is no such stream.
  Result<> feed(std::string_view bytes);

  // The rest of a body whose length is known, to be written to without going through feed(). Empty
  // while something else comes next. Valid until the next call.
  std::span<std::uint8_t> body_space();

  // The first `count` bytes of body_space() have been written. To be followed by feed(), also when
  // nothing came behind them.
  void body_filled(std::size_t count);

  // So many bytes are worth waking for: the rest of a body whose length is known; between two such
  // bodies what brings the next `parts` of them (at least 1), judged by the smallest of the last
  // ones, but for a quarter of one that is there by the time it is read; else 1. The next part may
  // be smaller: look after a while, too.
  std::size_t worth_waking_for(std::size_t parts) const;

  // Whether a body comes next whose end is not known.
  bool in_open_body() const { return state_ == State::open_body; }

 private:
  // doubtful: a body has its length, and is no whole JPEG. What comes next says which is wrong.
  enum class State { preamble, headers, sized_body, doubtful, open_body };

  // Where a body ends, and what comes behind it begins.
  struct Cut {
    std::size_t end;
    std::size_t rest;
    bool is_whole = true;
  };

  // Each takes what it can from the front of `bytes`.
  Result<> take(std::string_view& bytes);
  Result<> take_line(std::string_view& bytes);
  void take_sized(std::string_view& bytes);
  void take_doubtful(std::string_view bytes);
  Result<> take_open(std::string_view& bytes);

  Result<> check_head_size();
  void on_line(std::string_view line);
  void on_header(std::string_view line);
  std::optional<std::string_view> behind_delimiter(std::string_view line) const;
  std::size_t find_delimiter(std::string_view body, std::size_t from) const;
  std::optional<Cut> find_cut();
  std::size_t known_at(std::size_t at) const;
  Cut cut_at_break(std::string_view jpeg) const;
  bool leave_out_junk();
  void begin_part();
  void begin_body();
  void remember_length(std::size_t length);
  bool is_believed(std::size_t length) const;
  void end_sized();
  bool has_line_of_dashes_behind_picture();
  void distrust_lengths();
  void cut_body(const Cut& cut);
  void finish_part();
  std::string_view body() const;

  std::string boundary_;         // without dashes
  std::size_t most_dashes_ = 0;  // before it, behind a body
  Sink sink_;
  State state_ = State::preamble;
  std::string line_;
  std::string given_back_;  // was taken for a body, and is none: comes before all else
  std::size_t head_bytes_ = 0;
  std::optional<std::size_t> length_;
  bool lengths_are_wrong_ = false;        // one was: none is believed any more
  bool any_part_ = false;                 // has come
  std::size_t filled_ = 0;                // of a body whose length is known
  std::deque<std::size_t> last_lengths_;  // of bodies
  bool is_measured_ = false;              // this body's length is known at its end, and remembered
  // Of an open body: no delimiter starts before this offset, and no picture in what is none yet.
  std::size_t searched_ = 0;
  bool is_jpeg_ = false;  // that body begins as one
  JpegEnd jpeg_end_;
  Part part_;
};

}  // namespace minidvr::capture
