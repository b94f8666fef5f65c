#include "frame_composer.hpp"

#include "../shared_state.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <ctime>

namespace minidvr::virtual_camera {
namespace {

using namespace std::chrono_literals;

constexpr int jpeg_quality = 75;  // about 120 KB at 1920x1080
constexpr auto ball_round = 6s;

// Following the controls encodes the whole picture anew, so a dragged slider may do it only ten
// times a second.
constexpr auto look_interval = 100ms;

constexpr std::size_t start_of_image_size = 2;

// Copies into a buffer of limited size; remembers if something did not fit.
class Writer {
 public:
  explicit Writer(std::span<std::uint8_t> output) : output_(output) {}

  void put(std::span<const std::uint8_t> bytes) {
    if (bytes.size() > output_.size() - used_) {
      overflown_ = true;
      return;
    }
    std::memcpy(output_.data() + used_, bytes.data(), bytes.size());
    used_ += bytes.size();
  }

  std::size_t result() const { return overflown_ ? 0 : used_; }

 private:
  std::span<std::uint8_t> output_;
  std::size_t used_ = 0;
  bool overflown_ = false;
};

// Behind SOI and APP0, whose length is in the two bytes behind its marker.
std::size_t comment_position(std::span<const std::uint8_t> header) {
  return start_of_image_size + 2 + static_cast<std::size_t>(header[4] << 8 | header[5]);
}

void put_comment(Writer& writer, const FrameStamp& stamp) {
  std::array<char, 64> text{};
  const auto microseconds =
      std::chrono::duration_cast<std::chrono::microseconds>(stamp.captured_at).count();
  const int length = std::snprintf(text.data(), text.size(), "minidvr-frame %llu %lld",
                                   static_cast<unsigned long long>(stamp.number),
                                   static_cast<long long>(microseconds));
  const auto segment = static_cast<std::uint8_t>(length + 2);
  const std::array<std::uint8_t, 4> marker{0xff, 0xfe, 0, segment};
  writer.put(marker);
  writer.put(
      {reinterpret_cast<const std::uint8_t*>(text.data()), static_cast<std::size_t>(length)});
}

std::chrono::nanoseconds read_clock(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

// "hh:mm:ss.mmm" in local time.
std::array<char, 16> wall_clock(std::chrono::nanoseconds captured_at) {
  const auto since_epoch = captured_at + read_clock(CLOCK_REALTIME) - read_clock(CLOCK_MONOTONIC);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
  const auto milliseconds =
      std::chrono::floor<std::chrono::milliseconds>(since_epoch - seconds).count();
  const std::time_t time = seconds.count();
  std::tm local{};
  ::localtime_r(&time, &local);
  std::array<char, 16> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%H:%M:%S", &local);
  std::snprintf(text.data() + length, text.size() - length, ".%03d",
                static_cast<int>(milliseconds % 1000));
  return text;
}

}  // namespace

FrameComposer::FrameComposer(int width, int height, const SharedState& state)
    : state_(state),
      scene_(width, height),
      encoder_(scene_.unit(), jpeg_quality),
      look_(state),
      look_serial_(state.control_serial),
      clock_sheet_(scene_.clock_glyphs()),
      counter_sheet_(scene_.counter_glyphs()) {
  encode_all();
}

void FrameComposer::encode_all() {
  encoder_.encode(look_.apply(scene_.background(), changed_), background_);
  Bitmap changed;
  encoder_.encode(look_.apply(clock_sheet_, changed), clock_);
  encoder_.encode(look_.apply(counter_sheet_, changed), counter_);
}

void FrameComposer::follow_controls(std::chrono::nanoseconds now) {
  const std::uint32_t serial = state_.control_serial;
  if (serial == look_serial_ || now - look_since_ < look_interval) {
    return;
  }
  look_ = Look(state_);
  look_serial_ = serial;
  look_since_ = now;
  encode_all();
}

std::size_t FrameComposer::compose(const FrameStamp& stamp, std::span<std::uint8_t> output) {
  follow_controls(stamp.captured_at);
  patches_.clear();
  add_clock(stamp.captured_at);
  add_counter(stamp.number);
  add_ball(stamp.captured_at);
  // The empty corners of the ball's area may touch the digits: of two patches for a cell the first
  // one stays.
  std::stable_sort(patches_.begin(), patches_.end(),
                   [](const Patch& a, const Patch& b) { return a.cell < b.cell; });
  patches_.erase(std::unique(patches_.begin(), patches_.end(),
                             [](const Patch& a, const Patch& b) { return a.cell == b.cell; }),
                 patches_.end());

  Writer writer(output);
  const auto header = std::span<const std::uint8_t>(background_.header);
  const std::size_t comment_at = comment_position(header);
  writer.put(header.first(comment_at));
  put_comment(writer, stamp);
  writer.put(header.subspan(comment_at));

  // The markers between cells are always the background's, so their numbers stay right.
  const auto scan = std::span<const std::uint8_t>(background_.scan);
  std::size_t from = 0;
  for (const Patch& patch : patches_) {
    const std::size_t begin = background_.offsets[patch.cell];
    writer.put(scan.subspan(from, begin - from));
    writer.put(patch.bytes);
    from = background_.offsets[patch.cell + 1] - EncodedCells::marker_size;
  }
  writer.put(scan.subspan(from));
  return writer.result();
}

// `cells` holds the column's cells from `first` on, each `step` further.
void FrameComposer::add_patch(const CellArea& area, int column, const EncodedCells& cells,
                              std::size_t first, std::size_t step) {
  for (int row = 0; row < area.rows; ++row) {
    const int cell = (area.row + row) * columns_in_width + area.column + column;
    patches_.push_back(
        {static_cast<std::size_t>(cell), cells.cell(first + static_cast<std::size_t>(row) * step)});
  }
}

void FrameComposer::add_clock(std::chrono::nanoseconds captured_at) {
  const CellArea area = scene_.clock_area();
  const auto text = wall_clock(captured_at);
  for (int column = 0; column < area.columns; ++column) {
    const char* glyph = std::strchr(clock_characters, text[static_cast<std::size_t>(column)]);
    add_patch(area, column, clock_,
              static_cast<std::size_t>((glyph - clock_characters) * area.rows), 1);
  }
}

void FrameComposer::add_counter(std::uint64_t number) {
  const CellArea area = scene_.counter_area();
  for (int column = area.columns - 1; column >= 0; --column) {
    add_patch(area, column, counter_,
              static_cast<std::size_t>(number % 100) * static_cast<std::size_t>(area.rows), 1);
    number /= 100;
  }
}

void FrameComposer::add_ball(std::chrono::nanoseconds captured_at) {
  const auto in_round = captured_at % std::chrono::nanoseconds(ball_round);
  const float turn = std::chrono::duration<float>(in_round).count() /
                     std::chrono::duration<float>(ball_round).count();
  const CellArea area = scene_.ball_area(turn);
  Bitmap changed;
  encoder_.encode(look_.apply(scene_.ball(turn, area), changed), ball_);
  for (int column = 0; column < area.columns; ++column) {
    add_patch(area, column, ball_, static_cast<std::size_t>(column),
              static_cast<std::size_t>(area.columns));
  }
}

}  // namespace minidvr::virtual_camera
