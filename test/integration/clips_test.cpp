// Clips through the whole program: what is in them, and what is left when they come to nothing.

#include "integration/support/controls.hpp"
#include "integration/support/filmed.hpp"
#include "integration/support/recording_checks.hpp"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <thread>

#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <sys/mount.h>

using namespace minidvr;
using namespace minidvr::test;
namespace fs = std::filesystem;
namespace js = boost::json;

namespace {

std::string clip_body(microseconds from, microseconds to, const std::string& more = "") {
  return fmt::format(R"({{"from":"{}","to":"{}"{}}})", time_text(from), time_text(to), more);
}

// The whole of what was filmed.
std::string all_of(const FilmedService& filmed, const std::string& more = "") {
  return clip_body(filmed.frames.front().captured, filmed.frames.back().captured + 1s, more);
}

HttpAnswer ask_for_clip(const Service& service, const std::string& body) {
  return request(service.app_port(), "POST", "/api/clips", body);
}

std::string id_of(const HttpAnswer& answer) {
  CAPTURE(answer.body);
  REQUIRE(answer.status == 202);
  return js::value_to<std::string>(json(answer).at("id"));
}

js::object clip_with(const Service& service, const std::string& id) {
  return json(get(service.app_port(), "/api/clips/" + id));
}

std::string state_of(const js::object& clip) {
  return js::value_to<std::string>(clip.at("state"));
}

// What runs at idle priority gets next to nothing beside others that want all.
constexpr std::chrono::minutes kIdlePatience{10};

js::object when_over(const Service& service, const std::string& id) {
  js::object clip;
  REQUIRE(wait_until(
      [&] {
        clip = clip_with(service, id);
        return state_of(clip) != "waiting" && state_of(clip) != "running";
      },
      kIdlePatience));
  return clip;
}

fs::path clips_folder(const Service& service) {
  return service.recordings() / "clips";
}

fs::path file_of(const Service& service, const js::object& clip) {
  return clips_folder(service) / js::value_to<std::string>(clip.at("name"));
}

// How many files lie in the folder of clips, also of those that are being made.
std::ptrdiff_t files_left(const Service& service) {
  std::error_code ec;
  const auto is_file = [](const fs::directory_entry& entry) { return entry.is_regular_file(); };
  return std::count_if(fs::recursive_directory_iterator(clips_folder(service), ec),
                       fs::recursive_directory_iterator(), is_file);
}

// The file has frames first, first + every, ... of what was filmed, with the times of their
// capture.
void check_clip(const fs::path& file, const std::vector<Filmed>& frames, std::size_t first,
                std::size_t count, std::size_t every = 1) {
  CHECK(is_complete(file));
  const auto samples = samples_of(file);
  REQUIRE(samples.size() == count);
  for (std::size_t i = 0; i < count; ++i) {
    CAPTURE(i);
    const auto& frame = frames.at(first + i * every);
    CHECK(samples[i].frame.number == frame.number);
    CHECK(samples[i].hash == frame.hash);
    CHECK(samples[i].time == (frame.captured - frames[first].captured).count());
  }
}

// Times of a film's decoded pictures, microseconds.
std::vector<std::int64_t> decoded(const fs::path& file) {
  const std::string command =
      "ffprobe -v error -show_entries frame=pts_time -of csv=p=0 '" + file.string() + "' 2>&1";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  std::vector<std::int64_t> times;
  char line[128];
  while (std::fgets(line, sizeof line, pipe.get()) != nullptr) {
    if (double time = 0; std::sscanf(line, "%lf", &time) == 1)
      times.push_back(std::llround(time * 1e6));
  }
  return times;
}

// An ffmpeg that begins its clips when the test says so, or makes them at the pace of their times;
// recordings are none of its business.
struct OddTool {
  explicit OddTool(const std::string& how) {
    script(path(), "case \"$*\" in *clips/.partial*) " + how +
                       ";; esac\n"
                       "exec ffmpeg \"$@\"");
  }
  static OddTool waits() { return OddTool("while [ ! -e \"${0%/*}/go\" ]; do sleep 0.02; done"); }
  static OddTool is_slow() { return OddTool("exec ffmpeg -re \"$@\""); }
  void go() const { folder_->write("go", ""); }
  fs::path path() const { return folder_->path() / "ffmpeg"; }
  Service::Options options() const {
    Service::Options options;
    options.arguments = {"--ffmpeg-bin", path().string()};
    return options;
  }

 private:
  std::unique_ptr<TemporaryFolder> folder_ = std::make_unique<TemporaryFolder>();
};

// 100 MB of memory that looks like a disk.
class SmallDiskForClips {
 public:
  SmallDiskForClips()
      : mounted_(::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=100m") == 0) {}
  ~SmallDiskForClips() {
    if (mounted_) ::umount2(folder_.path().c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  const fs::path& path() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
  bool mounted_;
};

}  // namespace

TEST_CASE("a clip over a file boundary has the camera's frames, at their times, and is told of") {
  FilmedService filmed;
  const Service& service = filmed.service;
  const auto& frames = filmed.frames;
  WebSocket socket(service.app_port());
  const auto last = frames.size() - 7;
  const auto body = clip_body(frames[5].captured, frames[last].captured, R"(,"name":"the door")");
  const auto id = id_of(ask_for_clip(service, body));
  js::object message;
  do {
    const auto told = socket.await("clip", kIdlePatience);
    REQUIRE(told);
    message = *told;
    CHECK(js::value_to<std::string>(message.at("id")) == id);
  } while (!message.contains("state"));
  CHECK(state_of(message) == "done");
  CHECK(message.at("progress").to_number<double>() == 1);
  const auto clip = clip_with(service, id);
  CHECK(state_of(clip) == "done");
  CHECK(clip.at("lossless").as_bool());
  CHECK(clip.at("frames").to_number<std::size_t>() == last - 5);
  CHECK(clip.at("name").as_string() == "the door.mp4");
  check_clip(file_of(service, clip), frames, 5, last - 5);
  CHECK(files_left(service) == 1);

  RawClient client(service.app_port());
  const auto file = client.get("/clips/the%20door.mp4?download=1");
  CHECK(file.status_line == kOk);
  CHECK(file.headers.at("Content-Type") == "video/mp4");
  CHECK(file.headers.at("Content-Disposition") == "attachment; filename=\"the door.mp4\"");
  CHECK(file.body.size() == clip.at("bytes").to_number<std::size_t>());
  client.send("GET /clips/the%20door.mp4 HTTP/1.1\r\nHost: test\r\nRange: bytes=100-199\r\n\r\n");
  const auto part = client.response();
  CHECK(part.status_line == "HTTP/1.1 206 Partial Content");
  CHECK((part.body == file.body.substr(100, 100)));
}

TEST_CASE("each 30th frame becomes a timelapse, or keeps its time") {
  FilmedService filmed;
  const Service& service = filmed.service;
  const auto count = (filmed.frames.size() + 29) / 30;
  const auto kept = id_of(ask_for_clip(service, all_of(filmed, R"(,"every":30)")));
  const auto fast = id_of(ask_for_clip(service, all_of(filmed, R"(,"every":30,"fps":12.5)")));
  check_clip(file_of(service, when_over(service, kept)), filmed.frames, 0, count, 30);
  const auto clip = when_over(service, fast);
  CHECK(clip.at("seconds").to_number<double>() ==
        Approx(static_cast<double>(count) * 0.08).margin(0.001));
  const auto samples = samples_of(file_of(service, clip));
  REQUIRE(samples.size() == count);
  for (std::size_t i = 0; i < count; ++i) {
    CHECK(samples[i].hash == filmed.frames[30 * i].hash);
    CHECK(samples[i].time == static_cast<std::int64_t>(i) * 80'000);
  }
}

TEST_CASE("a clip for players that know no JPEGs has all frames, at their times, and says so") {
  FilmedService filmed;
  const Service& service = filmed.service;
  const auto id = id_of(ask_for_clip(service, all_of(filmed, R"(,"format":"h264")")));
  const auto clip = when_over(service, id);
  CHECK(state_of(clip) == "done");
  CHECK_FALSE(clip.at("lossless").as_bool());
  CHECK(clip.at("format").as_string() == "h264");
  const auto file = file_of(service, clip);
  CHECK(is_complete(file));
  const auto times = decoded(file);
  REQUIRE(times.size() == filmed.frames.size());
  for (std::size_t i = 0; i < times.size(); ++i) {
    const auto time = (filmed.frames[i].captured - filmed.frames[0].captured).count();
    CHECK(std::abs(times[i] - time) <= 1000);
  }
}

TEST_CASE("what is being written can be cut, and loses no frame by that") {
  Service service({"--segment-seconds", "4", "--resolution", "640x480"});
  REQUIRE(service.online());
  PreviewClient preview(service.preview_port());
  service.command("start");
  REQUIRE(records_after(service, 1));
  const auto now =
      std::chrono::floor<microseconds>(std::chrono::system_clock::now().time_since_epoch());
  std::vector<std::string> ids;
  for (const std::string more : {"", R"(,"format":"h264")", R"(,"every":3)"})
    ids.push_back(id_of(ask_for_clip(service, clip_body(now - 1h, now + 1h, more))));
  std::vector<js::object> clips;
  for (const auto& id : ids)
    clips.push_back(when_over(service, id));
  REQUIRE(records_after(service, 2));
  service.command("stop");
  const auto frames = filmed(service);
  for (const auto& clip : clips) {
    CAPTURE(js::serialize(clip));
    REQUIRE(state_of(clip) == "done");
  }
  const auto count = clips[0].at("frames").to_number<std::size_t>();
  CHECK(count > 0);
  check_clip(file_of(service, clips[0]), frames, 0, count);
  CHECK(decoded(file_of(service, clips[1])).size() ==
        clips[1].at("frames").to_number<std::size_t>());
  check_clip(file_of(service, clips[2]), frames, 0, clips[2].at("frames").to_number<std::size_t>(),
             3);
  check_nothing_lost(service, preview);
  CHECK(service.recorder().at("dropped_frames").as_int64() == 0);
}

TEST_CASE("a clip that is cancelled, or whose ffmpeg is killed half-way, leaves nothing") {
  const auto tool = OddTool::is_slow();
  FilmedService filmed(tool.options());
  const Service& service = filmed.service;
  const auto is_under_way = [&](const std::string& id) {
    return wait_until(
        [&] {
          const auto clip = clip_with(service, id);
          return clip.at("progress").to_number<double>() > 0 && files_left(service) == 1 &&
                 service.ffmpeg().has_value();
        },
        kIdlePatience);
  };
  const auto killed = id_of(ask_for_clip(service, all_of(filmed)));
  const auto waiting = id_of(ask_for_clip(service, all_of(filmed)));
  REQUIRE(is_under_way(killed));
  ::kill(*service.ffmpeg(), SIGKILL);
  const auto clip = when_over(service, killed);
  CHECK(state_of(clip) == "failed");
  CHECK(field(clip, "detail").find("was killed by signal 9") != std::string::npos);

  REQUIRE(is_under_way(waiting));
  const auto cancelled = request(service.app_port(), "DELETE", "/api/clips/" + waiting);
  CHECK(cancelled.status == 200);
  CHECK(state_of(json(cancelled)) == "cancelled");
  CHECK(files_left(service) == 0);
  CHECK_FALSE(service.ffmpeg().has_value());

  // The next one, cut off by the end of the program, which waits for nothing.
  REQUIRE(is_under_way(id_of(ask_for_clip(service, all_of(filmed)))));
  CHECK(filmed.service.terminate() == 0);
  CHECK(files_left(service) == 0);
}

TEST_CASE("what a killed program left of a clip goes at the next start, which lists the others") {
  const auto tool = OddTool::is_slow();
  FilmedService filmed(tool.options());
  Service& service = filmed.service;
  const auto few = clip_body(filmed.frames[0].captured, filmed.frames[3].captured);
  const auto done = when_over(service, id_of(ask_for_clip(service, few)));
  REQUIRE(state_of(done) == "done");
  ask_for_clip(service, all_of(filmed));
  REQUIRE(wait_until([&] { return files_left(service) == 2; }, kIdlePatience));
  service.kill();
  service.start();
  CHECK(wait_until([&] { return files_left(service) == 1; }, kIdlePatience));
  const auto listed = json(get(service.app_port(), "/api/clips")).at("clips").as_array();
  REQUIRE(listed.size() == 1);
  const auto& kept = listed[0].as_object();
  for (const auto* what : {"name", "bytes", "frames", "start", "state"})
    CHECK(kept.at(what) == done.at(what));
  CHECK(request(service.app_port(), "DELETE", "/api/clips/" + field(kept, "id")).status == 200);
  CHECK(files_left(service) == 0);
}

TEST_CASE("a disk that fails while the header is written makes no clip, and says why",
          "[plain][preload]") {
  TemporaryFolder folder;
  Service::Options options;
  options.environment = {std::string("LD_PRELOAD=") + MINIDVR_FAILING_DISK,
                         "FAILING_DISK_FILE=" + (folder.path() / "fails").string()};
  FilmedService filmed(std::move(options));
  folder.write("fails", "trailer");
  const auto clip = when_over(filmed.service, id_of(ask_for_clip(filmed.service, all_of(filmed))));
  CHECK(state_of(clip) == "failed");
  CHECK_FALSE(field(clip, "detail").empty());
  CHECK(files_left(filmed.service) == 0);
}

TEST_CASE("a disk that is too full is said before a clip is made, and while it is") {
  const SmallDiskForClips folder;
  if (!folder.mounted()) {
    WARN("not run: no right to mount a small disk");
    return;
  }
  const auto tool = OddTool::waits();
  auto options = tool.options();
  options.recordings = folder.path() / "recordings";
  FilmedService filmed(std::move(options));
  const Service& service = filmed.service;
  const auto filler = folder.path() / "filler";
  const auto leave = [&](std::uintmax_t free) {
    std::ofstream(filler, std::ios::binary).flush();
    const auto now = fs::space(folder.path()).available;
    REQUIRE(now > free);
    std::ofstream(filler, std::ios::binary) << std::string(now - free, 'x');
  };
  const auto id = id_of(ask_for_clip(service, all_of(filmed)));
  REQUIRE(wait_until([&] { return service.ffmpeg().has_value(); }, kIdlePatience));
  leave(1 << 20);
  tool.go();
  const auto clip = when_over(service, id);
  CHECK(state_of(clip) == "failed");
  const auto detail = field(clip, "detail");
  CAPTURE(detail);
  CHECK((detail.find("too full") != std::string::npos ||
         detail.find("No space left") != std::string::npos));
  CHECK(files_left(service) == 0);

  const auto refused = ask_for_clip(service, all_of(filmed));
  CHECK(refused.status == 503);
  CHECK(field(json(refused), "detail").starts_with("the disk is too full for the clip"));
  CHECK(files_left(service) == 0);
  fs::remove(filler);
  CHECK(state_of(when_over(service, id_of(ask_for_clip(service, all_of(filmed))))) == "done");
}

TEST_CASE("what is asked of clips wrongly is refused, and why") {
  FilmedService filmed;
  const Service& service = filmed.service;
  const auto port = service.app_port();
  const std::string time = R"("2026-11-24T10:00:00")";
  const std::string later = R"("2026-11-24T11:00:00")";
  const std::string times = R"("from":)" + time + R"(,"to":)" + later;
  const std::vector<std::pair<std::string, unsigned>> bodies{
      {"x", 400},
      {"[]", 400},
      {"{}", 400},
      {R"({"from":)" + time + "}", 400},
      {R"({"from":"yesterday","to":)" + later + "}", 400},
      {"{" + times + R"(,"speed":1})", 400},
      {R"({"from":1,"to":2})", 422},
      {R"({"from":)" + later + R"(,"to":)" + time + "}", 422},
      {R"({"from":"2026-11-20","to":"2026-11-24"})", 422},
      {"{" + times + R"(,"every":0})", 422},
      {"{" + times + R"(,"every":1.5})", 422},
      {"{" + times + R"(,"every":"2"})", 422},
      {"{" + times + R"(,"fps":0})", 422},
      {"{" + times + R"(,"fps":1000})", 422},
      {"{" + times + R"(,"fps":"30"})", 422},
      {"{" + times + R"(,"name":1})", 422},
      {"{" + times + R"(,"name":"../x"})", 422},
      {"{" + times + R"(,"name":""})", 422},
      {"{" + times + R"(,"format":"h265"})", 422},
      {"{" + times + R"(,"format":1})", 422},
      {R"({"from":"2020-01-01","to":"2020-01-02"})", 404}};
  for (const auto& [body, status] : bodies) {
    CAPTURE(body);
    const auto answer = ask_for_clip(service, body);
    CHECK(answer.status == status);
    CHECK(json(answer).contains("detail"));
  }
  for (const std::string target : {"/api/clips/x", "/api/clips/0123456789abcdef"}) {
    CHECK(get(port, target).status == 404);
    CHECK(request(port, "DELETE", target).status == 404);
  }
  for (const std::string name : {"x.mp4", "..", "%2e%2e%2fx.mp4", "..%2f..%2fx", ".partial", "%00"})
    CHECK((get(port, "/clips/" + name).status == 404 || get(port, "/clips/" + name).status == 400));
  CHECK(request(port, "PUT", "/api/clips", "{}").status == 405);
  CHECK(json(get(port, "/api/clips")).at("clips").as_array().empty());
  CHECK(files_left(service) == 0);
}
