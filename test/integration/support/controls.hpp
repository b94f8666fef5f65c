// What tests of the camera's controls share: a v4l2-ctl that takes notes, and requests.
#pragma once

#include "integration/support/service.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace minidvr::test {

// An executable shell script of that text; returns `path`.
std::filesystem::path script(const std::filesystem::path& path, const std::string& text);

// A v4l2-ctl that notes its arguments, one line each, "--" before each run, and then does its work.
class NotedTool {
 public:
  NotedTool();
  std::filesystem::path path() const { return folder_.path() / "v4l2-ctl"; }
  std::vector<std::string> words() const;
  long runs() const;

 private:
  std::filesystem::path notes() const { return folder_.path() / "notes"; }
  TemporaryFolder folder_;
};

// Arguments of a Service that works with `tool`.
std::vector<std::string> with_tool(const std::filesystem::path& tool,
                                   std::vector<std::string> more = {});

HttpAnswer set_value(const Service& service, const std::string& id, const std::string& value);

// How many of `count` refreshes at the same time are answered with 200.
int refresh_at_once(const Service& service, int count);

}  // namespace minidvr::test
