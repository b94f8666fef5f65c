#include "integration/support/filmed.hpp"

#include "archive/iso_time.hpp"
#include "integration/support/recording_checks.hpp"

#include <cstring>
#include <functional>

#include <catch2/catch.hpp>

namespace minidvr::test {
namespace {

constexpr std::int64_t kFramesOfTheLast = 20;  // at least, that a test may count on

// When the first frame was captured, microseconds since 1970.
std::int64_t start_of(const Service& service, const std::string& name) {
  const auto index = get(service.app_port(), "/api/recordings/" + name + "/frames").body;
  std::int64_t start = 0;
  REQUIRE(index.size() >= 24);
  std::memcpy(&start, index.data() + 16, sizeof start);
  return start;
}

Service::Options with_short_segments(Service::Options options) {
  options.arguments.insert(options.arguments.end(),
                           {"--segment-seconds", "4", "--resolution", "640x480"});
  return options;
}

microseconds parse_timestamp(const std::string& text) {
  const auto dot = text.find('.');
  REQUIRE(text.size() == dot + 7);
  return microseconds(std::stoll(text.substr(0, dot) + text.substr(dot + 1)));
}

std::string header_of(const std::string& head, const std::string& name) {
  const auto at = head.find(name + ": ");
  REQUIRE(at != std::string::npos);
  const auto begin = at + name.size() + 2;
  return head.substr(begin, head.find('\r', begin) - begin);
}

}  // namespace

std::vector<Filmed> filmed(const Service& service) {
  std::vector<Filmed> frames;
  for (const auto& file : service.files()) {
    const std::string name = file.filename();
    const auto start = start_of(service, name);
    for (const auto& sample : samples_of(file)) {
      frames.push_back({name, microseconds(start + sample.time), sample.frame.number, sample.hash});
    }
  }
  return frames;
}

std::string time_text(microseconds since_1970) {
  return archive::utc_text(WallTime(since_1970));
}

void film(Service& service, std::size_t files) {
  REQUIRE(service.online());
  service.command("start");
  REQUIRE(records_after(service, static_cast<std::int64_t>(files) - 1));
  const auto written = [&] { return service.recorder().at("frames").as_int64(); };
  const auto before = written();
  REQUIRE(wait_until([&] { return written() >= before + kFramesOfTheLast; }, kPatience));
  service.command("stop");
  REQUIRE(wait_until(
      [&] {
        const auto listed = json(get(service.app_port(), "/api/recordings"));
        return listed.at("recordings").as_array().size() == service.files().size();
      },
      kPatience));
}

FilmedService::FilmedService(Service::Options options, std::size_t count)
    : service(with_short_segments(std::move(options))) {
  film(service, count);
  files = service.files();
  frames = filmed(service);
  REQUIRE(files.size() >= count);
}

FramesStream::FramesStream(std::uint16_t port, const std::string& query, int receive_buffer)
    : client_(port, receive_buffer) {
  client_.send("GET /api/frames" + query + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  head_ = client_.response();
  if (head_.status_line == kOk) client_.take_until("--boundarydonotcross");
}

std::optional<FramesStream::Part> FramesStream::next() {
  const auto begin = client_.take_until("\r\n");
  if (begin.empty()) return std::nullopt;
  REQUIRE(begin == "\r\n");
  client_.fill(2);
  const auto head = client_.take_until("\r\n");
  if (head == "--boundarydonotcross--\r\n") {
    ended_well_ = client_.at_end();
    return std::nullopt;
  }
  const auto lines = head + client_.take_until("\r\n\r\n");
  CHECK(header_of(lines, "Content-Type") == "image/jpeg");
  Part part;
  part.recording = header_of(lines, "X-Recording");
  part.captured = parse_timestamp(header_of(lines, "X-Timestamp"));
  const auto size = std::stoul(header_of(lines, "Content-Length"));
  if (!client_.fill(size)) return std::nullopt;
  part.jpeg = client_.take(size);
  client_.take_until("\r\n--boundarydonotcross");
  return part;
}

std::vector<Filmed> FramesStream::rest() {
  std::vector<Filmed> frames;
  while (const auto part = next())
    frames.push_back(as_filmed(*part));
  return frames;
}

Filmed as_filmed(const FramesStream::Part& part) {
  return {part.recording, part.captured, camera_frame(part.jpeg).number,
          std::hash<std::string>{}(part.jpeg)};
}

}  // namespace minidvr::test
