#include "api/dvr_access.hpp"

#include <utility>

namespace minidvr::api {

DvrAccess access_to(dvr::Dvr& dvr) {
  DvrAccess access;
  access.status = [&dvr] { return dvr.status(); };
  access.command = [&dvr](const dvr::Command& command) { dvr.command(command); };
  access.observe = [&dvr](dvr::RecordingObserver observer) { dvr.observe(std::move(observer)); };
  access.frames = &dvr.frames();
  return access;
}

}  // namespace minidvr::api
