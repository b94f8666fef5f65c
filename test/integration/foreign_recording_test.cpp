// What servers of MJPEG send in their own ways, through the whole program: all of it is recorded.
// With TEST_FULL each sends for 20 s.

#include "core/file.hpp"
#include "integration/support/scripted_server.hpp"
#include "integration/support/service.hpp"
#include "mp4/movie.hpp"
#include "support/file_bytes.hpp"
#include "support/result_text.hpp"
#include "unit/support/frames.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <fcntl.h>

using namespace minidvr;
using namespace minidvr::test;

namespace {

const std::string kMultipart =
    "HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=frame\r\n\r\n";

// How one server sends its picture `number`.
using Part = std::function<std::string(int number, const std::string& picture)>;

struct ForeignServer {
  std::string what;
  std::string head;
  Part part;
  std::vector<ScriptedServer::Script> before = {};  // what it answers first
  std::chrono::milliseconds interval{100};
  int one_broken_of = 0;  // so many; 0: none is
  std::string query = {};
  int per_connection = 0;  // pictures; 0: all
  std::chrono::milliseconds first_after{0};
  std::function<std::string(std::string picture)> picture = {};  // how it makes one; empty: as is
  std::string head_by_http_1_0 = {};                             // empty: the same
};

std::string length_line(const std::string& picture) {
  return fmt::format("Content-Length: {}\r\n", picture.size());
}

Part with_lines(std::function<std::string(int number)> lines) {
  return [lines = std::move(lines)](int number, const std::string& picture) {
    return "--frame\r\nContent-Type: image/jpeg\r\n" + length_line(picture) + lines(number) +
           "\r\n" + picture + "\r\n";
  };
}

std::string chunk(const std::string& bytes) {
  return fmt::format("{:x}\r\n", bytes.size()) + bytes + "\r\n";
}

std::string cut_into_chunks(const std::string& bytes, std::size_t size) {
  std::string chunks;
  for (std::size_t at = 0; at < bytes.size(); at += size)
    chunks += chunk(bytes.substr(at, size));
  return chunks;
}

ScriptedServer::Script answers(const std::string& text) {
  return [text](const ScriptedServer::Connection& client) { client.send(text); };
}

std::vector<ForeignServer> foreign_servers() {
  const Part plain = with_lines([](int) { return std::string(); });
  std::vector<ForeignServer> all;
  all.push_back({"compares its path exactly",
                 kMultipart,
                 plain,
                 {answers("HTTP/1.0 404 Not Found\r\n\r\n")}});
  all.push_back({"has a time that stands still", kMultipart,
                 with_lines([](int) { return "X-Timestamp: 0.000000\r\n"; })});
  all.push_back({"sends a boundary, a head and a picture as chunks, by HTTP/1.0",
                 "HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=frame\r\n"
                 "Transfer-Encoding: chunked\r\n\r\n",
                 [](int, const std::string& picture) {
                   return chunk("\r\n--frame\r\n") +
                          chunk("Content-Type: image/jpeg\r\n" + length_line(picture) + "\r\n") +
                          chunk(picture);
                 }});
  all.push_back(
      {"has no line end behind its boundary", kMultipart, [](int, const std::string& picture) {
         return "--frameContent-Type: image/jpeg\r\n" + length_line(picture) + "\r\n" + picture +
                "\r\n";
       }});
  all.push_back(
      {"has no line break behind a picture", kMultipart, [](int, const std::string& picture) {
         return "--frame\r\nContent-Type: image/jpeg\r\n\r\n" + picture;
       }});
  all.push_back({"sends chunks whatever it is asked by, and says so by HTTP/1.1 alone",
                 "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=frame\r\n"
                 "Transfer-Encoding: chunked\r\n\r\n",
                 [plain](int number, const std::string& picture) {
                   return cut_into_chunks(plain(number, picture), 5728);
                 }});
  all.back().head_by_http_1_0 = kMultipart;
  all.push_back({"has a byte between the segments of its pictures", kMultipart, plain});
  all.back().picture = [](std::string picture) {
    return picture.insert(2, std::string("\xFF\xFE\0\4hi\0", 7));
  };
  all.push_back({"ends each delimiter in dashes", kMultipart, [](int, const std::string& picture) {
                   return "--frame--\r\n" + length_line(picture) + "\r\n" + picture + "\r\n";
                 }});
  all.push_back({"has bytes before its pictures", kMultipart, [](int, const std::string& picture) {
                   return "--frame\r\n\r\n\r\nxx" + picture + "\r\n";
                 }});
  all.push_back({"now and then sends a head without sense",
                 kMultipart,
                 [plain](int number, const std::string& picture) {
                   return number % 10 == 9
                              ? "--frame\r\nnonsense\r\nContent-Length: 1x2\r\n\r\n\r\n"
                              : plain(number, picture);
                 },
                 {},
                 std::chrono::milliseconds(100),
                 10});
  all.push_back({"answers loosely, with its pictures back to back", "HTTP/1.0 200\nServer: x\n\n",
                 [](int, const std::string& picture) { return picture; }});
  all.push_back(
      {"has a picture every three seconds", kMultipart, plain, {}, std::chrono::seconds(3)});
  all.push_back({"steps its clock", kMultipart, with_lines([](int number) {
                   const double step = number >= 15 ? 1.5 : 0;
                   return fmt::format("X-Timestamp: {:.6f}\r\n", 1795451147 + number * 0.1 + step);
                 })});
  all.push_back({"is a ustreamer of today, with a query of its own",
                 kMultipart,
                 with_lines([](int number) {
                   return fmt::format(
                       "X-UStreamer-Online: true\r\nX-UStreamer-Grab-Begin-Time: {:.6f}\r\n",
                       5000 + number * 0.1);
                 }),
                 {},
                 std::chrono::milliseconds(100),
                 0,
                 "?key=1"});
  const auto elsewhere = answers(
      "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n"
      "Connection: close\r\n\r\n");
  // Twice: the first one is asked by other means than those that follow it.
  all.push_back({"sends elsewhere", kMultipart, plain, {elsewhere, elsewhere}});
  all.push_back({"closes its connection after ten pictures", kMultipart, plain});
  all.back().per_connection = 10;
  all.push_back({"has its head with its first picture, and takes its time", kMultipart, plain});
  all.back().first_after = std::chrono::seconds(6);
  all.push_back({"now and then has a wrong digit in a length", kMultipart,
                 [plain](int number, const std::string& picture) {
                   const std::size_t length = picture.size() + (number % 10 == 9 ? 9'000'000 : 0);
                   return fmt::format("--frame\r\nContent-Length: {}\r\n\r\n{}\r\n", length,
                                      picture);
                 }});
  all.push_back({"now and then has a picture of no size",
                 kMultipart,
                 [plain](int number, const std::string& picture) {
                   const auto broken = test::jpeg(0, number % 20 == 9 ? 0 : 65535, 20'000);
                   return plain(number, number % 10 == 9 ? std::string(broken.begin(), broken.end())
                                                         : picture);
                 },
                 {},
                 std::chrono::milliseconds(100),
                 10});
  return all;
}

int pictures_of(const ForeignServer& server) {
  const bool full = std::getenv("TEST_FULL") != nullptr && *std::getenv("TEST_FULL") != '\0';
  const auto time = full ? std::chrono::seconds(20) : std::chrono::seconds(3);
  return std::max(3, static_cast<int>(time / server.interval));
}

// ffprobe would want pictures that can be decoded.
std::vector<std::string> pictures_in(const std::vector<std::filesystem::path>& files) {
  std::vector<std::string> pictures;
  for (const auto& path : files) {
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    const auto table = mp4::read_frames(file.get());
    REQUIRE(table);
    const std::string bytes = file_bytes(path);
    for (std::size_t i = 0; i < table->frames.size(); ++i)
      pictures.push_back(bytes.substr(table->offset_of(i), table->frames[i].size));
  }
  return pictures;
}

// Each with other bytes.
std::string picture_of(const ForeignServer& server, int number) {
  const auto jpeg = test::jpeg(640, 480, 20'000 + static_cast<std::size_t>(number));
  std::string picture(jpeg.begin(), jpeg.end());
  return server.picture ? server.picture(std::move(picture)) : picture;
}

std::size_t frames_that_came(const Service& service) {
  const auto recorder = service.recorder();
  return recorder.at("frames").to_number<std::size_t>() +
         recorder.at("buffered_frames").to_number<std::size_t>();
}

}  // namespace

TEST_CASE("what servers send in their own ways is recorded, all of it") {
  const auto all = foreign_servers();
  const auto at = GENERATE_REF(range(std::size_t{0}, all.size()));
  const auto& foreign = all[at];
  CAPTURE(foreign.what);
  const int count = pictures_of(foreign);
  std::atomic<int> sent{0};
  const ScriptedServer* asked = nullptr;
  auto scripts = foreign.before;
  scripts.push_back([&](const ScriptedServer::Connection& client) {
    std::this_thread::sleep_for(foreign.first_after);
    const bool is_old = asked->requests().back().find(" HTTP/1.0\r\n") != std::string::npos;
    const auto& old_head = foreign.head_by_http_1_0;
    client.send(is_old && !old_head.empty() ? old_head : foreign.head);
    for (int here = 0; sent < count; ++sent, ++here) {
      if (foreign.per_connection > 0 && here == foreign.per_connection) return;
      client.send(foreign.part(sent, picture_of(foreign, sent)));
      std::this_thread::sleep_for(foreign.interval);
    }
    client.hold();
  });
  ScriptedServer server(std::move(scripts));
  asked = &server;
  Service service({"--preview", "off", "--record-at-start", "on", "--stream-url",
                   fmt::format("http://127.0.0.1:{}/stream{}", server.port(), foreign.query)});
  CHECK(wait_until([&] { return sent == count; },
                   count * foreign.interval + foreign.first_after + kPatience));
  const int broken = foreign.one_broken_of == 0 ? 0 : count / foreign.one_broken_of;
  const auto expected = static_cast<std::size_t>(count - broken);
  // Of a picture without a length the end is known when the next one comes.
  CHECK(wait_until([&] { return frames_that_came(service) + 1 >= expected; }, kPatience));
  service.command("stop");
  const auto recorded = pictures_in(service.files());
  const auto frames = recorded.size();
  CAPTURE(expected);
  INFO(service.log());
  CHECK(frames <= expected);
  CHECK(frames + 1 >= expected);
  CHECK(service.files().size() == 1);
  std::set<std::string> sent_ones;
  for (int number = 0; number < count; ++number)
    sent_ones.insert(picture_of(foreign, number));
  const auto was_sent = [&](const std::string& picture) { return sent_ones.count(picture) == 1; };
  CHECK(std::all_of(recorded.begin(), recorded.end(), was_sent));
  WARN(foreign.what << ": " << frames << " of " << expected << " recorded");
}
