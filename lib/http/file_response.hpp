// A file, or a part of it, that is read while it is sent.
#pragma once

#include "core/blocking.hpp"
#include "core/file.hpp"
#include "http/message.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace minidvr::http {

struct ServedFile {
  std::shared_ptr<const FileDescriptor> file;
  std::uint64_t bytes = 0;  // of the file; what is shorter when it is read ends the connection
  std::string etag;         // strong, with its quotes; empty: it has none, as it may change
  std::string content_type;
  std::string download_name;  // for a client that is to save it; empty: it may show it
};

// 200, 206, 304 or 416, as Range, If-Range and If-None-Match ask for it. The file is read on
// `pool`, so that a disk that hangs keeps nobody else waiting.
Response file_response(const Request& request, BlockingPool& pool, ServedFile file);

}  // namespace minidvr::http
