#include "dvr/dvr.hpp"

#include "capture/camera_look.hpp"
#include "capture/camera_revival.hpp"
#include "capture/frame_source.hpp"
#include "capture/preview.hpp"
#include "capture/preview_port.hpp"
#include "core/log.hpp"
#include "dvr/health.hpp"
#include "dvr/wish.hpp"
#include "dvr/wish_saver.hpp"
#include "process/supervised_process.hpp"
#include "recording/folder_lock.hpp"
#include "recording/recorder.hpp"

#include <csignal>

#include <boost/asio/ip/address.hpp>

namespace minidvr::dvr {
namespace {

constexpr const char* kComponent = "mini-dvr";
// ustreamer ends in about 1 s.
constexpr seconds kPreviewGrace{3};
// The longest that shut_down() waits for the segment.
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
        camera_tasks(executor, fail),
        feed(executor),
        preview_port({net::ip::make_address(settings.preview_host), settings.preview_port},
                     {[this] { return preview.pid(); }, [this] { preview.hurry(); }}),
        source({settings.stream_url, settings.stream_tls_verify,
                settings.preview ? &preview_port : nullptr},
               {[this](capture::FramePtr frame) { on_frame(std::move(frame)); },
                [this](const std::string& why) { recorder.on_lost(why); },
                [this] { return feed.is_watched() || recorder.starting(); }}),
        preview(
            tasks, [this] { return preview_spec(); }, SIGTERM, kPreviewGrace),
        look(tasks, settings,
             {[this] { return source.monitor().online(Steady::now()); },
              [this] {
                return preview.running() && source.problem() == capture::FrameSource::kNotConnected;
              }}),
        lock(settings.recordings_dir, {}, [&folder] { return folder.open_to_record(); }),
        recorder(executor, pool, tasks, settings, lock, source.monitor(),
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
    source.read_now();
    recorder.want();
    source.read_now();  // it waits for each frame from now on
  }
  void switch_off() {
    source.read_now();
    recorder.unwant();
  }

  process::ChildSpec preview_spec() {
    look.on_start();
    return capture::preview_spec(settings, [this](std::string_view line) { look.on_line(line); });
  }

  Task<bool> lock_folder();
  Task<> record();
  Task<> resume();
  void recover();
  Task<> revive_camera();
  Situation situation() const;
  CameraProblem camera_problem(SteadyTime now) const;
  capture::CameraTrouble camera_trouble() const;
  RecorderStatus recorder_status() const;

  net::any_io_executor executor;
  BlockingPool& pool;
  const Settings settings;
  const StateGate state_gate;
  TaskGroup::FailureHandler fail;
  TaskGroup tasks;
  TaskGroup camera_tasks;  // they end first: that the preview ends is then no news
  capture::FrameFeed feed;
  capture::PreviewPort preview_port;
  capture::FrameSource source;
  process::SupervisedProcess preview;
  capture::CameraLook look;
  recording::FolderLock lock;
  recording::Recorder recorder;
  Wish wish;
  WishSaver wish_saver;
  RecordingSwitch recording;
  bool recovers = false;
  bool folder_is_ours = false;
  SteadyTime started = Steady::now();
};

Dvr::Dvr(net::any_io_executor executor, BlockingPool& pool, const Settings& settings,
         recording::KnownFolder& folder, StateGate state_gate, TaskGroup::FailureHandler on_failure)
    : parts_(std::make_unique<Parts>(std::move(executor), pool, settings, folder,
                                     std::move(state_gate), std::move(on_failure))) {}

Dvr::~Dvr() = default;

void Dvr::run() {
  Parts& p = *parts_;
  if (p.settings.preview) {
    p.tasks.spawn("preview", p.preview.run());
    p.camera_tasks.spawn("camera revival", p.revive_camera());
    p.camera_tasks.spawn("camera look", p.look.run());
  }
  p.camera_tasks.spawn("frame source", p.source.run());
  p.camera_tasks.spawn("stall watch", p.source.watch());
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
  if (!co_await p.recorder.wait_until_idle(deadline)) {
    log::error(kComponent, "the last segment is not finished in time; the next start completes it");
  }
  co_await p.wish_saver.wait_until_saved(deadline);
  p.camera_tasks.cancel();
  co_await p.camera_tasks.join();
  co_await p.preview.stop();
  p.tasks.cancel();
  co_await p.tasks.join();
}

// The virtual camera lies in the state's folder, where it is not told otherwise.
process::ChildSpec Dvr::Parts::preview_spec() const {
  const auto state_dir = std::filesystem::absolute(settings.state_dir);
  const auto lies_in = std::filesystem::path(capture::camera_path(settings)).parent_path();
  if (settings.device == kVirtualDevice && lies_in == state_dir && ask(state_gate)) {
    std::error_code ec;
    std::filesystem::create_directories(state_dir, ec);
  }
  return capture::preview_spec(settings);
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
      log::error(kComponent, "{}", why.detail);
      co_return true;
    }
    if (Steady::now() >= deadline) {
      log::error(kComponent, "{}", why.detail);
      if (fail) fail("recordings folder", why.detail);
      co_return false;
    }
    co_await sleep_for(kLockPause);
  }
}

Task<> Dvr::Parts::record() {
  const bool is_ours = co_await lock_folder();
  if (!is_ours) co_return;
  folder_is_ours = true;
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
      const auto& why = wanted.error().detail;
      if (std::exchange(told, why) != why) log::error(kComponent, "{}; recording is off", why);
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

Task<> Dvr::Parts::revive_camera() {
  capture::CameraRevival revival;
  for (;;) {
    co_await sleep_for(1s);
    const SteadyTime now = Steady::now();
    // Where it is known what is wrong, a start does not mend it, but for what comes and goes.
    const auto trouble = camera_trouble().code;
    const bool may_help = trouble == capture::TroubleCode::none ||
                          trouble == capture::TroubleCode::no_bandwidth ||
                          trouble == capture::TroubleCode::io_error;
    const capture::CameraRevival::Facts facts{source.monitor().online(now),
                                              may_help && capture::camera_is_there(settings),
                                              preview.running()};
    if (revival.is_due(facts, now)) preview.restart("the camera delivers nothing");
  }
}

Situation Dvr::Parts::situation() const {
  const auto status = recorder_status();
  const bool online = source.monitor().online(Steady::now());
  std::string obstacle = status.detail;
  if (obstacle.empty()) {
    obstacle = online ? "the disk has not taken a frame yet" : "no frames from the camera";
  }
  Reason reason = online ? Reason::unavailable : Reason::no_camera;
  if (!recorder.folder_problem().empty()) reason = Reason::wrong_folder;
  return {recorder.current_file(), recorder.last_file(), std::move(obstacle),
          status.state == RecorderState::idle, reason};
}

CameraProblem Dvr::Parts::camera_problem(SteadyTime now) const {
  using Source = capture::FrameSource;
  if (source.monitor().online(now)) return CameraProblem::none;
  if (preview_port.trouble()) return CameraProblem::preview;
  if (source.problem() == Source::kNotConnected) return CameraProblem::not_connected;
  if (settings.preview && !preview.problem().empty()) return CameraProblem::preview;
  if (source.connections() == 0) return CameraProblem::starting;
  return source.connected() ? CameraProblem::silent : CameraProblem::preview;
}

capture::CameraTrouble Dvr::Parts::camera_trouble() const {
  if (const auto& taken = preview_port.trouble()) return *taken;
  return look.trouble().value_or(capture::CameraTrouble{});
}

// What it waits for is known better now than when it began to.
RecorderStatus Dvr::Parts::recorder_status() const {
  auto status = recorder.status();
  if (status.state != RecorderState::waiting_for_camera) return status;
  if (auto trouble = camera_trouble(); !trouble.text.empty()) status.detail = trouble.line();
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
  return parts_->folder_is_ours && parts_->recorder.folder_problem().empty();
}

bool Dvr::camera_online() const {
  return parts_->source.monitor().online(Steady::now());
}

Status Dvr::status() const {
  const Parts& p = *parts_;
  const SteadyTime now = Steady::now();
  const auto& monitor = p.source.monitor();
  Status status;
  status.camera.online = monitor.online(now);
  status.camera.problem = p.camera_problem(now);
  if (!status.camera.online) status.camera.trouble = p.camera_trouble();
  status.camera.device = capture::camera_name(p.settings);
  status.camera.width = monitor.width();
  status.camera.height = monitor.height();
  status.camera.fps = monitor.fps(now);
  status.camera.last_frame_age = monitor.last_frame_age(now);
  status.camera.bytes_per_second = monitor.data_rate(now);
  status.camera.connections = p.source.connections();
  status.camera.missed_frames = p.source.missed_frames();
  status.camera.restarts_ended = p.preview.restarts().ended;
  status.camera.restarts_silent = p.preview.restarts().asked;
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
    // Also after the clock was set: how long it has been on is not in doubt.
    const std::chrono::duration<double> on(status.recorder.seconds);
    status.recording_started_at = status.time - std::chrono::duration_cast<WallTime::duration>(on);
  }
  status.uptime = to_seconds(now - p.started);
  const bool own_preview = p.settings.preview;
  judge(status,
        {p.source.problem(), own_preview ? p.preview.problem() : std::string{},
         p.recorder.without_growth(), p.recorder.disk_full(), p.recorder.disk_problem(),
         p.recorder.last_drop() ? std::optional(now - *p.recorder.last_drop()) : std::nullopt});
  return status;
}

}  // namespace minidvr::dvr
