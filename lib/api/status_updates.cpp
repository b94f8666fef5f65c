#include "api/status_updates.hpp"

#include "core/event.hpp"

namespace minidvr::api {
namespace {

constexpr auto kInterval = std::chrono::seconds(1);

}  // namespace

Task<> send_status_updates(WebSocketClients& clients) {
  for (;;) {
    while (clients.empty())
      co_await clients.changed().wait();
    co_await sleep_for(kInterval);
    clients.send_updates();
  }
}

}  // namespace minidvr::api
