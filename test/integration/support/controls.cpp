#include "integration/support/controls.hpp"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <fstream>
#include <thread>

namespace minidvr::test {
namespace fs = std::filesystem;

fs::path script(const fs::path& path, const std::string& text) {
  std::ofstream(path) << "#!/bin/sh\n" << text << "\n";
  fs::permissions(path, fs::perms::owner_all);
  return path;
}

NotedTool::NotedTool() {
  script(path(), "{ echo --; for word in \"$@\"; do printf '%s\\n' \"$word\"; done; } >> '" +
                     notes().string() + "'\nexec v4l2-ctl \"$@\"");
}

std::vector<std::string> NotedTool::words() const {
  std::ifstream stream(notes());
  std::vector<std::string> result;
  for (std::string line; std::getline(stream, line);)
    result.push_back(line);
  return result;
}

long NotedTool::runs() const {
  const auto all = words();
  return std::count(all.begin(), all.end(), "--");
}

std::vector<std::string> with_tool(const fs::path& tool, std::vector<std::string> more) {
  std::vector<std::string> arguments{"--v4l2-ctl-bin", tool.string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

HttpAnswer set_value(const Service& service, const std::string& id, const std::string& value) {
  return request(service.app_port(), "POST", "/api/controls/" + id, "{\"value\":" + value + "}");
}

int refresh_at_once(const Service& service, int count) {
  std::atomic<int> answered{0};
  std::vector<std::thread> clients;
  std::barrier connected(count);
  for (int i = 0; i < count; ++i) {
    clients.emplace_back([&] {
      HttpConnection connection(service.app_port());
      connected.arrive_and_wait();
      if (connection.get("/api/controls?refresh=1").status == 200) ++answered;
    });
  }
  for (auto& client : clients)
    client.join();
  return answered;
}

}  // namespace minidvr::test
