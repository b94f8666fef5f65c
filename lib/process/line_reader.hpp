// Bytes in, lines out.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace minidvr::process {

// Cuts what a child prints into lines. Lines end with \n or \r (progress displays); empty ones are
// left out; longer ones than kMaxLine are cut there and the rest of the line is dropped.
class LineReader {
 public:
  static constexpr std::size_t kMaxLine = 2048;  // bytes: log lines of ours and theirs are shorter

  using Sink = std::function<void(std::string_view line)>;

  explicit LineReader(Sink sink) : sink_(std::move(sink)) {}

  void feed(std::string_view bytes) {
    for (const char c : bytes) {
      if (c == '\n' || c == '\r') {
        finish();
      } else if (line_.size() < kMaxLine) {
        line_ += c;
      }
    }
  }

  // The stream has ended: what there is of the last line is a line.
  void finish() {
    if (!line_.empty()) sink_(line_);
    line_.clear();
  }

 private:
  Sink sink_;
  std::string line_;
};

}  // namespace minidvr::process
