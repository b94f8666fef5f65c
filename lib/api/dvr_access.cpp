#include "api/dvr_access.hpp"

#include <utility>

namespace minidvr::api {

DvrAccess access_to(dvr::Dvr& dvr) {
  DvrAccess access;
  access.status = [&dvr] { return dvr.status(); };
  access.start = [&dvr](dvr::OutcomeHandler done) { return dvr.start(std::move(done)); };
  access.stop = [&dvr](dvr::OutcomeHandler done) { return dvr.stop(std::move(done)); };
  access.on_event = [&dvr](RecordingObserver observer) { dvr.on_event(std::move(observer)); };
  access.frames = &dvr.frames();
  return access;
}

}  // namespace minidvr::api
