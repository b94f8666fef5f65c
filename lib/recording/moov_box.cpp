#include "recording/moov_box.hpp"

#include <algorithm>
#include <concepts>
#include <limits>
#include <string_view>

namespace minidvr::recording::media {
namespace {

constexpr std::uint32_t kTimescale =
    1'000'000;  // of the track: the times of the journal, as they are
constexpr std::uint32_t kMovieTimescale = 1000;
constexpr std::uint32_t kSamplesPerChunk = 30;  // about a second, as players like it
constexpr std::uint64_t kSecondsFrom1904To1970 = 2'082'844'800;
constexpr std::uint32_t kOne = 0x00010000;  // 1.0 in 16.16 fixed point

// Writes boxes; numbers are big endian.
class BoxWriter {
 public:
  template <std::unsigned_integral Number>
  void put(Number value) {
    for (std::size_t i = sizeof value; i-- > 0;) {
      bytes_.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (8 * i)));
    }
  }
  void put32(std::size_t value) { put(static_cast<std::uint32_t>(value)); }
  void text(std::string_view value) { bytes_.insert(bytes_.end(), value.begin(), value.end()); }
  void zeros(std::size_t count) { bytes_.insert(bytes_.end(), count, 0); }

  // A box around what `content` writes.
  template <class Content>
  void box(std::string_view type, Content content) {
    const std::size_t start = bytes_.size();
    put32(0);
    text(type);
    content();
    const std::size_t size = bytes_.size() - start;
    for (std::size_t i = 0; i < 4; ++i) {
      bytes_[start + i] = static_cast<std::uint8_t>(size >> (24 - 8 * i));
    }
  }
  template <class Content>
  void full_box(std::string_view type, std::uint32_t version_and_flags, Content content) {
    box(type, [&] {
      put(version_and_flags);
      content();
    });
  }
  std::vector<std::uint8_t> take() { return std::move(bytes_); }

 private:
  std::vector<std::uint8_t> bytes_;
};

void matrix(BoxWriter& out) {
  for (const std::uint32_t value : {kOne, 0U, 0U, 0U, kOne, 0U, 0U, 0U, 0x40000000U}) {
    out.put(value);
  }
}

std::uint64_t created(const JournalHeader& header) {
  return static_cast<std::uint64_t>(header.wall / 1'000'000) + kSecondsFrom1904To1970;
}

// How long each frame is shown: until the next one; the last one for a usual interval.
std::vector<std::uint32_t> durations(const JournalHeader& header, std::span<const Sample> samples) {
  std::vector<std::uint32_t> result;
  result.reserve(samples.size());
  for (std::size_t i = 0; i + 1 < samples.size(); ++i) {
    result.push_back(static_cast<std::uint32_t>((samples[i + 1].time - samples[i].time).count()));
  }
  if (!samples.empty()) result.push_back(header.frame_interval);
  return result;
}

void sample_entry(BoxWriter& out, const JournalHeader& header) {
  out.box("mp4v", [&] {
    out.zeros(6);
    out.put(std::uint16_t{1});  // data reference
    out.zeros(16);
    out.put(header.width);
    out.put(header.height);
    out.put(std::uint32_t{0x00480000});  // 72 dpi
    out.put(std::uint32_t{0x00480000});
    out.zeros(4);
    out.put(std::uint16_t{1});  // frames a sample
    out.zeros(32);
    out.put(std::uint16_t{0x18});
    out.put(std::uint16_t{0xFFFF});
    out.full_box("esds", 0, [&] {
      out.put(std::uint8_t{3});  // ES descriptor
      out.put(std::uint8_t{3 + 2 + 13 + 2 + 1});
      out.put(std::uint16_t{1});
      out.put(std::uint8_t{0});
      out.put(std::uint8_t{4});  // decoder configuration
      out.put(std::uint8_t{13});
      out.put(std::uint8_t{0x6C});
      out.put(std::uint8_t{0x11});  // a visual stream
      out.zeros(3 + 4 + 4);
      out.put(std::uint8_t{6});  // sync layer configuration
      out.put(std::uint8_t{1});
      out.put(std::uint8_t{2});
    });
  });
}

void time_to_sample(BoxWriter& out, const std::vector<std::uint32_t>& lengths) {
  struct Run {
    std::uint32_t count;
    std::uint32_t duration;
  };
  std::vector<Run> runs;
  for (const auto duration : lengths) {
    if (!runs.empty() && runs.back().duration == duration) {
      ++runs.back().count;
    } else {
      runs.push_back({1, duration});
    }
  }
  out.full_box("stts", 0, [&] {
    out.put32(runs.size());
    for (const auto& run : runs) {
      out.put(run.count);
      out.put(run.duration);
    }
  });
}

void chunks(BoxWriter& out, std::span<const Sample> samples, std::uint64_t payload_offset) {
  std::vector<std::uint64_t> offsets;
  std::uint64_t at = payload_offset;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (i % kSamplesPerChunk == 0) offsets.push_back(at);
    at += samples[i].size;
  }
  const std::size_t rest = samples.size() % kSamplesPerChunk;
  out.full_box("stsc", 0, [&] {
    const bool two_kinds = rest != 0 && offsets.size() > 1;
    out.put32(two_kinds ? 2 : 1);
    out.put32(1);
    out.put32(offsets.size() == 1 ? samples.size() : kSamplesPerChunk);
    out.put32(1);
    if (!two_kinds) return;
    out.put32(offsets.size());
    out.put32(rest);
    out.put32(1);
  });
  const bool wide = at > std::numeric_limits<std::uint32_t>::max();
  out.full_box(wide ? "co64" : "stco", 0, [&] {
    out.put32(offsets.size());
    for (const auto offset : offsets) {
      if (wide) {
        out.put(offset);
      } else {
        out.put(static_cast<std::uint32_t>(offset));
      }
    }
  });
}

void sample_table(BoxWriter& out, const JournalHeader& header, std::span<const Sample> samples,
                  std::uint64_t payload_offset) {
  out.box("stbl", [&] {
    out.full_box("stsd", 0, [&] {
      out.put32(1);
      sample_entry(out, header);
    });
    time_to_sample(out, durations(header, samples));
    out.full_box("stsz", 0, [&] {
      out.put32(0);
      out.put32(samples.size());
      for (const auto& sample : samples)
        out.put(sample.size);
    });
    chunks(out, samples, payload_offset);
  });
}

constexpr std::uint32_t kVersion1 = 0x01000000;  // 64-bit times

// When it was created, and when it was last changed.
void times(BoxWriter& out, const JournalHeader& header) {
  out.put(created(header));
  out.put(created(header));
}

void movie_header(BoxWriter& out, const JournalHeader& header, std::uint64_t movie_duration) {
  out.full_box("mvhd", kVersion1, [&] {
    times(out, header);
    out.put(kMovieTimescale);
    out.put(movie_duration);
    out.put(kOne);                   // rate
    out.put(std::uint16_t{0x0100});  // volume
    out.zeros(10);
    matrix(out);
    out.zeros(24);
    out.put(std::uint32_t{2});  // next track
  });
}

void track_header(BoxWriter& out, const JournalHeader& header, std::uint64_t movie_duration) {
  out.full_box("tkhd", kVersion1 | 3, [&] {  // enabled, in the movie
    times(out, header);
    out.put(std::uint32_t{1});  // track
    out.zeros(4);
    out.put(movie_duration);
    out.zeros(16);
    matrix(out);
    out.put(static_cast<std::uint32_t>(header.width) << 16);
    out.put(static_cast<std::uint32_t>(header.height) << 16);
  });
}

void media_headers(BoxWriter& out, const JournalHeader& header, std::uint64_t duration) {
  out.full_box("mdhd", kVersion1, [&] {
    times(out, header);
    out.put(kTimescale);
    out.put(duration);
    out.put(std::uint16_t{0x55C4});  // language: undetermined
    out.zeros(2);
  });
  out.full_box("hdlr", 0, [&] {
    out.zeros(4);
    out.text("vide");
    out.zeros(12);
    out.text(std::string_view("VideoHandler\0", 13));
  });
}

void media_information(BoxWriter& out, const JournalHeader& header, std::span<const Sample> samples,
                       std::uint64_t payload_offset) {
  out.box("minf", [&] {
    out.full_box("vmhd", 1, [&] { out.zeros(8); });
    out.box("dinf", [&] {
      out.full_box("dref", 0, [&] {
        out.put32(1);
        out.full_box("url ", 1, [] {});
      });
    });
    sample_table(out, header, samples, payload_offset);
  });
}

}  // namespace

std::vector<std::uint8_t> moov_box(const JournalHeader& header, std::span<const Sample> samples,
                                   std::uint64_t payload_offset) {
  // From its own first frame on: those before it may never have reached the disk.
  const auto until_last =
      samples.empty() ? microseconds(0) : samples.back().time - samples.front().time;
  const std::uint64_t duration =
      samples.empty() ? 0 : static_cast<std::uint64_t>(until_last.count()) + header.frame_interval;
  const std::uint64_t movie_duration = duration * kMovieTimescale / kTimescale;
  BoxWriter out;
  out.box("moov", [&] {
    movie_header(out, header, movie_duration);
    out.box("trak", [&] {
      track_header(out, header, movie_duration);
      out.box("mdia", [&] {
        media_headers(out, header, duration);
        media_information(out, header, samples, payload_offset);
      });
    });
  });
  return out.take();
}

}  // namespace minidvr::recording::media
