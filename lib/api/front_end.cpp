#include "api/front_end.hpp"

#include "api/controls.hpp"
#include "api/controls_messages.hpp"
#include "api/health.hpp"
#include "api/index.hpp"
#include "api/presets.hpp"
#include "api/recording.hpp"
#include "api/snapshot.hpp"
#include "api/status.hpp"
#include "api/status_updates.hpp"
#include "api/stream.hpp"
#include "core/log.hpp"

#include <utility>

namespace minidvr::api {
namespace {

// The page and all that it shows come from this server.
http::SecurityPolicy page_policy() {
  http::SecurityPolicy policy;
  policy.content_security_policy =
      "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; "
      "form-action 'none'; frame-ancestors 'self'";
  return policy;
}

}  // namespace

FrontEnd::FrontEnd(net::any_io_executor executor, DvrAccess dvr,
                   controls::ControlsService& controls, TaskGroup::FailureHandler on_failure)
    : dvr_(std::move(dvr)),
      controls_(controls),
      clients_(executor, dvr_.status),
      recording_(executor, dvr_, clients_),
      commands_(executor, recording_, controls_, clients_, on_failure),
      tasks_(executor, on_failure) {
  add_status(router_, dvr_.status);
  add_health(router_, dvr_.status);
  add_snapshot(router_, *dvr_.frames);
  add_stream(router_, *dvr_.frames);
  add_controls(router_, controls_);
  add_presets(router_, controls_);
  add_recording(router_, recording_, dvr_.status);
  add_websocket(router_, commands_);
  controls_.on_change([this](const controls::ListingChanges& changes) {
    clients_.broadcast(controls_changed_message(changes));
  });
}

FrontEnd::~FrontEnd() {
  controls_.on_change([](const controls::ListingChanges&) {});
}

Result<std::unique_ptr<FrontEnd>> FrontEnd::create(
    net::any_io_executor executor, const Settings& settings, const std::filesystem::path& data_dir,
    DvrAccess dvr, controls::ControlsService& controls, TaskGroup::FailureHandler on_failure) {
  std::unique_ptr<FrontEnd> front_end(new FrontEnd(executor, std::move(dvr), controls, on_failure));
  const unsigned preview_port = settings.preview ? settings.preview_port : 0;
  if (auto added = add_index(front_end->router_, data_dir, settings.app_port, preview_port);
      !added) {
    return added.error();
  }
  http::ListenerOptions options;
  options.security = page_policy();
  auto listener = http::Listener::bind(std::move(executor), settings.app_host, settings.app_port,
                                       front_end->router_, std::move(options), on_failure);
  if (!listener) return listener.error();
  front_end->listener_ = std::move(*listener);
  return front_end;
}

void FrontEnd::run() {
  listener_->run();
  tasks_.spawn("status updates", send_status_updates(clients_));
  const auto address = listener_->endpoint();
  log::info("http", "serving on {} port {}", address.address().to_string(), address.port());
}

Task<> FrontEnd::shut_down() {
  tasks_.cancel();
  recording_.end();
  co_await listener_->shut_down();
  co_await commands_.shut_down();
  co_await tasks_.join();
}

}  // namespace minidvr::api
