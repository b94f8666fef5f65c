#include "dvr/camera.hpp"

#include "capture/camera_revival.hpp"
#include "capture/preview.hpp"
#include "core/first_of.hpp"
#include "core/log.hpp"
#include "core/preview_address.hpp"
#include "core/shown_url.hpp"

#include <csignal>
#include <filesystem>
#include <utility>

#include <boost/asio/ip/address.hpp>

namespace minidvr::dvr {
using capture::FrameSource;
using capture::TroubleCode;
namespace {

// ustreamer ends in about 1 s.
constexpr seconds kPreviewGrace{3};
// What reads gets to end: a disk that is asked which camera it is can not be cancelled.
constexpr milliseconds kReadingGrace{300};
// The same for a ustreamer that was killed, which one that sits in its driver does not heed.
constexpr milliseconds kKilledGrace{300};
// How often it is looked whether a new ustreamer listens by now; and whether there is a new one,
// while the one that runs has been seen to. For as long as both at most who may not watch may.
constexpr milliseconds kLookForPort{200};
constexpr milliseconds kLookForStart{1000};

// ustreamer is asked before it listens.
constexpr seconds kUntilServed{5};

// Where it is known what is wrong a start does not mend it, but for what comes and goes.
bool may_go_by_itself(TroubleCode code) {
  return code == TroubleCode::none || code == TroubleCode::no_bandwidth ||
         code == TroubleCode::io_error || code == TroubleCode::no_stream;
}

}  // namespace

Camera::Camera(const net::any_io_executor& executor, BlockingPool& pool, TaskGroup& tasks,
               const TaskGroup::FailureHandler& on_failure, const Settings& settings,
               StateGate state_gate, FrameSource::Observer observer)
    : tasks_(tasks),
      configured_device_(settings.device),
      settings_(settings),
      is_local_(records_preview(settings)),
      state_gate_(std::move(state_gate)),
      reading_(executor, on_failure),
      search_(executor, pool, settings, state_gate_,
              {[this] { return is_local_ && online(Steady::now()); },
               [this](const std::string& why) { move(why); }}),
      port_({net::ip::make_address(settings.preview_host), settings.preview_port},
            {[this] { return preview_.pid(); }, [this] { preview_.hurry(); }}),
      peers_(net::ip::make_address(settings.preview_host), settings.preview_port,
             // With a password ustreamer serves this machine alone.
             networks_of(settings.allow_networks, false)),
      source_({settings.stream_url, settings.stream_tls_verify, is_local_ ? &port_ : nullptr},
              believing(std::move(observer))),
      preview_(
          tasks, [this] { return preview_spec(); }, SIGTERM, kPreviewGrace),
      look_(tasks, settings_,
            {[this] { return online(Steady::now()); },
             [this] {
               return preview_.running() && source_.problem() == FrameSource::kNotConnected;
             }}) {}

FrameSource::Observer Camera::believing(FrameSource::Observer observer) {
  // What happens to the device here says nothing of pictures that come from elsewhere.
  if (!is_local_) return observer;
  observer.is_believed = [this](SteadyTime since) {
    return look_.is_untouched() && search_.believes(since);
  };
  return observer;
}

// What is open is of another name.
void Camera::move(const std::string& why) {
  settings_.device = search_.path();
  preview_.restart(why);
  preview_.hurry();
}

process::ChildSpec Camera::preview_spec() {
  // The virtual camera lies in the state's folder, where it is not told otherwise.
  const auto state_dir = std::filesystem::absolute(settings_.state_dir);
  const auto lies_in = std::filesystem::path(capture::camera_path(settings_)).parent_path();
  if (settings_.device == kVirtualDevice && lies_in == state_dir && ask(state_gate_)) {
    std::error_code ec;
    std::filesystem::create_directories(state_dir, ec);
  }
  look_.on_start();
  search_.on_start();
  return capture::preview_spec(settings_, [this](std::string_view line) { look_.on_line(line); });
}

void Camera::run() {
  began_ = Steady::now();
  if (settings_.preview) {
    tasks_.spawn("preview", preview_.run());
    if (peers_.filters()) reading_.spawn("preview peers", keep_others_out());
    reading_.spawn("camera search", search_.look());
    reading_.spawn("known camera", search_.remember());
  }
  if (is_local_) {
    reading_.spawn("camera revival", revive());
    reading_.spawn("camera look", look_.run());
  } else if (settings_.preview) {
    // What is at its port may be ustreamer all the same, which somebody would switch off.
    const bool may_be_ours = names_preview_port(settings_);
    log::info("camera", "records {}, and not what ustreamer serves{}",
              shown_url(settings_.stream_url),
              may_be_ours ? "" : ": preview = off does without it");
  }
  reading_.spawn("frame source", source_.run());
  reading_.spawn("stall watch", source_.watch());
}

Task<> Camera::stop() {
  reading_.cancel();
  co_await within(kReadingGrace, reading_.join());
  co_await within(kPreviewGrace + kKilledGrace, preview_.stop());
}

Task<> Camera::revive() {
  capture::CameraRevival revival;
  for (;;) {
    co_await sleep_for(1s);
    const SteadyTime now = Steady::now();
    const bool may_help = may_go_by_itself(trouble(now).code);
    const capture::CameraRevival::Facts facts{
        online(now), may_help && capture::camera_is_there(settings_), preview_.running()};
    if (revival.is_due(facts, now)) preview_.restart("the camera delivers nothing");
  }
}

Task<> Camera::keep_others_out() {
  for (;;) {
    const bool is_done = peers_.look(preview_.pid());
    const milliseconds pause = is_done ? kLookForStart : kLookForPort;
    co_await sleep_for(pause);
  }
}

CameraProblem Camera::problem(SteadyTime now) const {
  if (online(now)) return CameraProblem::none;
  if (port_.trouble()) return CameraProblem::preview;
  if (source_.problem() == FrameSource::kNotConnected) {
    // ustreamer closes a camera that gives no pictures, and opens it again.
    const bool is_silent = is_local_ && look_.complaint() == capture::Complaint::silent;
    return is_silent ? CameraProblem::silent : CameraProblem::not_connected;
  }
  if (!preview_problem().empty()) return CameraProblem::preview;
  if (is_starting(now)) return CameraProblem::starting;
  return source_.connected() ? CameraProblem::silent : CameraProblem::preview;
}

bool Camera::is_starting(SteadyTime now) const {
  if (source_.problem() == FrameSource::kNoFrameYet) return true;
  return is_local_ && source_.connections() == 0 && now - began_ < kUntilServed;
}

capture::CameraTrouble Camera::trouble(SteadyTime now) const {
  if (is_local_) {
    if (const auto& taken = port_.trouble()) return *taken;
    if (const auto& found = look_.trouble()) return *found;
  }
  return stream_trouble(now);
}

// What the stream itself says, and whether there is one.
capture::CameraTrouble Camera::stream_trouble(SteadyTime now) const {
  const auto kind = problem(now);
  capture::CameraTrouble trouble;
  if (kind == CameraProblem::none || kind == CameraProblem::starting) return trouble;
  trouble.text = preview_problem();
  if (!trouble.text.empty()) return trouble;
  trouble.text = source_.problem();
  if (trouble.text.empty()) trouble.text = "no frames from the camera";
  if (kind == CameraProblem::silent && trouble.text == FrameSource::kNotConnected)
    trouble.text = "the camera is there and sends nothing";
  // A ustreamer that has never been read may want a password.
  const bool is_refused = kind == CameraProblem::preview && source_.connections() == 0;
  if (is_refused || (!is_local_ && kind != CameraProblem::not_connected))
    trouble.code = TroubleCode::no_stream;
  return trouble;
}

std::string Camera::preview_problem() const {
  return is_local_ ? preview_.problem() : std::string{};
}

std::string Camera::device_path() const {
  return capture::camera_path(settings_);
}

std::optional<unsigned> Camera::arrivals(SteadyTime now) const {
  // With preview off it may be another program that serves the camera here.
  if (is_local_ || !settings_.preview) return monitor().arrivals(now);
  return capture::camera_is_there(settings_) ? std::optional(0U) : std::nullopt;
}

CameraStatus Camera::status(SteadyTime now) const {
  CameraStatus status;
  status.online = online(now);
  status.problem = problem(now);
  if (!status.online) status.trouble = trouble(now);
  status.device = is_local_ ? settings_.device : shown_url(settings_.stream_url);
  status.configured_device = configured_device_;
  if (is_local_) status.device_reason = search_.reason();
  status.width = monitor().width();
  status.height = monitor().height();
  status.fps = monitor().fps(now);
  status.last_frame_age = monitor().last_frame_age(now);
  status.bytes_per_second = monitor().data_rate(now);
  status.connections = source_.connections();
  status.missed_frames = source_.missed_frames();
  status.restarts_ended = preview_.restarts().ended;
  status.restarts_silent = preview_.restarts().asked;
  return status;
}

}  // namespace minidvr::dvr
