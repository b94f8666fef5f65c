#include "mp4/movie.hpp"

#include "core/file.hpp"
#include "mp4/boxes.hpp"
#include "mp4/capture_start.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <string_view>

namespace minidvr::mp4 {
namespace {

Error malformed(std::string_view why) {
  return make_error(Errc::malformed, std::string(why));
}

// What a disk does not give says nothing of the file.
template <class Read>
auto read_of_disk(int file, Read read) {
  errno = 0;
  auto result = read(file);
  const int number = errno;
  if (!result && number != 0) {
    result = make_error(Errc::unavailable, "it can not be read: " + errno_text(number),
                        reason_of_errno(number));
  }
  return result;
}

constexpr std::string_view kBeyondTheEnd = "its frames reach beyond its end";
constexpr std::uint64_t kLongest = 10ULL * 366 * 86400;  // seconds; more is nonsense

std::optional<microseconds> in_microseconds(std::uint64_t units, std::uint32_t timescale) {
  constexpr std::uint64_t kPerSecond = 1'000'000;
  if (timescale == 0 || units / timescale > kLongest) return std::nullopt;
  const auto rest = units % timescale * kPerSecond / timescale;
  return microseconds(static_cast<std::int64_t>(units / timescale * kPerSecond + rest));
}

struct MediaTime {
  std::uint32_t timescale = 0;
  std::uint64_t duration = 0;
};

std::optional<MediaTime> media_time(int file, const Box& media) {
  const auto box = find_box(file, media.content(), media.end(), "mdhd");
  std::array<std::uint8_t, 32> bytes{};
  if (!box || box->content_size() < 24) return std::nullopt;
  const bool wide = box->content_size() >= bytes.size();
  if (!read_at(file, box->content(), std::span(bytes).first(wide ? bytes.size() : 24))) {
    return std::nullopt;
  }
  if (bytes[0] == 0)
    return MediaTime{get<std::uint32_t>(&bytes[12]), get<std::uint32_t>(&bytes[16])};
  if (bytes[0] != 1 || !wide) return std::nullopt;
  return MediaTime{get<std::uint32_t>(&bytes[20]), get<std::uint64_t>(&bytes[24])};
}

// The track's boxes, found once.
struct Track {
  Box table;  // stbl
  MediaTime time;
};

Result<Track> find_track(int file, const Box& moov) {
  const auto media = find_inside(file, moov, {"trak", "mdia"});
  if (!media) return malformed("it has no track");
  const auto table = find_inside(file, *media, {"minf", "stbl"});
  const auto time = media_time(file, *media);
  if (!table || !time || time->timescale == 0) return malformed("its track is not described");
  return Track{*table, *time};
}

// moov, and that everything is there: moov before mdat, and boxes that fill the file.
Result<Box> find_moov(int file) {
  const std::uint64_t end = file_size(file);
  std::optional<Box> moov;
  bool frames = false;
  std::uint64_t at = 0;
  while (const auto box = box_at(file, at, end)) {
    if (box->type == "moov" && !moov) moov = box;
    if (box->type == "mdat") frames = moov.has_value();
    at += box->size;
  }
  if (!moov || !frames) return malformed("it has no moov box before its mdat box");
  if (at != end) return malformed("it is not whole: its boxes do not fill it");
  return *moov;
}

// One of the tables: version and flags, other numbers, the count of its entries, the entries.
class Table {
 public:
  // `before`: bytes of other numbers between flags and count.
  static std::optional<Table> read(int file, const Box& inside, std::string_view type,
                                   std::size_t entry, std::size_t before = 0) {
    const auto box = find_box(file, inside.content(), inside.end(), type);
    if (!box || box->content_size() < 8 + before) return std::nullopt;
    Table table;
    table.start_ = 8 + before;
    table.entry_ = entry;
    table.bytes_.resize(table.start_);
    if (!read_at(file, box->content(), table.bytes_)) return std::nullopt;
    table.count_ = get<std::uint32_t>(&table.bytes_[table.start_ - 4]);
    return table.read_entries(file, *box) ? std::optional(std::move(table)) : std::nullopt;
  }

  std::uint32_t count() const { return count_; }
  // Of the numbers before the count.
  std::uint32_t header(std::size_t at) const { return get<std::uint32_t>(&bytes_[4 + at]); }
  template <std::unsigned_integral Number = std::uint32_t>
  Number at(std::size_t entry, std::size_t offset = 0) const {
    return get<Number>(&bytes_[start_ + entry * entry_ + offset]);
  }

 private:
  bool read_entries(int file, const Box& box) {
    if (count_ > kMostFrames) return false;
    const std::uint64_t size = std::uint64_t{count_} * entry_;
    // The sizes of frames that are all alike are not there.
    if (box.type == "stsz" && header(0) != 0) return true;
    if (size > box.content_size() - start_) return false;
    bytes_.resize(start_ + static_cast<std::size_t>(size));
    return read_at(file, box.content() + start_, std::span(bytes_).subspan(start_));
  }

  std::vector<std::uint8_t> bytes_;
  std::size_t start_ = 0;
  std::size_t entry_ = 0;
  std::uint32_t count_ = 0;
};

bool read_times(const Table& durations, std::uint32_t timescale,
                std::vector<FrameTable::Frame>& frames) {
  std::uint64_t units = 0;
  std::size_t next = 0;
  for (std::uint32_t run = 0; run < durations.count(); ++run) {
    for (std::uint32_t i = 0; i < durations.at(run); ++i) {
      if (next == frames.size()) return false;
      const auto time = in_microseconds(units, timescale);
      if (!time) return false;
      frames[next++].time = *time;
      units += durations.at(run, 4);
    }
  }
  return next == frames.size();
}

void read_sizes(const Table& sizes, std::vector<FrameTable::Frame>& frames) {
  const std::uint32_t all_alike = sizes.header(0);
  for (std::size_t i = 0; i < frames.size(); ++i)
    frames[i].size = all_alike != 0 ? all_alike : sizes.at(i);
}

std::uint64_t offset_of(const Table& offsets, bool wide, std::uint32_t chunk) {
  return wide ? offsets.at<std::uint64_t>(chunk) : offsets.at(chunk);
}

// Whether the chunks, as they lie, are the frames one after the other.
bool back_to_back(const Table& runs, const Table& offsets, bool wide, const FrameTable& table) {
  std::uint64_t at = table.first_offset;
  std::size_t frame = 0;
  std::uint32_t run = 0;
  if (runs.count() == 0 || runs.at(0) != 1) return false;
  for (std::uint32_t chunk = 0; chunk < offsets.count(); ++chunk) {
    if (run + 1 < runs.count() && runs.at(run + 1) == chunk + 1) ++run;
    if (offset_of(offsets, wide, chunk) != at) return false;
    const std::uint32_t in_chunk = runs.at(run, 4);
    if (in_chunk > table.frames.size() - frame) return false;
    for (std::uint32_t i = 0; i < in_chunk; ++i)
      at += table.frames[frame++].size;
  }
  return frame == table.frames.size();
}

// How many frames the track has; nullopt where the table of their sizes can not be true.
std::optional<std::uint32_t> count_frames(int file, const Track& track) {
  const auto sizes = find_box(file, track.table.content(), track.table.end(), "stsz");
  std::array<std::uint8_t, 12> head{};  // version and flags, size of each or 0, count
  if (!sizes || sizes->content_size() < head.size() || !read_at(file, sizes->content(), head)) {
    return std::nullopt;
  }
  const std::uint64_t all_alike = get<std::uint32_t>(&head[4]);
  const std::uint64_t count = get<std::uint32_t>(&head[8]);
  const bool fits = all_alike == 0 ? count * 4 <= sizes->content_size() - head.size()
                                   : count * all_alike <= file_size(file);
  if (count > kMostFrames || !fits) return std::nullopt;
  return static_cast<std::uint32_t>(count);
}

Result<Summary> summary_of(int file) {
  const auto moov = find_moov(file);
  if (!moov) return moov.error();
  const auto track = find_track(file, *moov);
  if (!track) return track.error();
  const auto length = in_microseconds(track->time.duration, track->time.timescale);
  const auto frames = count_frames(file, *track);
  const auto format = find_box(file, track->table.content(), track->table.end(), "stsd");
  // Flags, count, and of the first entry: size, type, 24 bytes, width, height.
  std::array<std::uint8_t, 44> entry{};
  if (!length || !frames || !format || format->content_size() < entry.size() ||
      !read_at(file, format->content(), entry)) {
    return malformed("its track is not described");
  }
  if (std::string_view(reinterpret_cast<const char*>(&entry[12]), 4) != "mp4v") {
    return malformed("its frames are no JPEGs");
  }
  return Summary{*frames, *length, get<std::uint16_t>(&entry[40]), get<std::uint16_t>(&entry[42]),
                 read_capture_start(file)};
}

}  // namespace

Result<Summary> read_summary(int file) {
  return read_of_disk(file, summary_of);
}

std::size_t FrameTable::shown_at(microseconds time) const {
  const auto after = std::upper_bound(frames.begin(), frames.end(), time,
                                      [](microseconds at, const Frame& f) { return at < f.time; });
  return after == frames.begin() ? 0 : static_cast<std::size_t>(after - frames.begin()) - 1;
}

std::uint64_t FrameTable::offset_of(std::size_t number) const {
  std::uint64_t offset = first_offset;
  for (std::size_t i = 0; i < number; ++i)
    offset += frames[i].size;
  return offset;
}

namespace {

Result<FrameTable> frames_of(int file) {
  const auto moov = find_moov(file);
  if (!moov) return moov.error();
  const auto track = find_track(file, *moov);
  if (!track) return track.error();
  const auto sizes = Table::read(file, track->table, "stsz", 4, 4);
  const auto durations = Table::read(file, track->table, "stts", 8);
  const auto runs = Table::read(file, track->table, "stsc", 12);
  auto offsets = Table::read(file, track->table, "stco", 4);
  const bool wide = !offsets;
  if (wide) offsets = Table::read(file, track->table, "co64", 8);
  if (!sizes || !durations || !runs || !offsets) return malformed("its sample table is not whole");
  if (sizes->count() == 0 || offsets->count() == 0) return malformed("it has no frames");

  const std::uint64_t end = file_size(file);
  FrameTable table;
  table.start = read_capture_start(file);
  table.first_offset = offset_of(*offsets, wide, 0);
  // Before memory is taken for them: frames that are all alike take no room in the table.
  if (table.first_offset > end || sizes->count() > end) return malformed(kBeyondTheEnd);
  table.frames.resize(sizes->count());
  read_sizes(*sizes, table.frames);
  if (!read_times(*durations, track->time.timescale, table.frames)) {
    return malformed("its frames have no times");
  }
  if (!back_to_back(*runs, *offsets, wide, table)) {
    return malformed("its frames do not lie one after the other");
  }
  if (table.offset_of(table.frames.size()) > end) return malformed(kBeyondTheEnd);
  return table;
}

}  // namespace

Result<FrameTable> read_frames(int file) {
  return read_of_disk(file, frames_of);
}

}  // namespace minidvr::mp4
