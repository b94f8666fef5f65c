#include "archive/clips.hpp"

#include "archive/clip_maker.hpp"
#include "archive/clip_plan.hpp"
#include "mp4/capture_start.hpp"
#include "unit/archive/clip_bench.hpp"

#include <atomic>
#include <cmath>

#include <catch2/catch.hpp>

#include <sys/stat.h>

using namespace minidvr;
using namespace minidvr::archive;
using namespace minidvr::test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

const WallTime kFilm = WallTime(1'795'516'200s + 123'456us);

ClipRequest from_to(WallTime from, WallTime to, std::uint32_t every = 1) {
  ClipRequest request;
  request.stretch = {from, to, every};
  return request;
}

// Two recordings without a hole between them, of 40 ms a frame: 0 to 9, 10 to 29.
struct TwoRecordings : ClipBench {
  explicit TwoRecordings(const std::string& script = "") : ClipBench(script) {
    for (const auto& name : {add(kFilm, 10), add(kFilm + 400ms, 20)}) {
      const auto of_one = frames_in(recordings() / name);
      frames.insert(frames.end(), of_one.begin(), of_one.end());
      files.push_back(recordings() / name);
    }
    start();
  }
  std::vector<FilmedFrame> frames;  // their times: see check_frames()
  std::vector<fs::path> files;

  // The clip holds those frames of both, at their times.
  void check_frames(const Clip& clip, std::size_t first, std::size_t count, std::size_t every = 1) {
    const auto in_clip = frames_in(file(clip));
    REQUIRE(in_clip.size() == count);
    for (std::size_t i = 0; i < count; ++i) {
      CAPTURE(i);
      CHECK((in_clip[i].bytes == frames.at(first + i * every).bytes));
      CHECK(in_clip[i].time == i * every * 40ms);
    }
  }
};

// The files get so many bytes shorter once the clip is planned, and before one of them is read.
Result<ClipMaker::Made> make_while_they_shrink(TwoRecordings& bench, std::uint64_t first,
                                               std::uint64_t second) {
  TaskGroup children(bench.tasks.executor());
  ClipMaker maker(bench.tasks.executor(), children, *bench.archive, ClipFolder(bench.recordings()),
                  "ffmpeg");
  ClipMaker::Order order;
  order.id = "0123456789abcdef";
  order.name = "clip.mp4";
  order.request = from_to(kFilm, kFilm + 1h);
  order.on_planned = [&](const ClipPlan& plan) {
    CHECK(plan.frames == 30);
    fs::resize_file(bench.files[0], fs::file_size(bench.files[0]) - first);
    fs::resize_file(bench.files[1], fs::file_size(bench.files[1]) - second);
  };
  auto made = bench.tasks.run(maker.make(std::move(order)));
  bench.tasks.run(children.join());
  return made;
}

std::string saw(const std::vector<Clip>& told) {
  std::string states;
  for (const auto& clip : told) {
    const std::string state(describe(clip.state));
    if (!states.ends_with(state)) states += (states.empty() ? "" : " ") + state;
  }
  return states;
}

}  // namespace

TEST_CASE("a clip has exactly the frames of its time, over a file boundary, byte for byte") {
  TwoRecordings bench;
  const auto clip = bench.make(from_to(kFilm + 200ms, kFilm + 800ms));
  CHECK(clip.state == ClipState::done);
  CHECK(clip.detail.empty());
  CHECK(clip.progress == 1);
  CHECK(clip.lossless);
  CHECK(clip.gaps.empty());
  CHECK(clip.name == file_stamp(kFilm) + "_clip.mp4");
  CHECK(*clip.frames == 15);
  CHECK(*clip.length == 600ms);
  CHECK(*clip.start == kFilm + 200ms);
  CHECK(clip.bytes == fs::file_size(bench.file(clip)));
  bench.check_frames(clip, 5, 15);
  CHECK(bench.leftovers().empty());
  CHECK(saw(bench.told) == "waiting running done");
  // It tells itself when it was captured.
  const FileDescriptor file(::open(bench.file(clip).c_str(), O_RDONLY | O_CLOEXEC));
  CHECK(mp4::read_capture_start(file.get()) == kFilm + 200ms);
  const auto summary = mp4::read_summary(file.get());
  CHECK(summary->length == 600ms);
}

TEST_CASE("each n-th frame is taken, at its time or as a timelapse") {
  TwoRecordings bench;
  auto request = from_to(kFilm, kFilm + 1h, 7);
  const auto slow = bench.make(request);
  bench.check_frames(slow, 0, 5, 7);
  CHECK(*slow.length == 5 * 7 * 40ms);
  request.fps = 25;
  request.name = "fast.mp4";
  const auto fast = bench.make(request);
  const auto frames = frames_in(bench.file(fast));
  REQUIRE(frames.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK((frames[i].bytes == bench.frames[7 * i].bytes));
    CHECK(frames[i].time == i * 40ms);
  }
  CHECK(*fast.length == 200ms);
  CHECK(bench.names().size() == 2);
}

TEST_CASE("a hole between recordings is taken out of a clip, and told") {
  ClipBench bench;
  bench.add(kFilm, 3);
  bench.add(kFilm + 1h, 3);
  bench.start();
  const auto clip = bench.make(from_to(kFilm, kFilm + 2h));
  const auto frames = frames_in(bench.file(clip));
  REQUIRE(frames.size() == 6);
  for (std::size_t i = 0; i < 6; ++i)
    CHECK(frames[i].time == i * 40ms);
  REQUIRE(clip.gaps.size() == 1);
  CHECK(clip.gaps[0] == ClipGap{120ms, kFilm + 120ms, kFilm + 1h});
}

TEST_CASE("no clip is made over another file, and each that is asked for gets its own name") {
  TwoRecordings bench;
  auto request = from_to(kFilm, kFilm + 200ms);
  request.name = "door.mp4";
  fs::create_directories(bench.recordings() / "clips");
  std::ofstream(bench.recordings() / "clips/door.mp4") << "not to be lost";
  const auto first = bench.create(request);
  const auto second = bench.create(request);
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->name == "door_1.mp4");
  CHECK(second->name == "door_2.mp4");
  // Somebody takes the name meanwhile.
  std::ofstream(bench.recordings() / "clips/door_2.mp4") << "nor this";
  CHECK(bench.wait_for(first->id).state == ClipState::done);
  const auto done = bench.wait_for(second->id);
  CHECK(done.state == ClipState::done);
  CHECK(done.name == "door_2_1.mp4");
  CHECK(bench.disk.read("recordings/clips/door.mp4") == "not to be lost");
  CHECK(bench.disk.read("recordings/clips/door_2.mp4") == "nor this");
}

TEST_CASE("a recording that is deleted while a clip of it is made is in the clip all the same") {
  // It begins when the test says so.
  TwoRecordings bench("while [ ! -e \"${0%/*}/go\" ]; do sleep 0.01; done; exec ffmpeg \"$@\"");
  const auto created = bench.create(from_to(kFilm, kFilm + 1h));
  REQUIRE(created);
  bench.wait_until([&] { return !bench.told.empty() && bench.told.back().progress > 0; });
  for (const auto& file : bench.files)
    fs::remove(file);
  bench.disk.write("go", "");
  const auto clip = bench.wait_for(created->id);
  CHECK(clip.detail.empty());
  bench.check_frames(clip, 0, 30);
}

TEST_CASE("an ffmpeg that is killed half-way leaves nothing, and the next clip is made") {
  TwoRecordings bench(
      "for file; do :; done\n"
      "if [ -e \"${0%/*}/die\" ]; then echo x > \"${file#file:}\"; head -c 100 > /dev/null; kill "
      "-KILL $$; fi\n"
      "exec ffmpeg \"$@\"");
  bench.disk.write("die", "");
  const auto failed = bench.make(from_to(kFilm, kFilm + 1h));
  CHECK(failed.state == ClipState::failed);
  CHECK(failed.detail.find("was killed by signal 9") != std::string::npos);
  CHECK(bench.names().empty());
  CHECK(bench.leftovers().empty());
  CHECK(saw(bench.told) == "waiting running failed");
  fs::remove(bench.disk.path() / "die");
  CHECK(bench.make(from_to(kFilm, kFilm + 1h)).state == ClipState::done);
}

TEST_CASE("what an ffmpeg says that can not write is told, and nothing is left") {
  TwoRecordings bench(
      "for file; do :; done\n"
      "echo x > \"${file#file:}\"; cat > /dev/null\n"
      "echo '[error] av_interleaved_write_frame(): No space left on device' >&2; exit 1");
  const auto failed = bench.make(from_to(kFilm, kFilm + 1h));
  CHECK(failed.state == ClipState::failed);
  CHECK(failed.detail.find("No space left on device") != std::string::npos);
  CHECK(bench.names().empty());
  CHECK(bench.leftovers().empty());
}

TEST_CASE("a file that has not all frames is no clip, whatever ffmpeg's status says") {
  TwoRecordings bench(
      "for file; do :; done\n"
      "cat > /dev/null; echo x > \"${file#file:}\"");
  const auto failed = bench.make(from_to(kFilm, kFilm + 1h));
  CHECK(failed.state == ClipState::failed);
  CHECK(failed.detail.starts_with("what ffmpeg wrote is not whole"));
  CHECK(bench.names().empty());
  CHECK(bench.leftovers().empty());
}

TEST_CASE("a program that is not there makes no clip, and says so") {
  TwoRecordings bench("exit 0");
  fs::remove(bench.disk.path() / "ffmpeg");
  const auto failed = bench.make(from_to(kFilm, kFilm + 1h));
  CHECK(failed.state == ClipState::failed);
  CHECK(failed.detail.find("is not an executable program") != std::string::npos);
}

TEST_CASE("a clip is cancelled while it waits or is made, and nothing is left") {
  TwoRecordings bench("for file; do :; done; echo x > \"${file#file:}\"; exec sleep 1000");
  const auto first = bench.create(from_to(kFilm, kFilm + 1h));
  const auto second = bench.create(from_to(kFilm, kFilm + 1h));
  REQUIRE(first);
  REQUIRE(second);
  bench.wait_until([&] { return bench.leftovers().size() == 1; });
  const auto waiting = bench.tasks.run(bench.clips->remove(second->id));
  CHECK(waiting->state == ClipState::cancelled);
  CHECK(bench.clips->find(first->id)->state == ClipState::running);
  const auto running = bench.tasks.run(bench.clips->remove(first->id));
  REQUIRE(running);
  CHECK(running->state == ClipState::cancelled);
  CHECK(bench.leftovers().empty());
  CHECK(bench.names().empty());
  // Asked again, they are forgotten.
  CHECK(bench.tasks.run(bench.clips->list()).size() == 2);
  CHECK(bench.tasks.run(bench.clips->remove(first->id))->state == ClipState::deleted);
  CHECK(bench.tasks.run(bench.clips->remove(first->id)).error().code == Errc::not_found);
}

TEST_CASE("a program that ends leaves nothing of the clip that it made") {
  TwoRecordings bench("for file; do :; done; echo x > \"${file#file:}\"; exec sleep 1000");
  REQUIRE(bench.create(from_to(kFilm, kFilm + 1h)));
  bench.wait_until([&] { return bench.leftovers().size() == 1; });
  bench.stop();
  bench.pool.join();
  CHECK(bench.leftovers().empty());
}

TEST_CASE("only so many clips wait") {
  TwoRecordings bench("exec sleep 1000");
  const auto request = from_to(kFilm, kFilm + 1h);
  const auto first = bench.create(request);
  REQUIRE(first);
  bench.wait_until([&] { return bench.clips->find(first->id)->state == ClipState::running; });
  for (std::size_t i = 0; i < Clips::kMostWaiting; ++i)
    REQUIRE(bench.create(request));
  const auto refused = bench.create(request);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::unavailable);
}

TEST_CASE("a start lists the clips that are there, and removes what was left half made") {
  const std::string half = "clip-0123456789abcdef.mp4";
  ClipBench bench;
  bench.add(kFilm, 10);
  bench.start();
  auto request = from_to(kFilm, kFilm + 1h);
  request.name = "kept.mp4";
  const auto made = bench.make(request);
  bench.stop();
  const auto clips = bench.recordings() / "clips";
  for (const auto& name : {half, std::string("clip-x.mp4"), std::string("else.mp4")})
    std::ofstream(clips / ".partial" / name) << "x";
  fs::create_directories(clips / ".partial/clip-00000000000000ff.mp4");
  fs::create_directories(clips / "folder.mp4");
  fs::create_symlink(bench.file(made), clips / "link.mp4");
  std::ofstream(clips / "other.txt") << "x";
  bench.start();
  bench.wait_until([&] { return bench.leftovers().size() == 3; });
  CHECK_FALSE(fs::exists(clips / ".partial" / half));
  const auto listed = bench.tasks.run(bench.clips->list());
  REQUIRE(listed.size() == 1);
  CHECK(listed[0].name == "kept.mp4");
  CHECK(listed[0].state == ClipState::done);
  CHECK(listed[0].lossless);
  CHECK(*listed[0].frames == 10);
  CHECK(*listed[0].length == 400ms);
  CHECK(*listed[0].start == kFilm);
  CHECK(listed[0].bytes == made.bytes);
  const auto removed = bench.tasks.run(bench.clips->remove(listed[0].id));
  REQUIRE(removed);
  CHECK(removed->state == ClipState::deleted);
  CHECK_FALSE(fs::exists(clips / "kept.mp4"));
  CHECK(bench.tasks.run(bench.clips->list()).empty());
}

TEST_CASE(
    "what an earlier run left half made goes when its disk comes, and not while one is made") {
  std::atomic<bool> is_there = false;
  ClipBench bench("exec sleep 600");
  bench.gate = [&](int) {
    return is_there ? Result<>() : make_error(Errc::unavailable, "not mounted");
  };
  bench.add(kFilm, 10);
  const auto half = bench.recordings() / "clips/.partial/clip-0123456789abcdef.mp4";
  fs::create_directories(half.parent_path());
  std::ofstream(half) << "x";
  bench.start();
  CHECK(bench.tasks.run(bench.clips->list()).empty());
  CHECK(fs::exists(half));
  is_there = true;
  SECTION("when somebody looks") {
    bench.tasks.run(bench.clips->list());
    CHECK_FALSE(fs::exists(half));
  }
  SECTION("before the first clip") {
    REQUIRE(bench.create(from_to(kFilm, kFilm + 1h)));
    bench.wait_until([&] { return saw(bench.told).ends_with("running"); });
    CHECK_FALSE(fs::exists(half));
    std::ofstream(half) << "of the one that is made";
    bench.tasks.run(bench.clips->list());
    CHECK(fs::exists(half));
  }
}

TEST_CASE("a clip that the disk takes in no file is refused before it is made") {
  constexpr std::uint64_t kGigabyte = 1'000'000'000;
  recording::DiskSpace fat{100 * kGigabyte, 200 * kGigabyte};
  CHECK(check_size(fat, 50 * kGigabyte));
  fat.largest_file = 4'294'967'295;
  CHECK(check_size(fat, 4 * kGigabyte));
  const auto refused = check_size(fat, 11 * kGigabyte);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::refused);
  CHECK(refused.error().detail ==
        "the clip would have 10490 MB, and on this disk a file ends at 4096 MB; choose a shorter "
        "time");
}

TEST_CASE("a clip that is copied in is as long as its file is") {
  ClipBench bench;
  bench.start();
  const auto bytes = contents_of(write_recording(bench.disk.path(), "copied.mp4", kFilm, 10));
  fs::create_directories(bench.recordings() / "clips");
  const auto copy = bench.recordings() / "clips/copied.mp4";
  std::ofstream(copy, std::ios::binary) << bytes.substr(0, 200);
  const auto half = bench.tasks.run(bench.clips->list());
  REQUIRE(half.size() == 1);
  CHECK_FALSE(half[0].lossless);
  std::ofstream(copy, std::ios::app | std::ios::binary) << bytes.substr(200);
  const auto whole = bench.tasks.run(bench.clips->list());
  REQUIRE(whole.size() == 1);
  CHECK(whole[0].id == half[0].id);
  CHECK(whole[0].lossless);
  CHECK(whole[0].bytes == bytes.size());
  CHECK(*whole[0].frames == 10);
}

TEST_CASE("clips are opened by name, and nothing else is") {
  TwoRecordings bench;
  const auto clip = bench.make(from_to(kFilm, kFilm + 1h));
  const auto clips = bench.recordings() / "clips";
  fs::create_symlink(bench.file(clip), clips / "link.mp4");
  REQUIRE(::mkfifo((clips / "fifo.mp4").c_str(), 0600) == 0);
  fs::create_directories(clips / "folder.mp4");
  const auto open = bench.tasks.run(bench.clips->open(clip.name));
  REQUIRE(open);
  CHECK(open->stamp.bytes == clip.bytes);
  const std::vector<std::string> others{"link.mp4",
                                        "fifo.mp4",
                                        "folder.mp4",
                                        "none.mp4",
                                        "..",
                                        ".partial",
                                        "../" + bench.files[0].filename().string()};
  for (const auto& name : others) {
    CAPTURE(name);
    const auto refused = bench.tasks.run(bench.clips->open(name));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::not_found);
  }
}

TEST_CASE("what is no clip is refused, and why") {
  TwoRecordings bench;
  const auto code = [&](ClipRequest request) {
    const auto created = bench.create(std::move(request));
    REQUIRE_FALSE(created);
    CHECK_FALSE(created.error().detail.empty());
    return created.error().code;
  };
  CHECK(code(from_to(kFilm, kFilm)) == Errc::refused);
  CHECK(code(from_to(kFilm, kFilm - 1s)) == Errc::refused);
  const auto longer = bench.create(from_to(kFilm, kFilm + 24h + 1s));
  REQUIRE_FALSE(longer);
  CHECK(longer.error().code == Errc::refused);
  CHECK(longer.error().reason == Reason::too_long);
  CHECK(code(from_to(kFilm + 1h, kFilm + 2h)) == Errc::not_found);
  for (const double fps : {0.0, -1.0, 1000.0, std::nan("")}) {
    auto request = from_to(kFilm, kFilm + 1h);
    request.fps = fps;
    CHECK(code(request) == Errc::refused);
  }
  CHECK(bench.told.empty());
  CHECK(bench.tasks.run(bench.clips->list()).empty());
}

TEST_CASE("a clip has one size of picture; of several it says which, and since when") {
  ClipBench bench;
  bench.add(kFilm, 3);
  const auto other = bench.add(kFilm + 400ms, 3);
  const auto text = bench.disk.read("recordings/" + other);
  constexpr std::size_t kWidthAt = 28;  // behind the sample entry's type
  const auto at = text.find("mp4v") + kWidthAt;
  REQUIRE(text.substr(at, 2) == "\x02\x80");
  std::fstream(bench.recordings() / other, std::ios::in | std::ios::out | std::ios::binary)
      .seekp(static_cast<std::streamoff>(at))
      .write("\x05\x00", 2);
  bench.start();
  const auto refused = bench.create(from_to(kFilm, kFilm + 1h));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::refused);
  CHECK(refused.error().detail.find("640x480 at first and 1280x480 from ") != std::string::npos);
  CHECK(bench.make(from_to(kFilm, kFilm + 400ms)).state == ClipState::done);
}

TEST_CASE("a recording that can not be read is a gap in a clip; alone it is said") {
  ClipBench bench;
  bench.add(kFilm, 10);
  const auto name = bench.add(kFilm + 10s, 10);
  bench.add(kFilm + 20s, 10);
  bench.start();
  const auto file = bench.recordings() / name;
  // Nobody can see it from outside.
  const auto modified = fs::last_write_time(file);
  std::fstream(file, std::ios::in | std::ios::out | std::ios::binary).seekp(40)
      << std::string(1000, '\0');
  fs::last_write_time(file, modified);
  const auto clip = bench.make(from_to(kFilm, kFilm + 1h));
  CHECK(clip.state == ClipState::done);
  CHECK(frames_in(bench.file(clip)).size() == 20);
  REQUIRE(clip.gaps.size() == 1);
  CHECK(clip.gaps[0].from == kFilm + 400ms);
  CHECK(clip.gaps[0].to == kFilm + 20s);
  const auto refused = bench.create(from_to(kFilm + 9s, kFilm + 12s));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::refused);
  CHECK(refused.error().detail.find(name) != std::string::npos);
}

TEST_CASE("a clip goes without the frames that can not be read any more, and fails without any") {
  TwoRecordings bench;
  const auto size_of = [&](std::size_t from, std::size_t to) {
    std::uint64_t size = 0;
    for (std::size_t i = from; i < to; ++i)
      size += bench.frames[i].bytes.size();
    return size;
  };
  const auto check = [&](const Result<ClipMaker::Made>& made, std::size_t last, std::size_t first) {
    REQUIRE(made);
    const auto in_clip = frames_in(bench.recordings() / "clips" / made->file.name);
    std::vector<std::string> expected;
    for (std::size_t i = 0; i < bench.frames.size(); ++i) {
      if (i < last || i >= first) expected.push_back(bench.frames[i].bytes);
    }
    REQUIRE(in_clip.size() == expected.size());
    CHECK(made->given.frames == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
      CHECK((in_clip[i].bytes == expected[i]));
    CHECK(in_clip[0].time == 0us);
  };
  SECTION("the last ones of a recording") {
    const auto made = make_while_they_shrink(bench, size_of(7, 10), 0);
    check(made, 7, 10);
    CHECK(made->given.start == kFilm);
    CHECK(made->given.length == 1200ms);
  }
  SECTION("all of the first recording") {
    const auto made = make_while_they_shrink(bench, size_of(0, 10), 0);
    check(made, 0, 10);
    CHECK(made->given.start == kFilm + 400ms);
    CHECK(made->given.length == 800ms);
  }
  SECTION("all of both") {
    const auto made = make_while_they_shrink(bench, size_of(0, 10), size_of(10, 30));
    REQUIRE_FALSE(made);
    CHECK(made.error().code == Errc::unavailable);
    CHECK(made.error().detail.find("can not be read there: it ends before") != std::string::npos);
    CHECK(bench.names().empty());
  }
  CHECK(bench.leftovers().empty());
}

TEST_CASE("clips that are asked for at once are planned one after the other") {
  TwoRecordings bench("exec sleep 1000");
  const auto request = from_to(kFilm, kFilm + 1h);
  const auto is_open = [&] {
    std::size_t count = 0;
    std::error_code ec;
    for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
      if (fs::read_symlink(entry, ec).parent_path() == fs::canonical(bench.recordings())) ++count;
    }
    return count;
  };
  const auto first = bench.create(request);
  REQUIRE(first);
  // That one holds what it is made of.
  bench.wait_until([&] { return bench.leftovers().size() == 1 || is_open() == 2; });
  const std::size_t before = is_open();
  std::size_t refused = 0;
  std::size_t over = 0;
  std::size_t most = 0;
  TaskGroup asking(bench.tasks.executor());
  const auto ask = [&]() -> Task<> {
    auto wanted = request;
    const auto created = co_await bench.clips->create(std::move(wanted));
    if (!created) ++refused;
    most = std::max(most, is_open());
    ++over;
  };
  const std::size_t asked = Clips::kMostWaiting + 4;
  for (std::size_t i = 0; i < asked; ++i)
    asking.spawn("client", ask());
  bench.wait_until([&] {
    most = std::max(most, is_open());
    return over == asked;
  });
  CHECK(refused == 4);
  CHECK(most <= before + 1);
  bench.tasks.run(asking.join());
}

TEST_CASE("a plan holds its recordings for who makes the clip alone") {
  TwoRecordings bench;
  const auto request = from_to(kFilm, kFilm + 1h);
  const auto counted = bench.tasks.run(plan_clip(*bench.archive, request, 0));
  const auto held = bench.tasks.run(plan_clip(*bench.archive, request, kMostHeld));
  REQUIRE((counted && held));
  REQUIRE(counted->parts.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK_FALSE(counted->parts[i].open);
    CHECK(held->parts[i].open);
  }
}

TEST_CASE("a recording that is listed as damaged has no frames") {
  TwoRecordings bench;
  const auto& file = bench.files[1];
  fs::resize_file(file, 5000);
  bench.archive->look_again();
  const std::string name = file.filename();
  bench.wait_until([&] { return bench.archive->index().find(name)->facts.damaged; });
  const auto clip = bench.make(from_to(kFilm, kFilm + 1h));
  CHECK(clip.state == ClipState::done);
  bench.check_frames(clip, 0, 10);
}
