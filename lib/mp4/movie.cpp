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

// moov, and that everything is there: boxes that fill the file, in any order. Plain ffmpeg writes
// moov behind mdat; what we publish has it before, see media::verify.
Result<Box> find_moov(int file) {
  const std::uint64_t end = file_size(file);
  std::optional<Box> moov;
  bool frames = false;
  std::uint64_t at = 0;
  while (const auto box = box_at(file, at, end)) {
    if (box->type == "moov" && !moov) moov = box;
    frames = frames || box->type == "mdat";
    at += box->size;
  }
  if (!moov || !frames) return malformed("it has no moov or no mdat box");
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

// How the frames of a track are made.
struct SampleEntry {
  Box box;
  std::uint16_t width = 0;   // pixels
  std::uint16_t height = 0;  // pixels
};

std::optional<SampleEntry> sample_entry(int file, const Box& table) {
  constexpr std::uint64_t kVersionAndCount = 8;
  const auto format = find_box(file, table.content(), table.end(), "stsd");
  if (!format || format->content_size() < kVersionAndCount) return std::nullopt;
  const auto box = box_at(file, format->content() + kVersionAndCount, format->end());
  std::array<std::uint8_t, 28> bytes{};  // 24 of other things, width, height
  if (!box || box->content_size() < bytes.size() || !read_at(file, box->content(), bytes)) {
    return std::nullopt;
  }
  return SampleEntry{*box, get<std::uint16_t>(&bytes[24]), get<std::uint16_t>(&bytes[26])};
}

// The object type of an mp4v entry (ISO/IEC 14496-1, 7.2.6.6), which several codecs share; nullopt:
// it tells none.
std::optional<std::uint8_t> object_type(int file, const Box& entry) {
  constexpr std::uint64_t kVisualEntry = 78;  // bytes before its boxes
  constexpr std::uint8_t kDecoderConfiguration = 4;
  if (entry.content_size() < kVisualEntry) return std::nullopt;
  const auto box = find_box(file, entry.content() + kVisualEntry, entry.end(), "esds");
  std::array<std::uint8_t, 32> bytes{};
  if (!box) return std::nullopt;
  const auto size = std::min<std::uint64_t>(bytes.size(), box->content_size());
  if (!read_at(file, box->content(), std::span(bytes).first(static_cast<std::size_t>(size)))) {
    return std::nullopt;
  }
  // Each descriptor: its tag, and a length of one byte to four.
  const auto behind_length = [&bytes](std::size_t at) {
    constexpr std::uint8_t kMore = 0x80;
    const std::size_t last = at + 3;
    while (at < last && (bytes[at] & kMore) != 0)
      ++at;
    return at + 1;
  };
  const std::size_t stream = behind_length(5);      // behind version and tag
  if (bytes[stream + 2] != 0) return std::nullopt;  // number and flags; nobody sets those
  const std::size_t decoder = stream + 3;
  if (bytes[decoder] != kDecoderConfiguration) return std::nullopt;
  return bytes[behind_length(decoder + 1)];
}

bool is_jpeg(int file, const SampleEntry& entry) {
  constexpr std::uint8_t kJpeg = 0x6C;
  if (entry.box.type == "jpeg") return true;
  return entry.box.type == "mp4v" && object_type(file, entry.box).value_or(kJpeg) == kJpeg;
}

Result<Summary> summary_of(int file) {
  const auto moov = find_moov(file);
  if (!moov) return moov.error();
  const auto track = find_track(file, *moov);
  if (!track) return track.error();
  const auto length = in_microseconds(track->time.duration, track->time.timescale);
  const auto frames = count_frames(file, *track);
  const auto entry = sample_entry(file, track->table);
  if (!length || !frames || !entry) return malformed("its track is not described");
  if (!is_jpeg(file, *entry)) return malformed("its frames are no JPEGs");
  return Summary{*frames, *length, entry->width, entry->height, read_capture_start(file)};
}

// Of what is not whole, too: a file of ours has its header at its front.
bool tells_recording(int file) {
  const auto moov = find_box(file, 0, file_size(file), "moov");
  if (!moov) return false;
  std::size_t tracks = 0;
  for (auto box = box_at(file, moov->content(), moov->end()); box;
       box = box_at(file, box->end(), moov->end())) {
    if (box->type == "trak") ++tracks;
  }
  const auto table = find_inside(file, *moov, {"trak", "mdia", "minf", "stbl"});
  const auto entry = table ? sample_entry(file, *table) : std::nullopt;
  return tracks == 1 && entry && is_jpeg(file, *entry);
}

}  // namespace

Result<Summary> read_summary(int file) {
  return read_of_disk(file, summary_of);
}

Result<bool> is_recording(int file) {
  errno = 0;
  const bool told = tells_recording(file);
  const int number = errno;
  if (!told && number != 0) {
    return make_error(Errc::unavailable, "it can not be read: " + errno_text(number),
                      reason_of_errno(number));
  }
  return told;
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
