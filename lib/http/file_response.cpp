#include "http/file_response.hpp"

#include "http/byte_range.hpp"
#include "http/validators.hpp"

#include <algorithm>
#include <cerrno>
#include <vector>

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

namespace minidvr::http {
namespace {

// Large enough that a disk and a fast link are kept busy, small enough for many clients.
constexpr std::size_t kChunk = 256 * 1024;

// One client's part of a file, a chunk at a time.
class FilePart : public BodySource {
 public:
  FilePart(BlockingPool& pool, std::shared_ptr<const FileDescriptor> file, ByteRange range)
      : pool_(pool), file_(std::move(file)), range_(range) {}

  std::optional<std::uint64_t> size() const override { return range_.length; }

  Task<std::span<const char>> next() override {
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(kChunk, left()));
    buffer_.resize(length);
    auto read = [this] { return read_chunk(); };
    const std::size_t count = co_await run_blocking(pool_, std::move(read));
    sent_ += count;
    co_return std::span<const char>(buffer_).first(count);
  }

 private:
  std::uint64_t left() const { return range_.length - sent_; }

  std::size_t read_chunk() {
    for (;;) {
      const ssize_t n = ::pread(file_->get(), buffer_.data(), buffer_.size(),
                                static_cast<off_t>(range_.first + sent_));
      if (n < 0 && errno == EINTR) continue;
      return n < 0 ? 0 : static_cast<std::size_t>(n);
    }
  }

  BlockingPool& pool_;
  std::shared_ptr<const FileDescriptor> file_;
  ByteRange range_;
  std::uint64_t sent_ = 0;
  std::vector<char> buffer_;
};

}  // namespace

Response file_response(const Request& request, BlockingPool& pool, ServedFile file) {
  Response response;
  response.headers = {{"Accept-Ranges", "bytes"}, {"Cache-Control", "no-cache"}};
  if (!file.etag.empty()) response.headers.emplace_back("ETag", file.etag);
  if (!file.etag.empty() && has_version(request.header(Field::if_none_match), file.etag)) {
    response.status = Status::not_modified;
    return response;
  }
  const auto asked = requested_range(request.header(Field::range), request.header(Field::if_range),
                                     file.etag, file.bytes);
  if (std::holds_alternative<Unsatisfiable>(asked)) {
    Response refused = error_response(
        Status::range_not_satisfiable,
        fmt::format("the range lies behind the end; there are {} bytes", file.bytes));
    refused.headers.emplace_back("Content-Range", fmt::format("bytes */{}", file.bytes));
    return refused;
  }
  ByteRange range{0, file.bytes};
  if (const auto* part = std::get_if<ByteRange>(&asked)) {
    range = *part;
    response.status = Status::partial_content;
    response.headers.emplace_back(
        "Content-Range",
        fmt::format("bytes {}-{}/{}", range.first, range.first + range.length - 1, file.bytes));
  }
  if (!file.download_name.empty()) {
    response.headers.emplace_back("Content-Disposition",
                                  fmt::format("attachment; filename=\"{}\"", file.download_name));
  }
  response.content_type = std::move(file.content_type);
  response.source = std::make_shared<FilePart>(pool, std::move(file.file), range);
  return response;
}

}  // namespace minidvr::http
