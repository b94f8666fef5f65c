// What is really in a recording, and what the camera really delivered.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace minidvr::test {

// The virtual camera writes into every JPEG which frame it is and when it was captured.
struct CameraFrame {
  std::uint64_t number = 0;
  std::int64_t captured = 0;  // microseconds, CLOCK_MONOTONIC
};

// {0, 0} when it is not a frame of the virtual camera, such as ustreamer's placeholder.
CameraFrame camera_frame(const std::string& jpeg);

struct Sample {
  CameraFrame frame;
  std::int64_t time = 0;      // microseconds since the start of the file
  std::int64_t duration = 0;  // microseconds
  std::size_t hash = 0;       // of its bytes
};

// All samples of a file, as ffprobe finds them. Throws when ffprobe complains.
std::vector<Sample> samples_of(const std::filesystem::path& file);
// Of several files, one after the other.
std::vector<Sample> samples_of(const std::vector<std::filesystem::path>& files);

// moov before mdat, and the boxes fill the file.
bool is_complete(const std::filesystem::path& file);

// A client of ustreamer, as a browser is one: notes every frame that passes and the time between
// them.
class PreviewClient {
 public:
  explicit PreviewClient(std::uint16_t preview_port);
  ~PreviewClient();

  // Ends the reading. What was seen stays.
  void stop();
  // Frame number -> hash of its bytes. Only after stop().
  const std::map<std::uint64_t, std::size_t>& seen() const { return seen_; }
  // Frame number -> when ustreamer took it from the camera: microseconds, CLOCK_MONOTONIC. Only
  // after stop().
  const std::map<std::uint64_t, std::int64_t>& taken() const { return taken_; }
  double longest_gap() const { return longest_gap_; }  // seconds

 private:
  void read(std::uint16_t port);

  std::atomic<bool> stopping_{false};
  std::map<std::uint64_t, std::size_t> seen_;
  std::map<std::uint64_t, std::int64_t> taken_;
  double longest_gap_ = 0;
  std::thread thread_;
};

// Sees every name that ever appears in a folder and whether it was complete then.
class FolderWatch {
 public:
  explicit FolderWatch(std::filesystem::path folder);
  ~FolderWatch();
  void stop();
  std::size_t looks() const { return looks_; }
  const std::vector<std::string>& incomplete() const { return incomplete_; }

 private:
  std::atomic<bool> stopping_{false};
  std::size_t looks_ = 0;
  std::vector<std::string> incomplete_;
  std::thread thread_;
};

}  // namespace minidvr::test
