// A server that says what a test wants, to one client after the other.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace minidvr::test {

class ScriptedServer {
 public:
  class Connection {
   public:
    Connection(int fd, const std::atomic<bool>& ending) : fd_(fd), ending_(ending) {}
    // Blocks until all is sent, the client is gone, or the test ends.
    void send(const std::string& bytes) const;
    // Until the client closes, or the test ends.
    void hold() const;

   private:
    int fd_;
    const std::atomic<bool>& ending_;
  };
  // Called after a request's head has come; when it returns the connection is closed.
  using Script = std::function<void(const Connection&)>;

  // The first client gets the first script, and so on; the last one serves all others. Port 0: any.
  // "::" serves IPv4, too. Throws when it can not listen there.
  explicit ScriptedServer(std::vector<Script> scripts, std::uint16_t port = 0,
                          const std::string& address = "127.0.0.1");
  ScriptedServer(const ScriptedServer&) = delete;
  ~ScriptedServer();

  std::uint16_t port() const { return port_; }
  std::size_t served() const { return served_; }
  // The heads of the requests that were served.
  std::vector<std::string> requests() const;

 private:
  void serve(int fd);

  std::vector<Script> scripts_;
  int listening_;
  std::uint16_t port_;
  std::atomic<bool> ending_{false};
  std::atomic<std::size_t> served_{0};
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

}  // namespace minidvr::test
