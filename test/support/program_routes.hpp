// The table of routes of the program as it is composed when it starts; none of it runs.
#pragma once

#include "api/front_end.hpp"
#include "support/temporary_folder.hpp"

#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

namespace minidvr::test {

inline std::vector<http::Router::Description> program_routes() {
  const TemporaryFolder folder;
  net::io_context io;
  BlockingPool pool{1};
  capture::FrameFeed frames(io.get_executor());
  api::DvrAccess dvr;
  dvr.status = [] { return dvr::Status{}; };
  dvr.command = [](const dvr::Command&) {};
  dvr.observe = [](const dvr::RecordingObserver&) {};
  dvr.frames = &frames;
  controls::ControlsService controls(
      io.get_executor(), pool,
      {{"/nonexistent/v4l2-ctl", [] { return "/dev/null"; }, {}}, {}, false, folder.path()}, {});
  archive::Archive archive(io.get_executor(), pool,
                           {folder.path(), folder.path(), [] { return std::string(); }, false});
  archive::Clips clips(io.get_executor(), archive, {folder.path(), "ffmpeg"});
  api::FrontEnd front_end(io.get_executor(), pool, Settings{}, [&] { return folder.path(); }, dvr,
                          controls, {});
  front_end.add(archive);
  front_end.add(clips);
  access::AccessGate gate(folder.path() / "accounts.json", {});
  front_end.add(gate);
  auto routes = front_end.router().describe();
  pool.join();
  return routes;
}

}  // namespace minidvr::test
