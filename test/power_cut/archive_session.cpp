#include "power_cut/archive_session.hpp"

#include "archive/recording_name.hpp"
#include "archive/sidecar.hpp"
#include "integration/support/service.hpp"
#include "power_cut/log_format.hpp"
#include "power_cut/restart.hpp"
#include "unit/archive/recording_files.hpp"

#include <algorithm>
#include <fstream>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

#include <sys/stat.h>

namespace minidvr::power_cut {
namespace fs = std::filesystem;
namespace {

constexpr int kRecordings = 6;
// Older than any limit on what is recorded now.
const WallTime kTooOld = WallTime(std::chrono::hours(24 * 400));
constexpr const char* kMostDays = "18000";
constexpr const char* kOldNotes = R"({"note":"goes with its recording"})";
const WallTime kFirst = WallTime(microseconds(1'795'516'200'000'000));

std::chrono::nanoseconds since_boot() {
  return Steady::now().time_since_epoch();
}

std::uint64_t inode_at(const fs::path& path) {
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_ino;
}

// What a request did to a recording, as the sidecar has it.
archive::Notes notes_beside(const fs::path& recording) {
  const auto sidecar =
      recording.parent_path() / archive::sidecar_name(recording.filename().string());
  const auto text = read_file(sidecar, archive::kMostSidecarBytes);
  if (!text) return {};
  const auto notes = archive::parse_notes(*text);
  REQUIRE(notes.has_value());
  return *notes;
}

}  // namespace

void set_old_times(const fs::path& folder) {
  const auto time = fs::file_time_type(std::chrono::hours(1000));
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) fs::last_write_time(entry.path(), time);
  }
}

ArchiveSession::ArchiveSession() {
  fs::create_directory(recordings());
  for (int i = 0; i < kRecordings; ++i) {
    const WallTime start = kFirst + std::chrono::minutes(10 * i);
    names_.push_back(file_stamp(start) + ".mp4");
    test::write_recording(recordings(), names_.back(), start, 3 + i);
  }
  const std::string old = file_stamp(kTooOld) + ".mp4";
  test::write_recording(recordings(), old, kTooOld);
  std::ofstream(recordings() / archive::sidecar_name(old)) << kOldNotes;
  const archive::Notes old_notes = notes_beside(recordings() / old);
  set_old_times(recordings());
  before_ = read_disk(recordings());
  top_ = inode_at(recordings());
  for (const auto& [path, bytes] : before_.files)
    inodes_[path] = inode_at(recordings() / path);

  WriteLog::create(folder_.path() / "write-log");
  carry_out();
  log_ = std::make_unique<WriteLog>(folder_.path() / "write-log", recordings());
  model_ = std::make_unique<DiskModel>(model_of(*log_));
  for (const auto& name : names_)
    steps_[name].push_back({0, 0, {true, archive::Notes{}}});
  // At some moment it goes by itself, and until then it has its notes.
  REQUIRE_FALSE(fs::exists(recordings() / old));
  steps_[old] = {{0, 0, {true, old_notes}}, {0, log_->events().size() + 1, {false, {}}}};
  for (const auto& asked : asked_) {
    steps_[asked.name].push_back(
        {position_at(asked.sent), position_at(asked.answered), asked.state});
  }
}

void ArchiveSession::carry_out() {
  test::Service::Options options;
  options.arguments = {"--preview",         "off", "--stream-url",   "http://127.0.0.1:1/stream",
                       "--record-at-start", "off", "--max-age-days", kMostDays};
  options.environment = {"LD_PRELOAD=" MINIDVR_POWER_CUT,
                         std::string(kLogVariable) + "=" + (folder_.path() / "write-log").string(),
                         std::string(kFolderVariable) + "=" + recordings().string()};
  options.recordings = recordings();
  test::Service service(std::move(options));
  REQUIRE(test::wait_until([&] { return fs::exists(recordings() / ".state/index.cache"); },
                           test::kPatience));
  const auto ask = [&](std::size_t number, const std::string& method, const std::string& target,
                       const std::string& body) {
    const std::string& name = names_.at(number);
    const auto sent = since_boot();
    const auto answer = test::request(service.app_port(), method, target, body);
    INFO(method << " " << target << ": " << answer.body);
    REQUIRE(answer.status == 200);
    const auto answered = since_boot();
    const auto file = recordings() / name;
    const bool is_there = fs::exists(file);
    asked_.push_back({name,
                      sent,
                      answered,
                      {is_there, is_there ? std::optional(notes_beside(file)) : std::nullopt}});
  };
  const auto about = [&](std::size_t number) { return "/api/recordings/" + names_.at(number); };
  const auto mark = [&](std::size_t number, const std::string& label) {
    const auto at = iso8601(kFirst + std::chrono::minutes(10 * static_cast<int>(number)));
    ask(number, "POST", "/api/marks",
        boost::json::serialize(boost::json::object{{"label", label}, {"at", at}}));
  };
  ask(0, "PATCH", about(0), R"({"protected":true})");
  mark(1, "first");
  mark(1, "second");
  ask(1, "PATCH", about(1), R"({"note":"a note","protected":true})");
  ask(2, "PATCH", about(2), R"({"note":"to be deleted"})");
  ask(2, "DELETE", about(2), "");
  ask(3, "PATCH", about(3), R"({"note":"to be had back"})");
  ask(3, "DELETE", about(3), "");
  ask(3, "POST", about(3) + "/restore", "");
  ask(3, "PATCH", about(3), R"({"protected":true})");
  ask(4, "DELETE", about(4), "");
  ask(0, "PATCH", about(0), R"({"protected":false})");
  ask(0, "PATCH", about(0), R"({"protected":true,"note":"protected again"})");
  REQUIRE(test::wait_until(
      [&] { return service.log().find("it is older than max_age_days") != std::string::npos; },
      test::kPatience));
  REQUIRE(service.terminate() == 0);
}

bool ArchiveSession::is_asked(std::size_t cut) const {
  return std::any_of(asked_.begin(), asked_.end(), [&](const Asked& asked) {
    return position_at(asked.sent) < cut && cut < position_at(asked.answered);
  });
}

std::size_t ArchiveSession::position_at(std::chrono::nanoseconds time) const {
  const auto& events = log_->events();
  const auto after = std::find_if(events.begin(), events.end(),
                                  [time](const Event& event) { return event.begun >= time; });
  return static_cast<std::size_t>(after - events.begin());
}

}  // namespace minidvr::power_cut
