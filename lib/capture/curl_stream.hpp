// A stream that takes more than plain HTTP to be had: TLS, redirects, a password by Digest.
#pragma once

#include "capture/preview_port.hpp"
#include "capture/stream_address.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace minidvr::capture {

struct CurlLibrary;

// libcurl opens it, on a thread of its own, and writes what comes into a socket of this machine.
// The kernel keeps some hundred kilobytes in it; while nobody reads, nothing more is taken from the
// server.
class CurlStream {
 public:
  // Beyond this they lead in a circle.
  static constexpr long kMostRedirects = 5;

  struct Options {
    std::string url;  // with user and password, where they are wanted
    bool tls_verify = true;
    Steady::duration connect{};  // until the connection must be there, without its TLS
    Steady::duration answer{};   // until the head of the answer must be there
    std::atomic<AskStep>& step;  // where it is told from the thread how far it has come
  };

  explicit CurlStream(Options options);
  CurlStream(const CurlStream&) = delete;
  // Ends the connection and the thread, at once.
  ~CurlStream();

  // To be read once, by its owner: a head that says 200, the Content-Type and cookies, then the
  // body, without any chunks. It ends when the stream does, or when there is none.
  // -1: it could not begin.
  int take_socket();

  // Why the socket ended, once it has; ends all else. login_required: it wants a user and a
  // password. forbidden: the server was told them, and refused them.
  Error why();
  // Of the server's last answer; 0: there was none. Known when the socket has ended.
  unsigned status() const { return status_; }
  // It took the connection, and longer than `answer` for the rest. Known then, too.
  bool answer_is_late() const { return answer_is_late_; }
  // That of the first answer, whoever it leads to; nullopt: there was none yet.
  std::optional<Connection> first_connection();

 private:
  static int on_request(void* self, char* there, char* here, int port_there, int port_here);
  static std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self);
  void set_up();
  void begin_connection(AskStep step);
  void end();
  void transfer();
  int wait_for_end();
  bool hand_over(std::string_view bytes) const;
  std::string reason(int result) const;
  std::string why_unauthorized() const;
  std::optional<std::string> server_led_to() const;
  unsigned asked_status() const;
  void note_connection();

  Options options_;
  const CurlLibrary* curl_;  // nullptr: it is missing
  void* easy_ = nullptr;     // CURL
  void* multi_ = nullptr;    // CURLM
  int ours_ = -1;
  int theirs_ = -1;
  std::atomic<bool> ending_{false};
  bool answered_ = false;       // with the stream; of the thread
  bool is_answered_ = false;    // the head of what answers the last request is whole; of the thread
  bool is_challenged_ = false;  // by a 401, before which libcurl tells nobody who asks
  bool tells_user_ = false;     // the last request does
  std::string cookies_;         // lines of the head, of the thread
  unsigned status_ = 0;         // read when the thread has ended, as are the next three
  bool answer_is_late_ = false;
  Reason refusal_ = Reason::of_code;
  std::string why_;
  std::mutex mutex_;
  std::optional<Connection> first_connection_;  // under mutex_
  std::thread thread_;
};

}  // namespace minidvr::capture
