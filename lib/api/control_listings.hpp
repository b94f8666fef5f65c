// The listing of the camera's controls as clients are sent it: one text, however many ask.
#pragma once

#include "controls/controls_service.hpp"
#include "core/asio.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "http/message.hpp"

namespace minidvr::api {

class ControlListings {
 public:
  // Between two listings that somebody wants from the camera itself: each is a run of v4l2-ctl, and
  // five a second are more than an eye sees. Who asks sooner waits for the next one, with all
  // others.
  static constexpr milliseconds kRefreshPause{200};

  explicit ControlListings(controls::ControlsService& service) : service_(service) {}

  // {"controls":[...]}, the answer to GET /api/controls, and
  // {"status":"controls","controls":[...]}, the one to controls:list. unavailable when v4l2-ctl
  // says nothing.
  Task<Result<http::SharedText>> answer(bool refresh);
  Task<Result<http::SharedText>> message(bool refresh);

 private:
  Task<Result<>> list(bool refresh);

  controls::ControlsService& service_;
  SteadyTime refreshed_{};           // the newest such listing, or when the one after it may begin
  controls::ControlListPtr listed_;  // what the texts are of
  http::SharedText answer_;
  http::SharedText message_;
};

}  // namespace minidvr::api
