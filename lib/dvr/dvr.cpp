#include "dvr/dvr.hpp"

#include "core/log.hpp"
#include "dvr/camera.hpp"
#include "dvr/health.hpp"
#include "dvr/wish.hpp"
#include "dvr/wish_saver.hpp"
#include "recording/folder_lock.hpp"
#include "recording/recorder.hpp"

namespace minidvr::dvr {
namespace {

constexpr const char* kComponent = "mini-dvr";
// The longest that shut_down() waits for the segment. With what Camera::stop() takes it is less
// than the program has to end, so that there is time to tell what is lost.
constexpr seconds kShutDownLimit{5};
// A run that was killed is gone at once; its lock goes with it when the kernel has taken it apart.
constexpr seconds kLockPatience{3};
constexpr milliseconds kLockPause{50};
constexpr seconds kBetweenLooks{1};  // at whether recording was on before

}  // namespace

struct Dvr::Parts {
  Parts(net::any_io_executor executor_, BlockingPool& pool_, const Settings& settings_,
        recording::KnownFolder& folder, StateGate state_gate_, TaskGroup::FailureHandler on_failure)
      : executor(std::move(executor_)),
        pool(pool_),
        settings(settings_),
        state_gate(std::move(state_gate_)),
        fail(std::move(on_failure)),
        tasks(executor, fail),
        feed(executor),
        camera(executor, pool, tasks, fail, settings, state_gate,
               {[this](capture::FramePtr frame) { on_frame(std::move(frame)); },
                [this](const std::string& why) { recorder.on_lost(why); },
                [this] { return feed.is_watched() || recorder.starting(); }}),
        lock(settings.recordings_dir, {}, [&folder] { return folder.open_to_record(); }),
        recorder(executor, pool, tasks, settings, lock, camera.monitor(),
                 {[this](const std::string& file) { recording.file_begun(file); },
                  [this](const std::string& file) { recording.all_written(file); }},
                 [&folder] { return folder.look(); }),
        wish(settings.state_dir, state_gate),
        wish_saver(executor, pool, [this](bool wanted) { return wish.save(wanted); }),
        recording(executor,
                  {[this] { switch_on(); }, [this] { switch_off(); },
                   [this] { return situation(); }, [this](bool on) { wish_saver.save(on); }}) {}

  void on_frame(capture::FramePtr frame) {
    feed.publish(frame);
    recorder.on_frame(std::move(frame));
  }

  // What came before belongs to before.
  void switch_on() {
    camera.read_now();
    if (!recorder.wanted()) asleep_before = time_asleep();
    recorder.want();
    camera.read_now();  // it waits for each frame from now on
  }
  void switch_off() {
    camera.read_now();
    recorder.unwant();
  }

  Task<bool> lock_folder();
  Task<> record();
  Task<> resume();
  void recover();
  Situation situation() const;
  RecorderStatus recorder_status() const;

  net::any_io_executor executor;
  BlockingPool& pool;
  const Settings settings;
  const StateGate state_gate;
  TaskGroup::FailureHandler fail;
  TaskGroup tasks;
  capture::FrameFeed feed;
  Camera camera;
  recording::FolderLock lock;
  recording::Recorder recorder;
  Wish wish;
  WishSaver wish_saver;
  RecordingSwitch recording;
  bool recovers = false;
  // Who records to the folder; unknown until its disk has answered.
  enum class Owner { unknown, this_program, another };
  Owner owner = Owner::unknown;
  SteadyTime started = Steady::now();
  Steady::duration asleep_before{};  // recording was switched on
};

Dvr::Dvr(net::any_io_executor executor, BlockingPool& pool, const Settings& settings,
         recording::KnownFolder& folder, StateGate state_gate, TaskGroup::FailureHandler on_failure)
    : parts_(std::make_unique<Parts>(std::move(executor), pool, settings, folder,
                                     std::move(state_gate), std::move(on_failure))) {}

Dvr::~Dvr() = default;

void Dvr::run() {
  Parts& p = *parts_;
  // From the first frame on: those that come before the folder is known to be ours wait in memory.
  if (p.settings.record_at_start == RecordAtStart::on) p.recording.begin_with(true);
  p.camera.run();
  p.tasks.spawn("disk watch", p.recorder.watch_disk());
  p.tasks.spawn("wish saver", p.wish_saver.run());
  p.tasks.spawn("commands", p.recording.run());
  p.tasks.spawn("recorder", p.record());
}

Task<> Dvr::shut_down() {
  Parts& p = *parts_;
  p.switch_off();
  p.recorder.hurry();
  const SteadyTime deadline = Steady::now() + kShutDownLimit;
  // Where the folder is another's, nothing is written, however long one waits.
  const bool may_be_ours = p.owner != Parts::Owner::another;
  if (may_be_ours) co_await p.recorder.wait_until_idle(deadline);
  co_await p.wish_saver.wait_until_saved(deadline);
  co_await p.camera.stop();
  if (may_be_ours && !p.recorder.idle()) p.recorder.end_here();
  p.tasks.cancel();
  co_await p.tasks.join();
}

// False: another mini-dvr records there, and this one ends. A folder that is not there yet, or can
// not be written, is the recorder's to ask for again.
Task<bool> Dvr::Parts::lock_folder() {
  const SteadyTime deadline = Steady::now() + kLockPatience;
  for (;;) {
    auto attempt = [this] { return lock.try_lock(); };
    const auto locked = co_await run_blocking(pool, std::move(attempt));
    if (locked) co_return true;
    const auto& why = locked.error();
    if (why.code != Errc::wrong_state) {
      recorder.tell_why_not(why);
      co_return true;
    }
    if (Steady::now() >= deadline) {
      log::error(kComponent, "{}", why.detail);
      owner = Owner::another;
      if (fail) fail("recordings folder", why.detail);
      co_return false;
    }
    co_await sleep_for(kLockPause);
  }
}

Task<> Dvr::Parts::record() {
  const bool is_ours = co_await lock_folder();
  if (!is_ours) co_return;
  owner = Owner::this_program;
  if (settings.record_at_start == RecordAtStart::resume) {
    tasks.spawn("resume", resume());
  } else {
    const bool record = settings.record_at_start == RecordAtStart::on;
    if (recording.begin_with(record)) {
      wish_saver.save(record);  // for a later start that resumes
      if (record) log::info(kComponent, "recording is on from the start");
    }
    recover();
  }
  co_await recorder.run();
}

// As it was before. The disk that knows may come later than this program: it is asked until it
// says, or a client does.
Task<> Dvr::Parts::resume() {
  std::string told;
  for (; !recording.decided(); co_await sleep_for(kBetweenLooks)) {
    auto load = [this] { return wish.load(); };
    const auto wanted = co_await run_blocking(pool, std::move(load));
    if (!wanted) {
      const auto& [code, why, reason] = wanted.error();
      // The recorder tells of a wrong folder.
      if (std::exchange(told, why) != why && reason != Reason::wrong_folder) {
        log::error(kComponent, "{}; recording is off", why);
      }
    } else if (*wanted && recording.begin_with(**wanted) && **wanted) {
      log::info(kComponent, "recording is on from the start");
    }
    recover();
    if (wanted && *wanted) co_return;
  }
  recover();
}

// Once it is known whether to record, which comes first.
void Dvr::Parts::recover() {
  if (std::exchange(recovers, true)) return;
  tasks.spawn("recovery", recorder.recover_leftovers());
}

Situation Dvr::Parts::situation() const {
  const auto status = recorder_status();
  const bool online = camera.online(Steady::now());
  std::string obstacle = status.detail;
  if (obstacle.empty()) {
    obstacle = online ? "the disk has not taken a frame yet" : "no frames from the camera";
  }
  Reason reason = online ? Reason::unavailable : Reason::no_camera;
  if (!recorder.folder_problem().empty()) reason = Reason::wrong_folder;
  return {recorder.current_file(), recorder.last_file(), std::move(obstacle),
          status.state == RecorderState::idle, reason};
}

// What it waits for is known better now than when it began to.
RecorderStatus Dvr::Parts::recorder_status() const {
  auto status = recorder.status();
  if (status.state != RecorderState::waiting_for_camera) return status;
  const auto trouble = camera.trouble(Steady::now());
  if (!trouble.text.empty()) status.detail = trouble.line();
  return status;
}

void Dvr::command(const Command& command) {
  parts_->recording.command(command);
}

void Dvr::observe(RecordingObserver observer) {
  parts_->recording.observe(std::move(observer));
}

capture::FrameFeed& Dvr::frames() {
  return parts_->feed;
}

std::string Dvr::current_file() const {
  return parts_->recorder.current_file();
}

bool Dvr::owns_folder() const {
  return parts_->owner == Parts::Owner::this_program && parts_->recorder.folder_problem().empty();
}

std::string Dvr::camera_path() const {
  return parts_->camera.device_path();
}

std::optional<unsigned> Dvr::camera_arrivals() const {
  return parts_->camera.arrivals(Steady::now());
}

Status Dvr::status() const {
  const Parts& p = *parts_;
  const SteadyTime now = Steady::now();
  Status status;
  status.camera = p.camera.status(now);
  status.preview_running = status.camera.online;
  status.recording_wanted = p.recorder.wanted();
  status.current_file = p.recorder.current_file();
  status.recorder = p.recorder_status();
  status.totals = p.recorder.totals();
  const auto& disk = p.recorder.disk();
  status.disk = {disk.free, disk.total, p.recorder.seconds_left(), p.recorder.disk_full(),
                 p.recorder.folder_problem()};
  status.stream_port = p.settings.preview ? p.settings.preview_port : 0;
  status.time = std::chrono::system_clock::now();
  if (status.recording_wanted) {
    // Also after the clock was set: how long it has been on is not in doubt, with what the machine
    // has slept meanwhile.
    const std::chrono::duration<double> on =
        std::chrono::duration<double>(status.recorder.seconds) + (time_asleep() - p.asleep_before);
    status.recording_started_at = status.time - std::chrono::duration_cast<WallTime::duration>(on);
  }
  status.uptime = to_seconds(now - p.started);
  judge(status,
        {p.camera.stream_problem(), p.camera.preview_problem(), p.recorder.without_growth(),
         p.recorder.disk_full(), p.recorder.disk_problem(),
         p.recorder.last_drop() ? std::optional(now - *p.recorder.last_drop()) : std::nullopt,
         p.recorder.unsynced()});
  return status;
}

}  // namespace minidvr::dvr
