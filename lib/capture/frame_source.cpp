#include "capture/frame_source.hpp"

#include "capture/jpeg_size.hpp"
#include "core/event.hpp"
#include "core/log.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <fmt/format.h>

namespace minidvr::capture {
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = net::ip::tcp;
namespace {

constexpr const char* kComponent = "camera";
constexpr std::size_t kMaxResponseHeader = 16 * 1024;  // of the stream's HTTP answer
// One read for what stands between two bodies; the body itself is received where it stays.
constexpr std::size_t kHeadBytes = 1024;
// One read of a body whose end is not known.
constexpr std::size_t kOpenBodyBytes = 64 * 1024;
// The kernel keeps no more than some megabytes for a socket.
constexpr std::size_t kLongestWait = 512 * 1024;
// Frames that are read at once when nobody looks at them, if they come that quickly.
constexpr std::size_t kFramesAtOnce = 4;
constexpr milliseconds kShortWait{50};
constexpr milliseconds kWatchInterval{500};  // stalls are noticed that much late
// What is read at one go before it is handed on and others get their turn; some seconds of frames.
constexpr std::size_t kMostPartsAtOnce = 256;
constexpr std::size_t kMostBytesAtOnce = 32 * 1024 * 1024;

struct Target {
  std::string host;
  std::string port;
  std::string path;
};

// ustreamer tells capture time and camera state only when asked; to others the query says nothing.
Target target_of(const std::string& text) {
  boost::urls::url url(boost::urls::parse_uri(text).value());
  if (!url.has_query()) url.set_encoded_query("extra_headers=1");
  if (url.encoded_path().empty()) url.set_encoded_path("/");
  return {std::string(url.host_address()), url.has_port() ? std::string(url.port()) : "80",
          std::string(url.encoded_target())};
}

Error unavailable(std::string_view what, const error_code& ec) {
  return make_error(Errc::unavailable, fmt::format("{}: {}", what, ec.message()));
}

// Lets others know what is read, while it is there.
template <class Thing>
class Shown {
 public:
  Shown(Thing*& place, Thing& thing) : place_(place) { place_ = &thing; }
  Shown(const Shown&) = delete;
  Shown& operator=(const Shown&) = delete;
  ~Shown() { place_ = nullptr; }

 private:
  Thing*& place_;
};

}  // namespace

FrameSource::FrameSource(std::string url, Observer observer, Limits limits)
    : url_(std::move(url)), observer_(std::move(observer)), limits_(limits) {}

Task<> FrameSource::run() {
  milliseconds retry = kFirstRetry;
  std::string last_logged;
  for (;;) {
    delivered_since_connect_ = false;
    const Error error = co_await read_stream();
    // The end of the program is no loss.
    const auto cancellation = co_await net::this_coro::cancellation_state;
    if (cancellation.cancelled() != net::cancellation_type::none) co_return;
    if (delivering_) last_logged = error.detail;
    lose(error.detail);
    if (delivered_since_connect_) retry = kFirstRetry;
    if (error.detail != last_logged) {
      log::info(kComponent, "{} from {}", error.detail, url_);
      last_logged = error.detail;
    }
    co_await sleep_for(retry);
    retry = std::min(retry * 2, kLongestRetry);
  }
}

Task<> FrameSource::watch() {
  for (;;) {
    co_await sleep_for(kWatchInterval);
    if (reading_ != nullptr && Steady::now() - last_read_ > limits_.silence) {
      error_code ignored;
      reading_->socket.cancel(ignored);
    }
    // A part that is far smaller than those before must not wait for the next one.
    if (reading_ != nullptr && Steady::now() - last_read_ > kWatchInterval) wake_at(*reading_, 1);
    if (const auto count = missed_.report(Steady::now())) {
      log::warning(kComponent, "{} frames were skipped before they reached this program, {} so far",
                   *count, missed_.count());
    }
    if (delivering_ && monitor_.stalled(Steady::now())) {
      lose(fmt::format("no frame for {:.1f} s", *monitor_.last_frame_age(Steady::now())));
    }
  }
}

Task<Error> FrameSource::read_stream() {
  const Target target = target_of(url_);
  const auto executor = co_await net::this_coro::executor;
  beast::tcp_stream stream(executor);
  tcp::resolver resolver(executor);
  const auto [resolve_error, endpoints] =
      co_await resolver.async_resolve(target.host, target.port, as_tuple);
  if (resolve_error) co_return unavailable("cannot resolve the host", resolve_error);

  stream.expires_after(limits_.answer);
  const auto [connect_error, endpoint] = co_await stream.async_connect(endpoints, as_tuple);
  if (connect_error) co_return unavailable("cannot connect", connect_error);

  // HTTP/1.0, so that no server sends the stream in chunks.
  http::request<http::empty_body> request{http::verb::get, target.path, 10};
  request.set(http::field::host, target.host + ":" + target.port);
  request.set(http::field::user_agent, "mini-dvr");
  const auto [write_error, written] = co_await http::async_write(stream, request, as_tuple);
  if (write_error) co_return unavailable("cannot ask for the stream", write_error);

  beast::flat_buffer head;
  http::response_parser<http::empty_body> response;
  response.header_limit(kMaxResponseHeader);
  response.skip(true);
  const auto [read_error, read] =
      co_await http::async_read_header(stream, head, response, as_tuple);
  if (read_error) co_return unavailable("no answer", read_error);
  if (response.get().result() != http::status::ok) {
    co_return make_error(Errc::unavailable,
                         fmt::format("the server answered {}", response.get().result_int()));
  }
  const auto boundary = multipart_boundary(response.get()[http::field::content_type]);
  if (!boundary) co_return boundary.error();

  stream.expires_never();
  const auto rest = head.cdata();
  MultipartParser parser(*boundary, [this](Part&& part) { on_part(std::move(part)); });
  if (auto fed = parser.feed({static_cast<const char*>(rest.data()), rest.size()}); !fed) {
    hand_on();
    co_return fed.error();
  }
  co_return co_await read_parts(stream.socket(), parser);
}

Task<Error> FrameSource::read_parts(tcp::socket& socket, MultipartParser& parser) {
  Reading reading{socket, parser, std::vector<char>(kOpenBodyBytes)};
  const Shown shown(reading_, reading);
  last_read_ = Steady::now();
  socket.non_blocking(true);
  for (;;) {
    // Before the first wait, too: what came with the head and what came behind it belong together.
    read_on(reading);
    if (reading.failed) co_return *reading.failed;
    const auto [wait_error] = co_await socket.async_wait(tcp::socket::wait_read, as_tuple);
    if (reading.failed) co_return *reading.failed;
    if (wait_error) co_return unavailable("nothing comes any more", wait_error);
    last_read_ = Steady::now();
  }
}

void FrameSource::read_on(Reading& reading) {
  auto read = read_what_is_there(reading);
  hand_on();
  if (read) {
    wake_at(reading, reading.parser.worth_waking_for(frames_at_once()));
  } else {
    reading.failed = read.error();
  }
}

void FrameSource::read_now() {
  if (reading_ == nullptr || reading_->failed) return;
  read_on(*reading_);
  if (!reading_->failed) return;
  error_code ignored;  // whoever waits for more finds out
  reading_->socket.cancel(ignored);
}

// To wake costs about as much as to read. Nobody misses a frame for one interval who does not look
// at it, as long as the stream tells when it was captured.
std::size_t FrameSource::frames_at_once() const {
  const auto interval = monitor_.interval();
  const bool rapid = interval && *interval <= kShortWait;
  return rapid && clock_.has_times() && !observer_.is_watched() ? kFramesAtOnce : 1;
}

void FrameSource::wake_at(Reading& reading, std::size_t bytes) {
  bytes = std::clamp<std::size_t>(bytes, 1, kLongestWait);
  if (bytes == reading.enough) return;
  error_code ignored;  // without it there are more and smaller reads
  reading.socket.set_option(net::socket_base::receive_low_watermark(static_cast<int>(bytes)),
                            ignored);
  reading.enough = bytes;
}

Result<> FrameSource::read_what_is_there(Reading& reading) {
  auto& parser = reading.parser;
  const std::span<char> beside(reading.beside);
  for (;;) {
    const auto body = parser.body_space();
    const auto rest = parser.in_open_body() ? beside : beside.first(kHeadBytes);
    const std::array<net::mutable_buffer, 2> places = {net::buffer(body.data(), body.size()),
                                                       net::buffer(rest.data(), rest.size())};
    error_code ec;
    const auto n = reading.socket.read_some(places, ec);
    if (ec == net::error::would_block) return {};
    if (ec) return unavailable("the stream ended", ec);
    const auto in_body = std::min(n, body.size());
    parser.body_filled(in_body);
    if (auto fed = parser.feed({rest.data(), n - in_body}); !fed) return fed.error();
    if (n < body.size() + rest.size()) return {};
    if (came_.size() >= kMostPartsAtOnce || came_bytes_ >= kMostBytesAtOnce) return {};
  }
}

void FrameSource::on_part(Part&& part) {
  came_bytes_ += part.body.size();
  came_.push_back(std::move(part));
}

// How many came together says how far apart they were, where the stream does not.
void FrameSource::hand_on() {
  if (came_.empty()) return;
  Arrival arrival = Arrival::now();
  arrival.behind = came_.size();
  for (auto& part : came_) {
    --arrival.behind;
    hand_on(std::move(part), arrival);
  }
  came_.clear();
  came_bytes_ = 0;
}

void FrameSource::hand_on(Part&& part, const Arrival& arrival) {
  if (part.online == false) {
    lose(kNotConnected);
    return;
  }
  const auto size = jpeg_size(part.body);
  if (!size) {
    log::debug(kComponent, "left out a part of {} bytes that is no JPEG", part.body.size());
    return;
  }
  const auto source_time = part.grab_time ? part.grab_time : part.timestamp;
  if (repeated_.is_repeat(source_time, part.body, part.grab_time.has_value())) return;
  const auto times = clock_.stamp(source_time, arrival);

  auto frame = std::make_shared<Frame>();
  frame->jpeg = std::move(part.body);
  frame->captured = times.captured;
  frame->wall = times.wall;
  frame->width = size->width;
  frame->height = size->height;
  frame->sequence = ++sequence_;
  repeated_.on_frame(source_time, frame);
  monitor_.on_frame(*frame, arrival.steady);
  // Without capture times a hole is one of the way, not of the camera.
  if (clock_.has_times()) missed_.on_frame(frame->captured);
  if (!delivering_) {
    log::info(kComponent, "delivers {}x{}", frame->width, frame->height);
    delivering_ = true;
    problem_.clear();
  }
  if (!delivered_since_connect_) ++connections_;
  delivered_since_connect_ = true;
  observer_.on_frame(std::move(frame));
}

void FrameSource::lose(const std::string& why) {
  problem_ = why;
  monitor_.on_lost();
  missed_.on_lost();
  if (!delivering_) return;
  delivering_ = false;
  log::warning(kComponent, "lost: {}", why);
  observer_.on_lost(why);
}

}  // namespace minidvr::capture
