#include "power_cut/recorded_session.hpp"

#include "integration/support/samples.hpp"
#include "integration/support/service.hpp"
#include "power_cut/log_format.hpp"
#include "power_cut/restart.hpp"

#include <atomic>
#include <fstream>
#include <set>
#include <thread>

#include <catch2/catch.hpp>

#include <sys/stat.h>

namespace minidvr::power_cut {
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;
namespace {

// At least two rotations, and several syncs of each file between them.
constexpr auto kLength = 13s;
constexpr const char* kSegmentSeconds = "5";
// What is promised of a power cut.
constexpr auto kPromised = 1s;
// A timer of 10 ms that comes so late tells how late everybody else was; several waits add up
// between a frame and its sync.
constexpr auto kTick = 10ms;
constexpr int kWaitsInARow = 3;
constexpr auto kLeastSlack = 250ms;

// Measures how late the machine lets a thread run.
class Lateness {
 public:
  Lateness()
      : thread_([this] {
          while (!stopping_) {
            const auto due = Clock::now() + kTick;
            std::this_thread::sleep_until(due);
            worst_ = std::max<std::chrono::nanoseconds>(worst_, Clock::now() - due);
          }
        }) {}
  ~Lateness() { stop(); }
  std::chrono::nanoseconds stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
    return worst_;
  }

 private:
  std::atomic<bool> stopping_{false};
  std::chrono::nanoseconds worst_{0};
  std::thread thread_;
};

}  // namespace

RecordedSession::RecordedSession(const fs::path& kept)
    : folder_(kept.empty() ? temporary_.path() : fs::canonical(kept)) {
  const fs::path log = folder_ / "write-log";
  const fs::path late = folder_ / "lateness";
  if (!fs::exists(late)) {
    fs::create_directory(recordings());
    WriteLog::create(log);
    record();
    std::ofstream(late) << lateness_.count();
  }
  std::int64_t lateness = 0;
  std::ifstream(late) >> lateness;
  lateness_ = std::chrono::nanoseconds(lateness);
  struct stat info {};
  REQUIRE(::stat(recordings().c_str(), &info) == 0);
  top_ = info.st_ino;
  log_ = std::make_unique<WriteLog>(log, recordings());
  model_ = std::make_unique<DiskModel>(*log_, top_);
  footage_ = std::make_unique<Footage>(*log_, *model_);
}

void RecordedSession::record() {
  test::Service::Options options;
  options.arguments = {"--resolution", "640x480", "--segment-seconds", kSegmentSeconds};
  options.environment = {"LD_PRELOAD=" MINIDVR_POWER_CUT,
                         std::string(kLogVariable) + "=" + (folder_ / "write-log").string(),
                         std::string(kFolderVariable) + "=" + recordings().string()};
  options.recordings = recordings();
  test::Service service(std::move(options));
  REQUIRE(service.online());
  test::PreviewClient preview(service.preview_port());
  Lateness lateness;
  std::this_thread::sleep_for(300ms);
  REQUIRE(service.command("start").at("status").as_string() == "recording");
  std::this_thread::sleep_for(kLength);
  REQUIRE(service.command("stop").at("status").as_string() == "idle");
  lateness_ = lateness.stop();
  preview.stop();
  seen_ = preview.seen();
  REQUIRE(service.terminate() == 0);
}

std::chrono::nanoseconds RecordedSession::bound() const {
  return kPromised + footage_->time_of_syncs() +
         std::max<std::chrono::nanoseconds>(kLeastSlack, kWaitsInARow * lateness_);
}

WriteLog RecordedSession::without_syncs(Forgotten forgotten) const {
  std::set<std::uint64_t> inodes;
  for (const auto& file : model_->files()) {
    const auto kind = file.folder                         ? Forgotten::folders
                      : file.first_name.ends_with(".mp4") ? Forgotten::media
                                                          : Forgotten::journals;
    if (kind == forgotten) inodes.insert(file.inode);
  }
  return log_->without_syncs([&](std::uint64_t inode) { return inodes.contains(inode); });
}

}  // namespace minidvr::power_cut
