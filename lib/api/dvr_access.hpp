// What the front end needs of the recorder, and nothing more; a test hands in its own.
#pragma once

#include "capture/frame_feed.hpp"
#include "dvr/dvr.hpp"
#include "dvr/status.hpp"

#include <functional>

namespace minidvr::api {

using StatusSource = std::function<dvr::Status()>;

// See the functions of dvr::Dvr with the same names.
struct DvrAccess {
  StatusSource status;
  std::function<void(const dvr::Command&)> command;
  std::function<void(dvr::RecordingObserver)> observe;
  capture::FrameFeed* frames = nullptr;
};

// `dvr` must outlive the result.
DvrAccess access_to(dvr::Dvr& dvr);

}  // namespace minidvr::api
