#include "api/front_end.hpp"

#include "api/clips.hpp"
#include "api/controls.hpp"
#include "api/controls_messages.hpp"
#include "api/frames.hpp"
#include "api/health.hpp"
#include "api/login.hpp"
#include "api/marks.hpp"
#include "api/metrics.hpp"
#include "api/presets.hpp"
#include "api/recording.hpp"
#include "api/recording_files.hpp"
#include "api/recordings.hpp"
#include "api/recordings_page.hpp"
#include "api/snapshot.hpp"
#include "api/status.hpp"
#include "api/status_updates.hpp"
#include "api/stream.hpp"
#include "core/first_of.hpp"
#include "core/log.hpp"
#include "core/sd_notify.hpp"

#include <utility>

namespace minidvr::api {
namespace {

constexpr auto kComponent = "http";

// Between two tries to get what is missing.
constexpr seconds kRetryPause{1};

// A page that is asked for while its files are read would be refused; from a disk that hangs they
// never come.
constexpr seconds kDashboardPatience{2};

// What reading the dashboard gets to end when the program does; it can not be cancelled.
constexpr milliseconds kReadingGrace{500};

// The page and all that it shows come from this server.
http::SecurityPolicy page_policy(const Settings& settings) {
  http::SecurityPolicy policy;
  policy.frame_ancestors = settings.frame_ancestors;
  policy.content_security_policy =
      "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; "
      "form-action 'none'";
  return policy;
}

Door::Options door_options(const Settings& settings) {
  Door::Options options;
  options.host = settings.app_host;
  options.port = settings.app_port;
  options.certificate = {settings.tls_certificate, settings.tls_key};
  options.listener.security = page_policy(settings);
  options.listener.access = {settings.allowed_hosts, settings.allowed_origins,
                             settings.trusted_proxies};
  return options;
}

}  // namespace

FrontEnd::FrontEnd(net::any_io_executor executor, BlockingPool& pool, const Settings& settings,
                   Dashboard::DataFolder data_folder, DvrAccess dvr,
                   controls::ControlsService& controls, TaskGroup::FailureHandler on_failure)
    : executor_(std::move(executor)),
      dvr_(with_page(std::move(dvr))),
      controls_(controls),
      dashboard_(pool, std::move(data_folder),
                 {settings.app_port, settings.preview ? settings.preview_port : 0U}),
      clients_(executor_, dvr_.status),
      recording_(executor_, dvr_, clients_),
      control_listings_(controls_),
      commands_(executor_, recording_, controls_, control_listings_, clients_),
      dashboard_changed_(executor_),
      tasks_(executor_, on_failure),
      reading_(executor_, on_failure),
      door_(
          executor_, pool, router_, door_options(settings), [this] { tell_systemd(); },
          on_failure) {
  dashboard_.add_to(router_);
  add_status(router_, dvr_.status);
  add_health(router_, dvr_.status);
  add_metrics(router_, dvr_.status, [this] {
    return ClientCounts{traffic_, commands_.counts(),
                        gate_ == nullptr ? access::LoginCounts() : gate_->counts()};
  });
  add_snapshot(router_, *dvr_.frames);
  add_stream(router_, *dvr_.frames);
  add_controls(router_, controls_, control_listings_);
  add_presets(router_, controls_);
  add_recording(router_, recording_, dvr_.status);
  add_websocket(router_, commands_);
  controls_.on_change([this](const controls::ListingChanges& changes) {
    clients_.broadcast(controls_changed_message(changes));
  });
}

void FrontEnd::add(archive::Archive& archive) {
  add_recordings(router_, archive);
  add_recording_files(router_, archive);
  add_marks(router_, archive);
  commands_.add(archive);
  add_frames(router_, archive);
  add_recordings_page(router_, archive);
  const auto tell = [this, &archive](const archive::Changes& changes) {
    if (!clients_.empty()) clients_.broadcast(recordings_message(archive.index(), changes));
  };
  archive.observe(tell, [this] { return clients_.keep_up(); });
}

void FrontEnd::add(access::AccessGate& gate) {
  gate_ = &gate;
  door_.guard(gate);
  add_login(router_, gate);
  clients_.tell_access([&gate](const http::Caller& caller) {
    return access_json(gate.asks_for_password(), caller);
  });
}

void FrontEnd::add(archive::Clips& clips) {
  add_clips(router_, clips);
  clips.observe([this](const archive::Clip& clip) { clients_.broadcast(clip_message(clip)); });
}

FrontEnd::~FrontEnd() {
  controls_.on_change([](const controls::ListingChanges&) {});
}

DvrAccess FrontEnd::with_page(DvrAccess dvr) {
  dvr.status = [this, status = std::move(dvr.status)] {
    auto result = status();
    result.page_problem = dashboard_.problem();
    if (const auto served = door_.certificate()) {
      result.certificate = {served->expires, std::string(name_of(served->trouble)),
                            served->problem};
    }
    result.clients = {door_.connections(), clients_.size()};
    return result;
  };
  return dvr;
}

void FrontEnd::run() {
  door_.count(traffic_);
  // Routes that nobody has asked for yet are counted, too.
  for (const auto& route : router_.describe())
    traffic_.answers.try_emplace(route.kind);
  reading_.spawn("read the dashboard", read_dashboard());
  tasks_.spawn("open the door", open_door());
  tasks_.spawn("status updates", send_status_updates(clients_));
}

Task<> FrontEnd::read_dashboard() {
  std::string told;
  for (;;) {
    const bool complete = co_await dashboard_.read();
    dashboard_tried_ = true;
    dashboard_changed_.notify();
    const std::string& problem = dashboard_.problem();
    if (problem != told) tell_systemd();
    if (complete) {
      if (!told.empty()) log::info(kComponent, "the files of the page are there");
      co_return;
    }
    if (problem != told) {
      log::error(kComponent,
                 "there is no page: {}; looking for it every second, while all else goes on",
                 problem);
    }
    told = problem;
    co_await sleep_for(kRetryPause);
  }
}

Task<> FrontEnd::wait_for_dashboard() {
  while (!dashboard_tried_)
    co_await dashboard_changed_.wait();
}

Task<> FrontEnd::open_door() {
  co_await within(kDashboardPatience, wait_for_dashboard());
  door_.open();
}

void FrontEnd::tell_systemd() const {
  if (!door_.problem().empty()) {
    sd_notify::status("no page and no API: " + door_.problem());
  } else if (dashboard_tried_ && !dashboard_.problem().empty()) {
    sd_notify::status("no page: " + dashboard_.problem());
  } else if (const std::string state = door_.state(); !state.empty()) {
    sd_notify::status(state);
  }
}

Task<> FrontEnd::shut_down() {
  tasks_.cancel();
  reading_.cancel();
  recording_.end();
  co_await tasks_.join();
  co_await door_.shut_down();
  co_await commands_.shut_down();
  co_await within(kReadingGrace, reading_.join());
}

}  // namespace minidvr::api
