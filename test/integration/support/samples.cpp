#include "integration/support/samples.hpp"

#include "capture/multipart_parser.hpp"
#include "core/file.hpp"
#include "recording/media_file.hpp"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <set>
#include <stdexcept>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <fcntl.h>
#include <sys/socket.h>

namespace minidvr::test {
namespace fs = std::filesystem;
namespace net = boost::asio;
using Clock = std::chrono::steady_clock;

CameraFrame camera_frame(const std::string& jpeg) {
  constexpr std::string_view tag = "minidvr-frame ";
  const auto at = jpeg.substr(0, 2048).find(tag);
  CameraFrame frame;
  if (at == std::string::npos) return frame;
  unsigned long number = 0;
  long captured = 0;
  if (std::sscanf(jpeg.c_str() + at + tag.size(), "%lu %ld", &number, &captured) == 2) {
    frame = {number, captured};
  }
  return frame;
}

std::vector<Sample> samples_of(const fs::path& file) {
  const std::string command =
      "ffprobe -v warning -show_entries packet=pts,duration,size,pos -of csv=p=0 '" +
      file.string() + "' 2>&1";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  std::ifstream bytes(file, std::ios::binary);
  std::vector<Sample> samples;
  char line[512];
  while (std::fgets(line, sizeof line, pipe.get()) != nullptr) {
    Sample sample;
    std::size_t size = 0;
    long position = 0;
    long time = 0;
    long duration = 0;
    if (std::sscanf(line, "%ld,%ld,%lu,%ld", &time, &duration, &size, &position) != 4) {
      throw std::runtime_error(file.string() + ": " + line);
    }
    std::string jpeg(size, '\0');
    bytes.seekg(position);
    bytes.read(jpeg.data(), static_cast<std::streamsize>(size));
    sample.frame = camera_frame(jpeg);
    sample.time = time;
    sample.duration = duration;
    sample.hash = std::hash<std::string>{}(jpeg);
    samples.push_back(sample);
  }
  return samples;
}

std::vector<Sample> samples_of(const std::vector<fs::path>& files) {
  std::vector<Sample> all;
  for (const auto& file : files) {
    const auto samples = samples_of(file);
    all.insert(all.end(), samples.begin(), samples.end());
  }
  return all;
}

bool is_complete(const std::filesystem::path& file) {
  const FileDescriptor media(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  return media && recording::media::verify(media.get()).has_value();
}

PreviewClient::PreviewClient(std::uint16_t preview_port)
    : thread_([this, preview_port] { read(preview_port); }) {}

PreviewClient::~PreviewClient() {
  stop();
}

void PreviewClient::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void PreviewClient::read(std::uint16_t port) {
  net::io_context io;
  net::ip::tcp::socket socket(io);
  boost::system::error_code ec;
  socket.connect({net::ip::address_v4::loopback(), port}, ec);
  net::write(socket, net::buffer(std::string("GET /stream?extra_headers=1 HTTP/1.0\r\n\r\n")), ec);
  const timeval patience{0, 100'000};
  ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  Clock::time_point last{};
  capture::MultipartParser parser("boundarydonotcross", [&](capture::Part&& part) {
    const std::string jpeg(part.body.begin(), part.body.end());
    const auto now = Clock::now();
    if (last != Clock::time_point{}) {
      longest_gap_ = std::max(longest_gap_, std::chrono::duration<double>(now - last).count());
    }
    last = now;
    const auto frame = camera_frame(jpeg);
    if (frame.number == 0) return;
    seen_[frame.number] = std::hash<std::string>{}(jpeg);
    if (part.grab_time) taken_[frame.number] = std::llround(*part.grab_time * 1e6);
  });
  std::vector<char> buffer(1 << 18);
  bool in_body = false;
  std::string head;
  while (!stopping_) {
    const auto n = ::recv(socket.native_handle(), buffer.data(), buffer.size(), 0);
    if (n == 0) return;
    if (n < 0) continue;
    std::string_view bytes(buffer.data(), static_cast<std::size_t>(n));
    if (!in_body) {
      head += bytes;
      const auto end = head.find("\r\n\r\n");
      if (end == std::string::npos) continue;
      in_body = true;
      if (!parser.feed(std::string_view(head).substr(end + 4))) return;
    } else if (!parser.feed(bytes)) {
      return;
    }
  }
}

FolderWatch::FolderWatch(fs::path folder) {
  thread_ = std::thread([this, folder = std::move(folder)] {
    std::set<std::string> complete;
    while (!stopping_) {
      std::error_code ec;
      for (const auto& entry : fs::directory_iterator(folder, ec)) {
        const auto name = entry.path().filename().string();
        if (entry.path().extension() != ".mp4" || complete.contains(name)) continue;
        if (is_complete(entry.path())) {
          complete.insert(name);
        } else {
          incomplete_.push_back(name);
        }
      }
      ++looks_;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  });
}

FolderWatch::~FolderWatch() {
  stop();
}

void FolderWatch::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

}  // namespace minidvr::test
