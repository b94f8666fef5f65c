// What was recorded can be found and read through the whole program.

#include "integration/http/raw_client.hpp"
#include "integration/support/recording_checks.hpp"
#include "integration/support/samples.hpp"
#include "integration/support/service.hpp"
#include "support/file_bytes.hpp"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include <boost/json/array.hpp>
#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::test;
namespace fs = std::filesystem;
namespace json_ns = boost::json;

namespace {

std::string content_of(const fs::path& file) {
  return test::file_bytes(file);
}

json_ns::array listed(const Service& service, const std::string& query = "") {
  const auto answer = json(get(service.app_port(), "/api/recordings" + query));
  REQUIRE(answer.contains("recordings"));
  return answer.at("recordings").as_array();
}

std::string name_of(const json_ns::value& recording) {
  return json_ns::value_to<std::string>(recording.at("name"));
}

template <class Number>
Number little(const std::string& bytes, std::size_t at) {
  Number value{};
  REQUIRE(at + sizeof value <= bytes.size());
  std::memcpy(&value, bytes.data() + at, sizeof value);  // as the machines we run on count
  return value;
}

RawResponse ask(const Service& service, const std::string& method, const std::string& target,
                const std::string& headers = "") {
  RawClient client(service.app_port());
  client.send(method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n");
  return client.response(method != "HEAD");
}

// Two recordings, published and listed.
struct RecordedService {
  RecordedService() : service({"--segment-seconds", "5", "--resolution", "640x480"}) {
    REQUIRE(service.online());
    for (int i = 0; i < 2; ++i) {
      service.command("start");
      REQUIRE(records(service));
      std::this_thread::sleep_for(1500ms);
      service.command("stop");
      std::this_thread::sleep_for(300ms);  // a gap, however fast a stop is
    }
    files = service.files();
    REQUIRE(files.size() >= 2);
    REQUIRE(wait_until([this] { return listed(service).size() == files.size(); }, kPatience));
  }
  Service service;
  std::vector<fs::path> files;
};

}  // namespace

TEST_CASE("what was recorded is listed: when, how long, how many frames, and read byte for byte") {
  RecordedService recorded;
  const Service& service = recorded.service;
  const auto recordings = listed(service);
  for (std::size_t i = 0; i < recordings.size(); ++i) {
    const auto& file = recorded.files[recorded.files.size() - 1 - i];  // newest first
    const auto& recording = recordings[i].as_object();
    CHECK(name_of(recording) == file.filename());
    CHECK(recording.at("state").as_string() == "complete");
    CHECK(recording.at("width").to_number<int>() == 640);
    CHECK(recording.at("bytes").to_number<std::uint64_t>() == fs::file_size(file));
    const auto samples = samples_of(file);
    CHECK(recording.at("frames").to_number<std::size_t>() == samples.size());
    const auto length = static_cast<double>(samples.back().time + samples.back().duration) / 1e6;
    CHECK(recording.at("seconds").to_number<double>() == Approx(length).margin(0.002));
    const auto one = get(service.app_port(), "/api/recordings/" + name_of(recording));
    CHECK(one.status == 200);
    CHECK(json(one) == recording);

    const auto whole = ask(service, "GET", "/recordings/" + name_of(recording));
    CHECK(whole.status_line == kOk);
    CHECK(whole.headers.at("Content-Type") == "video/mp4");
    CHECK((whole.body == content_of(file)));
  }
  // The stop between them lasted longer than a frame.
  CHECK(recordings.front().at("gap_before").to_number<double>() > 0.05);
  const auto days = json(get(service.app_port(), "/api/recordings/days")).at("days").as_array();
  std::size_t count = 0;
  for (const auto& day : days)
    count += day.at("recordings").to_number<std::size_t>();
  CHECK(count == recordings.size());
}

TEST_CASE("the index of a recording leads to every frame of the camera, at its time of capture") {
  RecordedService recorded;
  const Service& service = recorded.service;
  const auto& file = recorded.files.front();
  const std::string name = file.filename();
  const auto samples = samples_of(file);
  const std::string bytes = content_of(file);
  const auto index = get(service.app_port(), "/api/recordings/" + name + "/frames");
  REQUIRE(index.status == 200);
  REQUIRE(index.body.substr(0, 8) == "MDVRFRM1");
  REQUIRE(little<std::uint32_t>(index.body, 8) == samples.size());
  CHECK(little<std::uint32_t>(index.body, 12) == 0);
  CHECK(index.body.size() == 32 + 8 * samples.size());
  const auto start = little<std::int64_t>(index.body, 16);
  auto offset = little<std::uint64_t>(index.body, 24);
  std::int64_t time = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    CAPTURE(i);
    const auto size = little<std::uint32_t>(index.body, 32 + 8 * i);
    time += little<std::uint32_t>(index.body, 36 + 8 * i);
    REQUIRE(time == samples[i].time);
    const std::string jpeg = bytes.substr(offset, size);
    REQUIRE(camera_frame(jpeg).number == samples[i].frame.number);
    if (i % 10 == 0) {
      const auto target = "/recordings/" + name + "/frame?n=" + std::to_string(i);
      const auto frame = ask(service, "GET", target);
      REQUIRE((frame.body == jpeg));
      // A gallery that is opened again has its pictures.
      const auto again =
          ask(service, "GET", target, "If-None-Match: " + frame.headers.at("ETag") + "\r\n");
      CHECK(again.status_line == "HTTP/1.1 304 Not Modified");
      CHECK(frame.headers.at("Content-Type") == "image/jpeg");
      const auto at = static_cast<double>(start + time) / 1e6;
      CHECK(std::stod(frame.headers.at("X-Timestamp")) == Approx(at).margin(0.0001).epsilon(0));
      // Asked for by its time, it is the same one until the next is shown.
      const auto later = std::to_string(static_cast<double>(time + samples[i].duration / 2) / 1e6);
      CHECK((get(service.app_port(), "/recordings/" + name + "/frame?t=" + later).body == jpeg));
    }
    offset += size;
  }
  const auto part = get(service.app_port(), "/api/recordings/" + name + "/frames?first=10").body;
  CHECK(little<std::uint32_t>(part, 8) == samples.size() - 10);
  CHECK(part.substr(32) == index.body.substr(32 + 80));
  const auto first = std::to_string(samples.size());
  CHECK(get(service.app_port(), "/api/recordings/" + name + "/frames?first=" + first).body.size() ==
        32);
}

TEST_CASE("a recording starts when its first frame was captured, and not at a whole second") {
  RecordedService recorded;
  // The virtual camera tells on the monotonic clock, the recorder on the wall clock: between any
  // two recordings there is the same time on both.
  std::vector<std::int64_t> walls;
  std::vector<std::int64_t> captured;
  for (const auto& file : recorded.files) {
    const auto index = get(recorded.service.app_port(),
                           "/api/recordings/" + file.filename().string() + "/frames?first=0");
    walls.push_back(little<std::int64_t>(index.body, 16));
    captured.push_back(samples_of(file).front().frame.captured);
  }
  for (std::size_t i = 1; i < walls.size(); ++i) {
    const auto difference = (walls[i] - walls[0]) - (captured[i] - captured[0]);
    // ustreamer tells milliseconds, and on a busy machine notes them late; a name tells seconds.
    CHECK(std::abs(difference) < 500'000);
    CHECK(walls[i] % 1'000'000 != 0);
  }
}

TEST_CASE("a download can be broken off and gone on with, and knows when the file is another") {
  RecordedService recorded;
  const Service& service = recorded.service;
  const std::string target = "/recordings/" + recorded.files.front().filename().string();
  const std::string bytes = content_of(recorded.files.front());
  const auto size = std::to_string(bytes.size());
  const auto head = ask(service, "HEAD", target);
  CHECK(head.status_line == kOk);
  CHECK(head.headers.at("Content-Length") == size);
  CHECK(head.headers.at("Accept-Ranges") == "bytes");
  const std::string etag = head.headers.at("ETag");
  CHECK(etag.starts_with('"'));

  const auto part = ask(service, "GET", target, "Range: bytes=1000-1999\r\n");
  CHECK(part.status_line == "HTTP/1.1 206 Partial Content");
  CHECK(part.headers.at("Content-Range") == "bytes 1000-1999/" + size);
  CHECK((part.body == bytes.substr(1000, 1000)));
  const auto rest =
      ask(service, "GET", target, "Range: bytes=300000-\r\nIf-Range: " + etag + "\r\n");
  CHECK((rest.body == bytes.substr(300'000)));
  const auto other = ask(service, "GET", target, "Range: bytes=300000-\r\nIf-Range: \"x\"\r\n");
  CHECK(other.status_line == kOk);
  CHECK((other.body == bytes));
  const auto behind = ask(service, "GET", target, "Range: bytes=" + size + "-\r\n");
  CHECK(behind.status_line == "HTTP/1.1 416 Range Not Satisfiable");
  CHECK(behind.headers.at("Content-Range") == "bytes */" + size);
  CHECK(ask(service, "GET", target, "If-None-Match: " + etag + "\r\n").status_line ==
        "HTTP/1.1 304 Not Modified");
  const auto saved = ask(service, "GET", target + "?download=1", "Range: bytes=0-0\r\n");
  CHECK(saved.headers.at("Content-Disposition") ==
        "attachment; filename=\"" + recorded.files.front().filename().string() + "\"");

  // One connection serves them all, one after the other.
  RawClient client(service.app_port());
  for (int i = 0; i < 3; ++i)
    CHECK((client.get(target).body == bytes));
  // A client that goes in the middle, many times, leaves nothing behind.
  for (int i = 0; i < 20; ++i) {
    RawClient leaves(service.app_port(), 4096);
    leaves.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    leaves.fill(1000);
  }
  CHECK(service.health().status == 200);
}

TEST_CASE("a recording is protected, noted, deleted and had back, and everybody is told") {
  RecordedService recorded;
  const Service& service = recorded.service;
  const std::string name = recorded.files.front().filename();
  const std::string target = "/api/recordings/" + name;
  WebSocket socket(service.app_port());
  const auto is_told = [&](const char* what) {
    const auto message = socket.await("recordings");
    REQUIRE(message);
    const auto& names = message->at(what).as_array();
    REQUIRE(names.size() == 1);
    CHECK((names[0].is_string() ? json_ns::value_to<std::string>(names[0]) : name_of(names[0])) ==
          name);
  };
  const auto changed =
      request(service.app_port(), "PATCH", target, R"({"protected":true,"note":"the \u00e9tude"})");
  CHECK(changed.status == 200);
  CHECK(json(changed).at("protected").as_bool());
  is_told("changed");
  CHECK(request(service.app_port(), "DELETE", target).status == 409);
  CHECK(request(service.app_port(), "PATCH", target, R"({"protected":false})").status == 200);
  is_told("changed");
  CHECK(request(service.app_port(), "DELETE", target).status == 200);
  is_told("removed");
  CHECK(get(service.app_port(), target).status == 404);
  CHECK(get(service.app_port(), "/recordings/" + name).status == 404);
  CHECK_FALSE(fs::exists(recorded.files.front()));
  const auto restored = request(service.app_port(), "POST", target + "/restore", "");
  CHECK(restored.status == 200);
  CHECK(json_ns::value_to<std::string>(json(restored).at("note")) == "the \u00e9tude");
  is_told("added");
  CHECK(fs::exists(recorded.files.front()));
  CHECK(request(service.app_port(), "POST", target + "/restore", "").status == 404);
}

TEST_CASE("what is asked for wrongly is told what is allowed, and changes nothing") {
  RecordedService recorded;
  const Service& service = recorded.service;
  const auto port = service.app_port();
  const std::string name = recorded.files.front().filename();
  for (const std::string query : {"?limit=0", "?limit=x", "?limit=1001", "?from=yesterday",
                                  "?to=2026-13-01", "?cursor=x", "?page=2"}) {
    CAPTURE(query);
    const auto answer = get(port, "/api/recordings" + query);
    CHECK(answer.status == 400);
    CHECK(json(answer).contains("detail"));
  }
  for (const std::string body : {"{}", "[]", "x", R"({"name":"x"})"})
    CHECK(request(port, "PATCH", "/api/recordings/" + name, body).status == 400);
  for (const std::string body :
       {R"({"protected":1})", R"({"note":null})", R"({"note":"\u0000"})"}) {
    CHECK(request(port, "PATCH", "/api/recordings/" + name, body).status == 422);
  }
  for (const std::string query : {"", "?n=0&t=0"})
    CHECK(get(port, "/recordings/" + name + "/frame" + query).status == 400);
  for (const std::string query : {"?n=-1", "?n=100000", "?n=x", "?t=-1", "?t=nan", "?t=inf", "?t="})
    CHECK(get(port, "/recordings/" + name + "/frame" + query).status == 422);
  CHECK(get(port, "/api/recordings/" + name + "/frames?first=100000").status == 422);
  const std::vector<std::string> others{
      "20991124_101000.mp4", "x", "..%2f..%2fetc%2fpasswd", "%00", "%ff.mp4", ".state%2fwish",
      std::string(5000, 'x')};
  for (const auto& other : others) {
    CAPTURE(other);
    for (const std::string& target : {"/recordings/" + other, "/recordings/" + other + "/frame?n=0",
                                      "/api/recordings/" + other}) {
      const auto status = get(port, target).status;
      CHECK((status == 404 || status == 400 || status == 414 || status == 431));
    }
  }
  CHECK(request(port, "POST", "/api/recordings/" + name, "{}").status == 405);
  CHECK(listed(service).size() == recorded.files.size());
}

TEST_CASE("what is being written is listed, and can be read up to a moment ago") {
  Service service({"--segment-seconds", "600", "--resolution", "640x480"});
  REQUIRE(service.online());
  service.command("start");
  REQUIRE(records(service));
  std::this_thread::sleep_for(2s);
  const auto recordings = listed(service);
  REQUIRE(recordings.size() == 1);
  CHECK(recordings[0].at("state").as_string() == "recording");
  CHECK(recordings[0].at("frames").to_number<int>() > 0);
  const std::string name = name_of(recordings[0]);
  CHECK(name == json_ns::value_to<std::string>(service.status().at("current_file")));
  const std::string target = "/api/recordings/" + name;
  CHECK(json(get(service.app_port(), target)).at("state").as_string() == "recording");
  CHECK(request(service.app_port(), "DELETE", target).status == 409);
  const auto noted = request(service.app_port(), "PATCH", target, R"({"note":"as it happens"})");
  CHECK(noted.status == 200);
  CHECK(json(noted).at("state").as_string() == "recording");
  CHECK(json(noted).at("note").as_string() == "as it happens");

  const std::string early = get(service.app_port(), target + "/frames").body;
  const auto count = little<std::uint32_t>(early, 8);
  REQUIRE(count > 0);
  // It grows; asked again from where one is, there is only what is new.
  const auto more = [&] {
    const auto rest =
        get(service.app_port(), target + "/frames?first=" + std::to_string(count)).body;
    return little<std::uint32_t>(rest, 8);
  };
  CHECK(wait_until([&] { return more() > 0; }, kPatience));
  const auto last = std::to_string(count - 1);
  const auto frame = ask(service, "GET", "/recordings/" + name + "/frame?n=" + last);
  CHECK(frame.status_line == kOk);
  CHECK_FALSE(frame.headers.contains("ETag"));  // its header will be another
  auto offset = little<std::uint64_t>(early, 24);
  for (std::uint32_t i = 0; i + 1 < count; ++i)
    offset += little<std::uint32_t>(early, 32 + 8 * i);
  const auto part = ask(service, "GET", "/recordings/" + name,
                        "Range: bytes=" + std::to_string(offset) + "-" +
                            std::to_string(offset + frame.body.size() - 1) + "\r\n");
  CHECK(part.status_line == "HTTP/1.1 206 Partial Content");
  CHECK((part.body == frame.body));

  service.command("stop");
  CHECK(wait_until([&] { return listed(service).at(0).at("state").as_string() == "complete"; },
                   kPatience));
  CHECK(listed(service).size() == 1);
  // What was told early was right: the same frames, where they were, when they were.
  const std::string late = get(service.app_port(), target + "/frames").body;
  CHECK(little<std::uint32_t>(late, 8) > count);
  CHECK(late.substr(16, 16) == early.substr(16, 16));
  CHECK(late.substr(32, early.size() - 32) == early.substr(32));
  const auto samples = samples_of(service.files().front());
  CHECK(camera_frame(frame.body).number == samples.at(count - 1).frame.number);
}

TEST_CASE("what is being written can not be deleted, and a restart lists what was recorded") {
  RecordedService recorded;
  Service& service = recorded.service;
  service.command("start");
  REQUIRE(records(service));
  const std::string current = json_ns::value_to<std::string>(service.status().at("current_file"));
  CHECK(request(service.app_port(), "DELETE", "/api/recordings/" + current).status == 409);
  service.command("stop");
  REQUIRE(wait_until(
      [&] { return get(service.app_port(), "/api/recordings/" + current).status == 200; },
      kPatience));
  const auto before = listed(service);
  service.terminate();
  service.start();
  REQUIRE(wait_until([&] { return listed(service).size() == before.size(); }, kPatience));
  CHECK(listed(service) == before);
}
