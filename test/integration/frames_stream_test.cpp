// Frames of a stretch of time as one stream, through the whole program.

#include "integration/support/filmed.hpp"
#include "integration/support/recording_checks.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::test;

namespace {

std::string since(const Filmed& frame) {
  return "?from=" + time_text(frame.captured);
}

std::string until(const Filmed& frame) {
  return "&to=" + time_text(frame.captured);
}

bool is_in_order(const std::vector<Filmed>& frames) {
  return std::is_sorted(frames.begin(), frames.end(),
                        [](const auto& a, const auto& b) { return a.captured < b.captured; });
}

}  // namespace

TEST_CASE("frames of a time come over a file boundary, each as captured, and each n-th of them") {
  FilmedService filmed;
  const auto port = filmed.service.app_port();
  const auto& frames = filmed.frames;
  FramesStream all(port, since(frames.front()));
  CHECK(all.status_line() == kOk);
  CHECK(all.headers().at("Content-Type").starts_with("multipart/x-mixed-replace;boundary="));
  CHECK(all.headers().at("Cache-Control") == "no-store");
  CHECK_FALSE(all.headers().contains("Content-Length"));
  CHECK((all.rest() == frames));
  CHECK(all.ended_well());

  // The end belongs to what comes after it.
  const auto boundary = static_cast<std::ptrdiff_t>(
      std::find_if(frames.begin(), frames.end(),
                   [&](const auto& frame) { return frame.recording != frames[0].recording; }) -
      frames.begin());
  REQUIRE(boundary > 10);
  const auto first = frames.begin() + boundary - 10;
  const auto last = frames.begin() + boundary + 10;
  FramesStream some(port, since(*first) + until(*last));
  CHECK((some.rest() == std::vector<Filmed>(first, last)));
  for (const std::size_t every : {2U, 7U, 1000U}) {
    CAPTURE(every);
    std::vector<Filmed> expected;
    for (std::size_t i = 0; i < frames.size(); i += every)
      expected.push_back(frames[i]);
    FramesStream each(port, since(frames.front()) + "&every=" + std::to_string(every));
    CHECK((each.rest() == expected));
  }
  // As one frame tells it.
  RawClient client(port);
  const auto one = client.get("/recordings/" + frames[0].recording + "/frame?n=5");
  const auto microsecond = frames[5].captured.count() % 1'000'000;
  CHECK(std::stoll(one.headers.at("X-Timestamp").substr(11)) == microsecond);
}

TEST_CASE("what is being written is streamed to where it can be read, and there it ends") {
  Service service({"--segment-seconds", "600", "--resolution", "640x480"});
  REQUIRE(service.online());
  service.command("start");
  REQUIRE(records(service));
  const auto count = [&] {
    const auto listed = json(get(service.app_port(), "/api/recordings")).at("recordings");
    return listed.as_array().empty() ? 0 : listed.as_array()[0].at("frames").to_number<int>();
  };
  REQUIRE(wait_until([&] { return count() > 20; }, kPatience));
  const auto before = static_cast<std::size_t>(count());
  FramesStream stream(service.app_port(), "?from=2020-01-01");
  const auto early = stream.rest();
  CHECK(stream.ended_well());
  CHECK(early.size() >= before);
  service.command("stop");
  const auto all = filmed(service);
  REQUIRE(all.size() >= early.size());
  CHECK((std::vector<Filmed>(all.begin(),
                             all.begin() + static_cast<std::ptrdiff_t>(early.size())) == early));
}

TEST_CASE("at a pace frames come in order, in no less time than they were captured in") {
  FilmedService filmed;
  const auto begin = std::chrono::steady_clock::now();
  FramesStream stream(filmed.service.app_port(), since(filmed.frames.front()) + "&pace=4");
  const auto first = stream.next();
  REQUIRE(first);
  CHECK(as_filmed(*first) == filmed.frames.front());
  const auto rest = stream.rest();
  const auto took = std::chrono::steady_clock::now() - begin;
  CHECK(stream.ended_well());
  REQUIRE_FALSE(rest.empty());
  CHECK(is_in_order(rest));
  // What a busy machine is late for is left out; what comes is what was filmed.
  for (const auto& frame : rest)
    CHECK(std::count(filmed.frames.begin(), filmed.frames.end(), frame) == 1);
  CHECK(took >= (rest.back().captured - first->captured) / 4);
  // One who leaves while the next frame is not yet due is let go.
  for (int i = 0; i < 20; ++i) {
    FramesStream leaves(filmed.service.app_port(),
                        since(filmed.frames.front()) + "&pace=0.25&every=60");
    CHECK(leaves.next());
  }
  CHECK(filmed.service.health().status == 200);
}

TEST_CASE("a file that is damaged, or deleted on the way, is passed over") {
  FilmedService filmed({}, 3);
  const auto of = [&](std::size_t file) {
    std::vector<Filmed> frames;
    for (const auto& frame : filmed.frames) {
      if (frame.recording == filmed.files[file].filename()) frames.push_back(frame);
    }
    return frames;
  };
  const auto count = static_cast<std::ptrdiff_t>(of(0).size());
  // It is deleted while the client, which has room for little, is at the first file.
  FramesStream slow(filmed.service.app_port(), since(filmed.frames.front()), 4096);
  CHECK(slow.next());
  std::filesystem::remove(filmed.files[1]);
  auto rest = slow.rest();
  CHECK(slow.ended_well());
  std::erase_if(rest,
                [&](const auto& frame) { return frame.recording == filmed.files[1].filename(); });
  std::vector<Filmed> expected(filmed.frames.begin() + 1, filmed.frames.begin() + count);
  for (std::size_t file = 2; file < filmed.files.size(); ++file) {
    const auto more = of(file);
    expected.insert(expected.end(), more.begin(), more.end());
  }
  CHECK((rest == expected));

  std::filesystem::resize_file(filmed.files[0], 1000);
  FramesStream behind(filmed.service.app_port(), since(filmed.frames.front()));
  expected.erase(expected.begin(), expected.begin() + count - 1);
  CHECK((behind.rest() == expected));
}

TEST_CASE("clients that do not read hold little, and delay nobody") {
  FilmedService filmed;
  std::vector<FramesStream> slow;
  constexpr int kSlow = 30;  // one address may have no more than 32 at once
  slow.reserve(kSlow);
  for (int i = 0; i < kSlow; ++i)
    slow.emplace_back(filmed.service.app_port(), since(filmed.frames.front()), 4096);
  FramesStream fast(filmed.service.app_port(), since(filmed.frames.front()));
  CHECK((fast.rest() == filmed.frames));
  CHECK(filmed.service.health().status == 200);
}

TEST_CASE("a stream that is asked for wrongly is refused, and why") {
  Service service({"--resolution", "640x480"});
  const std::map<std::string, unsigned> queries{{"", 400},
                                                {"?to=2026-11-24", 400},
                                                {"?from=yesterday", 400},
                                                {"?from=2026-11-24&to=x", 400},
                                                {"?from=2026-11-24&speed=1", 400},
                                                {"?from=2026-11-24&to=2026-11-24", 422},
                                                {"?from=2026-11-24&to=2026-11-23", 422},
                                                {"?from=2026-11-24&every=0", 422},
                                                {"?from=2026-11-24&every=-1", 422},
                                                {"?from=2026-11-24&every=1.5", 422},
                                                {"?from=2026-11-24&every=99999999999", 422},
                                                {"?from=2026-11-24&pace=0", 422},
                                                {"?from=2026-11-24&pace=-1", 422},
                                                {"?from=2026-11-24&pace=17", 422},
                                                {"?from=2026-11-24&pace=nan", 422},
                                                {"?from=2026-11-24&pace=x", 422},
                                                {"?from=2026-11-24", 404}};
  for (const auto& [query, status] : queries) {
    CAPTURE(query);
    const auto answer = get(service.app_port(), "/api/frames" + query);
    CHECK(answer.status == status);
    CHECK(json(answer).contains("detail"));
  }
  CHECK(request(service.app_port(), "POST", "/api/frames?from=2026-11-24").status == 405);
}
