#include "capture/frame_source.hpp"

#include "capture/curl_stream.hpp"
#include "capture/jpeg_size.hpp"
#include "core/event.hpp"
#include "core/log.hpp"
#include "core/shown_url.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include <sys/socket.h>

namespace minidvr::capture {
namespace {

constexpr const char* kComponent = "camera";
// One read for what stands between two bodies; the body itself is received where it stays.
constexpr std::size_t kHeadBytes = 1024;
// The kernel keeps no more than some megabytes for a socket.
constexpr std::size_t kLongestWait = 512 * 1024;
// Frames that are read at once when nobody looks at them, if they come that quickly.
constexpr std::size_t kFramesAtOnce = 4;
constexpr milliseconds kShortWait{50};
constexpr milliseconds kUntilTold{4000};  // that a stream may take to bring its first picture
// A camera that has just lost its connection may refuse what it took before, until it is done with
// that. No camera locks anybody out for so few.
constexpr int kRefusalsInPassing = 3;
constexpr int kMostPatience = 8;             // times the usual one, see longest_silence()
constexpr milliseconds kWatchInterval{500};  // stalls are noticed that much late
constexpr seconds kLeftOutInterval{60};      // between two lines of parts that are left out
// What is read at one go before it is handed on and others get their turn; some seconds of frames.
constexpr std::size_t kMostPartsAtOnce = 256;
constexpr std::size_t kMostBytesAtOnce = 32 * 1024 * 1024;

// What does not come of a server.
std::string awaited(AskStep step) {
  if (step == AskStep::resolving) return "cannot resolve the host: no answer yet";
  if (step == AskStep::connecting) return "cannot connect: no answer yet";
  if (step == AskStep::securing) return "the server has not finished its TLS handshake yet";
  return "the server takes the request and does not answer";
}

std::string when_asked_again(milliseconds pause) {
  return fmt::format(
      " (it is asked again in {} s: many cameras lock out whoever is wrong several times)",
      std::chrono::ceil<seconds>(pause).count());
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

FrameSource::FrameSource(Stream stream, Observer observer, Limits limits)
    : url_(std::move(stream.url)),
      lookup_(stream_address(url_).host, stream_address(url_).port),
      tls_verify_(stream.tls_verify),
      own_port_(stream.own_port),
      observer_(std::move(observer)),
      limits_(limits),
      clock_(own_port_ != nullptr),
      patience_(limits.silence),
      by_curl_(takes_more_than_plain_http(url_)) {}

Error FrameSource::unavailable(std::string_view what, const error_code& ec) {
  return make_error(Errc::unavailable, fmt::format("{}: {}", what, ec.message()));
}

Task<> FrameSource::run() {
  milliseconds retry = kFirstRetry;
  milliseconds after_refusal = limits_.after_refusal;
  int refusals = 0;  // since it delivered
  bool asked_both_ways = false;
  Error of_plain_address;
  for (;;) {
    delivered_since_connect_ = false;
    may_ask_otherwise_ = false;
    Error error = co_await read_stream();
    waits_since_.reset();
    // The end of the program is no loss.
    const auto cancellation = co_await net::this_coro::cancellation_state;
    if (cancellation.cancelled() != net::cancellation_type::none) co_return;
    const bool is_refused = error.reason == Reason::forbidden;
    // Who is locked out may be told nothing but that.
    const bool wants_login = error.reason == Reason::login_required;
    if (!is_refused && !wants_login) after_refusal = limits_.after_refusal;
    if (!delivered_since_connect_ && may_ask_otherwise_ && own_port_ == nullptr) {
      if (!asks_for_headers_) of_plain_address = error;
      asks_for_headers_ = !asks_for_headers_;
      asked_both_ways = !asked_both_ways;
      if (asked_both_ways) continue;
      // The other one may be of no sense to the server, and is nobody's to mend.
      error = of_plain_address;
    } else {
      asked_both_ways = false;
    }
    if (delivered_since_connect_) {
      retry = kFirstRetry;
      refusals = 0;
    }
    const bool waits_long = is_refused && (connections_ == 0 || ++refusals > kRefusalsInPassing);
    if (waits_long) error.detail += when_asked_again(after_refusal);
    on_end(error);
    milliseconds& pause = waits_long ? after_refusal : retry;
    co_await sleep_for(pause);
    pause = std::min(pause * 2, waits_long ? kLongestAfterRefusal : kLongestRetry);
  }
}

// A connection ended, or could not be made.
void FrameSource::on_end(const Error& error) {
  const bool was_delivering = delivering_;
  if (was_delivering && own_port_ == nullptr) {
    // The next one may bring the next picture as if nothing had been: watch() tells otherwise.
    ended_because_ = error.detail;
  } else {
    lose(error.detail);
  }
  if (std::exchange(last_error_, error.detail) == error.detail) return;
  if (own_port_ != nullptr && was_delivering) return;  // told as lost
  // Whose port it is stands in that line already.
  if (own_port_ != nullptr && own_port_->trouble()) {
    log::warning(kComponent, "{}", error.detail);
  } else {
    log::info(kComponent, "{}, from {}", error.detail, shown_url(url_));
  }
}

Task<> FrameSource::watch() {
  for (;;) {
    co_await sleep_for(kWatchInterval);
    if (reading_ != nullptr && Steady::now() - last_read_ > longest_silence()) {
      be_more_patient();
      error_code ignored;
      reading_->socket.cancel(ignored);
    }
    // A part that is far smaller than those before must not wait for the next one.
    if (reading_ != nullptr && Steady::now() - last_read_ > kWatchInterval) wake_at(*reading_, 1);
    if (const auto count = missed_.report(Steady::now())) {
      log::warning(kComponent, "{} frames were skipped before they reached this program, {} so far",
                   *count, missed_.count());
    }
    tell_left_out(Steady::now());
    if (delivering_ && monitor_.stalled(Steady::now())) tell_stalled();
    tell_what_comes_instead();
  }
}

// They are frames that nobody counts otherwise.
void FrameSource::tell_left_out(SteadyTime now) {
  if (left_out_ == 0 || (left_out_told_ && now - *left_out_told_ < kLeftOutInterval)) return;
  left_out_told_ = now;
  log::warning(kComponent, "left out {} parts that are no JPEG", std::exchange(left_out_, 0));
}

void FrameSource::tell_stalled() {
  if (reading_ == nullptr && !ended_because_.empty()) {
    lose(std::exchange(ended_because_, {}));
    return;
  }
  monitor_.on_stalled();
  tell_lost(fmt::format("no frame for {:.1f} s", *monitor_.last_frame_age(Steady::now())));
}

// Before there is a rate, each try that ends in silence gives the next one longer: it may be a
// camera that takes its time, and would never bring a picture if it were always asked anew before.
// A server that is not there, or closes at once, is no such camera.
Steady::duration FrameSource::longest_silence() const {
  if (!delivered_since_connect_) return patience_;
  if (monitor_.has_only_one()) return 3 * patience_;
  const auto interval = monitor_.interval().value_or(Steady::duration::zero());
  return std::max(limits_.silence, interval * CameraMonitor::kStallIntervals);
}

void FrameSource::be_more_patient() {
  if (delivered_since_connect_ && !monitor_.has_only_one()) return;
  patience_ = std::min(2 * patience_, kMostPatience * limits_.silence);
}

// Why nothing of a server that was asked can be recorded; empty: that is not known yet.
std::string FrameSource::what_comes_instead(SteadyTime now) const {
  if (waits_since_) {
    return now - *waits_since_ < kUntilTold ? std::string() : awaited(step_);
  }
  if (reading_ == nullptr || delivered_since_connect_ || now - connected_at_ < kUntilTold) {
    return {};
  }
  std::string why = "no picture in what the server sends";
  if (now - last_read_ > kUntilTold) why = "the server sends nothing";
  return no_pictures_ > 0 ? fmt::format("{}: {} parts are no JPEG", why, no_pictures_) : why;
}

void FrameSource::tell_what_comes_instead() {
  if (delivering_ || problem_ == kNotConnected) return;
  const auto why = what_comes_instead(Steady::now());
  if (why.empty()) return;
  problem_ = why;
  const auto words = why.substr(0, why.find(':'));
  if (std::exchange(told_instead_, words) == words) return;
  log::warning(kComponent, "{}, from {}", why, shown_url(url_));
}

Result<> FrameSource::feed(Reading& reading, std::string_view bytes) {
  if (!reading.chunked) return reading.parser.feed(bytes);
  while (!bytes.empty()) {
    const auto piece = reading.chunked->take(bytes);
    if (!piece) return piece.error();
    if (auto fed = reading.parser.feed(*piece); !fed) return fed;
  }
  return {};
}

// Of what comes from the server, whatever it is.
void FrameSource::count_down(Reading& reading, std::size_t bytes) {
  if (reading.left) reading.left = *reading.left - std::min<std::uint64_t>(*reading.left, bytes);
}

// `bytes`: what came with the head.
Task<Error> FrameSource::read_parts(Reading& reading, std::string bytes) {
  auto& socket = reading.socket;
  const Shown shown(reading_, reading);
  last_read_ = Steady::now();
  connected_at_ = last_read_;
  no_pictures_ = 0;
  socket.non_blocking(true);
  count_down(reading, bytes.size());
  if (const auto fed = feed(reading, bytes); !fed) {
    hand_on();
    co_return fed.error();
  }
  for (;;) {
    // Before the first wait, too: what came with the head and what came behind it belong together.
    read_on(reading);
    if (reading.failed) co_return *reading.failed;
    const auto [wait_error] = co_await socket.async_wait(Socket::wait_read, as_tuple);
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
  } else if (!reading.failed) {
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
    // Whoever was asked to close the connection behind that may leave it open all the same.
    if (reading.left == 0U) return unavailable("the stream ended", net::error::eof);
    // A chunk may end anywhere in a body.
    const auto body = reading.chunked ? std::span<std::uint8_t>{} : parser.body_space();
    const bool is_any = parser.in_open_body() || reading.chunked;
    const auto rest = is_any ? beside : beside.first(kHeadBytes);
    const std::array<net::mutable_buffer, 2> places = {net::buffer(body.data(), body.size()),
                                                       net::buffer(rest.data(), rest.size())};
    error_code ec;
    const auto n = reading.socket.read_some(places, ec);
    if (ec == net::error::would_block) return {};
    if (ec == net::error::eof && reading.source != nullptr) return reading.source->why();
    if (ec) return unavailable("the stream ended", ec);
    count_down(reading, n);
    const auto in_body = std::min(n, body.size());
    parser.body_filled(in_body);
    if (auto fed = feed(reading, {rest.data(), n - in_body}); !fed) return fed.error();
    if (reading.left == 0U) continue;
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
  if (reading_ != nullptr && reading_->is_ustreamer && !part.online) {
    refuse_unheard();
    return;
  }
  const auto size = jpeg_size(part.body);
  if (!size) {
    log::debug(kComponent, "left out a part of {} bytes that is no JPEG", part.body.size());
    ++no_pictures_;
    if (delivering_) ++left_out_;
    return;
  }
  if (!believes(arrival.steady)) return;
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
  frame->longest_pause = monitor_.patience();
  repeated_.on_frame(source_time, frame);
  monitor_.on_frame(*frame, arrival.steady);
  // Without capture times a hole is one of the way, not of the camera.
  if (clock_.has_times()) missed_.on_frame(frame->captured);
  if (!delivering_) {
    log::info(kComponent, "delivers {}x{}", frame->width, frame->height);
    delivering_ = true;
    problem_.clear();
    told_instead_.clear();
  }
  ended_because_.clear();
  if (monitor_.interval() && longest_silence() == limits_.silence) patience_ = limits_.silence;
  if (!delivered_since_connect_) ++connections_;
  delivered_since_connect_ = true;
  observer_.on_frame(std::move(frame));
}

// A redirect or a proxy may lose the query that asks ustreamer for its headers, and nothing else
// tells its placeholder from a picture.
void FrameSource::refuse_unheard() {
  if (delivered_since_connect_) return;  // the head of this part alone is damaged
  may_ask_otherwise_ = false;
  reading_->failed =
      make_error(Errc::unavailable,
                 "it is a ustreamer, to be asked for its headers: extra_headers=1 in the query of "
                 "stream_url does not reach it");
}

// ustreamer opens a device again by its name, which may be another camera's by then.
bool FrameSource::believes(SteadyTime now) {
  if (believed_) return true;
  if (!comes_since_) comes_since_ = now;
  believed_ = !observer_.is_believed || observer_.is_believed(*comes_since_);
  if (!believed_) problem_ = kNotConnected;
  return believed_;
}

void FrameSource::lose(const std::string& why) {
  ended_because_.clear();
  believed_ = false;
  comes_since_.reset();
  monitor_.on_lost();
  tell_lost(why);
}

void FrameSource::tell_lost(const std::string& why) {
  problem_ = why;
  missed_.on_lost();
  clock_.on_lost();
  if (!delivering_) return;
  delivering_ = false;
  log::warning(kComponent, "lost: {}", why);
  observer_.on_lost(why);
}

}  // namespace minidvr::capture
