// Reads the MJPEG stream over HTTP and hands on its frames.
#pragma once

#include "capture/camera_monitor.hpp"
#include "capture/chunked.hpp"
#include "capture/frame.hpp"
#include "capture/frame_clock.hpp"
#include "capture/missed_frames.hpp"
#include "capture/multipart_parser.hpp"
#include "capture/name_lookup.hpp"
#include "capture/preview_port.hpp"
#include "capture/repeated_picture.hpp"
#include "capture/stream_address.hpp"
#include "capture/stream_head.hpp"
#include "core/asio.hpp"
#include "core/error.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/generic/stream_protocol.hpp>

namespace minidvr::capture {

class CurlStream;

class FrameSource {
 public:
  struct Observer {
    std::function<void(FramePtr frame)> on_frame;
    // The camera does not deliver any more; why. Once, until the next frame.
    std::function<void(const std::string& why)> on_lost;
    // Whether somebody waits for each frame as it comes.
    std::function<bool()> is_watched;
    // Pictures come since `since`, after none did, or others: whether they are of the camera that
    // is meant. Asked again with the next one until it is so; what came before is left out. Empty:
    // they are.
    std::function<bool(SteadyTime since)> is_believed = {};
  };

  // problem() while ustreamer shows its placeholder.
  static constexpr const char* kNotConnected = "the camera is not connected";
  // problem() while nothing has come, nor failed.
  static constexpr const char* kNoFrameYet = "no frame yet";
  // A server that is not there is tried again after this, doubling up to the longest.
  static constexpr milliseconds kFirstRetry{50};
  static constexpr milliseconds kLongestRetry{1000};
  // After a user and a password that were not taken; see Limits.
  static constexpr milliseconds kLongestAfterRefusal{300'000};

  struct Limits {
    // To look its name up, as long again to connect and to take the request.
    Steady::duration answer = seconds(5);
    // A connection that brings nothing for so long is given up: the other side may be gone without
    // a word. Longer where its pictures are that rare, or may be.
    Steady::duration silence = seconds(10);
    // Before a user and a password are told again that the server has just refused, doubling up to
    // kLongestAfterRefusal: cameras lock out whoever is wrong several times, and then refuse the
    // right ones, too. One that only refuses until it is up is found within about as long again.
    // The first refusals behind a picture are no such ones.
    milliseconds after_refusal = seconds(10);
  };

  struct Stream {
    std::string url;         // as the setting stream_url allows it
    bool tls_verify = true;  // only take a certificate that this machine trusts
    // Nothing is taken from whoever else answers there. nullptr: anybody may serve the stream.
    PreviewPort* own_port = nullptr;
  };

  FrameSource(Stream stream, Observer observer)
      : FrameSource(std::move(stream), std::move(observer), Limits{}) {}
  FrameSource(Stream stream, Observer observer, Limits limits);

  // Connects, reads, reconnects; until cancelled.
  Task<> run();
  // Reads what has come and was left lying, so that every frame that was here is handed on.
  void read_now();
  // Notices when frames stop coming; until cancelled.
  Task<> watch();

  const CameraMonitor& monitor() const { return monitor_; }
  // Frames that the capture times say never reached us, since the start.
  std::uint64_t missed_frames() const { return missed_.count(); }
  // Why there are no frames; empty while there are.
  const std::string& problem() const { return problem_; }
  // The stream is open, whether frames come or not.
  bool connected() const { return reading_ != nullptr; }
  // How often the stream was opened and brought a frame.
  std::uint64_t connections() const { return connections_; }

 private:
  using Socket = net::generic::stream_protocol::socket;

  static Error unavailable(std::string_view what, const error_code& ec);
  void on_end(const Error& error);
  Task<Error> read_stream();
  // How a server is asked by our own hands.
  struct Manner {
    bool by_http_1_0 = false;
    bool with_user = false;  // and the password, by Basic
    bool operator==(const Manner&) const = default;
  };
  Task<Error> read_plain();
  // Leaves in `manner` how it is to be asked next: as it was, where nothing else is left.
  Task<Error> ask_plain(Manner& manner);
  // login_required: it wants a user and a password. forbidden: it was told them.
  Error refusal(const StreamHead& head, Manner& manner);
  Task<Error> read_by_curl();
  std::optional<Error> stranger(const std::optional<Connection>& connection,
                                std::uint16_t port) const;
  // `source`: what writes into the socket, where that is not the server.
  Task<Error> read_body(Socket& socket, const StreamHead& head, std::string bytes,
                        CurlStream* source = nullptr);
  // A stream that is being read.
  struct Reading {
    Socket& socket;
    MultipartParser& parser;
    std::vector<char> beside;  // for what is no body of known length
    std::size_t enough = 1;    // bytes to wake at
    std::optional<Error> failed = std::nullopt;
    std::optional<ChunkedBody> chunked = std::nullopt;  // what comes is
    bool is_ustreamer = false;                          // at its other end
    std::optional<std::uint64_t> left = std::nullopt;   // bytes until it ends, where that is known
    CurlStream* source = nullptr;  // knows why the stream ended, which the socket does not
  };

  template <class From>
  static Task<Result<StreamHead>> read_head(From& stream, std::string& bytes);
  static Result<> feed(Reading& reading, std::string_view bytes);
  static void count_down(Reading& reading, std::size_t bytes);
  Task<Error> read_parts(Reading& reading, std::string bytes);
  void read_on(Reading& reading);
  Result<> read_what_is_there(Reading& reading);
  std::size_t frames_at_once() const;
  // Sleep until so many bytes are there, or the stream ends.
  static void wake_at(Reading& reading, std::size_t bytes);
  void on_part(Part&& part);
  bool believes(SteadyTime now);
  void hand_on();
  void hand_on(Part&& part, const Arrival& arrival);
  void refuse_unheard();
  // The stream ended, or shows a placeholder.
  void lose(const std::string& why);
  void tell_lost(const std::string& why);
  void tell_what_comes_instead();
  std::string what_comes_instead(SteadyTime now) const;
  void tell_stalled();
  void tell_left_out(SteadyTime now);
  Steady::duration longest_silence() const;
  void be_more_patient();

  std::string url_;
  NameLookup lookup_;  // of the plain way
  bool tls_verify_;
  PreviewPort* own_port_;
  Observer observer_;
  Limits limits_;
  CameraMonitor monitor_;
  FrameClock clock_;
  RepeatedPicture repeated_;
  MissedFrames missed_;
  std::string problem_ = kNoFrameYet;
  Reading* reading_ = nullptr;  // while the stream is being read
  SteadyTime last_read_{};
  SteadyTime connected_at_{};
  std::uint64_t no_pictures_ = 0;  // parts of this connection
  std::uint64_t left_out_ = 0;     // the same while it delivers, not yet told
  std::optional<SteadyTime> left_out_told_;
  bool delivering_ = false;
  bool believed_ = false;                  // what comes is of the camera that is meant
  std::optional<SteadyTime> comes_since_;  // while that is not known
  bool delivered_since_connect_ = false;
  bool asks_for_headers_ = true;    // of ustreamer; others may know their address by each letter
  bool may_ask_otherwise_ = false;  // and bring a picture then
  std::optional<SteadyTime> waits_since_;          // while there is no answer
  std::atomic<AskStep> step_{AskStep::resolving};  // of that; libcurl's thread tells it, too
  Steady::duration patience_;                      // before there is a rate
  std::string ended_because_;  // the connection, while the next picture is not late
  std::string last_error_;     // that was told
  std::string told_instead_;
  bool by_curl_;            // it takes more than plain HTTP
  std::vector<Part> came_;  // in the read that is under way
  std::size_t came_bytes_ = 0;
  std::uint64_t sequence_ = 0;
  std::uint64_t connections_ = 0;
};

}  // namespace minidvr::capture
