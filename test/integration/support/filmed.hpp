// A service that has recorded something without a break, over file boundaries, and what came of it.
#pragma once

#include "core/clock.hpp"
#include "integration/http/raw_client.hpp"
#include "integration/support/samples.hpp"
#include "integration/support/service.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/array.hpp>

namespace minidvr::test {

// A frame as a recording has it.
struct Filmed {
  std::string recording;     // the file's name
  microseconds captured{0};  // since 1970, as the file's index tells
  std::uint64_t number = 0;  // of the camera's frame
  std::size_t hash = 0;      // of its bytes
  bool operator==(const Filmed&) const = default;
};

// All frames of the published files, by the files' order.
std::vector<Filmed> filmed(const Service& service);

// ISO 8601, to the microsecond.
std::string time_text(microseconds since_1970);

class FilmedService {
 public:
  // `files`: how many at least.
  explicit FilmedService(Service::Options options = {}, std::size_t files = 2);

  Service service;
  std::vector<std::filesystem::path> files;
  std::vector<Filmed> frames;
};

// Records until there are as many files as that, or one more, and stops.
void film(Service& service, std::size_t files);

// One response of GET /api/frames, read part by part.
class FramesStream {
 public:
  struct Part {
    std::string recording;
    microseconds captured{0};
    std::string jpeg;
  };
  FramesStream(std::uint16_t port, const std::string& query, int receive_buffer = 0);

  const std::string& status_line() const { return head_.status_line; }
  const std::map<std::string, std::string>& headers() const { return head_.headers; }
  // nullopt at the end.
  std::optional<Part> next();
  // All that are left, as they are filmed.
  std::vector<Filmed> rest();
  // Whether it ended with the closing boundary.
  bool ended_well() const { return ended_well_; }

 private:
  RawClient client_;
  RawResponse head_;
  bool ended_well_ = false;
};

Filmed as_filmed(const FramesStream::Part& part);

}  // namespace minidvr::test
