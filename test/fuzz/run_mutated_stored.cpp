// Files as the program itself writes them, damaged; see run_mutated.hpp.
#include "access/accounts.hpp"
#include "archive/index_cache.hpp"
#include "archive/sidecar.hpp"
#include "controls/stored_values.hpp"
#include "core/file.hpp"
#include "recording/media_file.hpp"
#include "run_mutated.hpp"
#include "stored_target.hpp"
#include "support/temporary_folder.hpp"
#include "unit/support/frames.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace {

using namespace minidvr;
using namespace std::string_view_literals;
using fuzz::Stored;

constexpr std::size_t kLongestFile = 6'000;
constexpr std::uint32_t kReserve = 2048;

std::string stored(Stored kind, std::string_view text) {
  return static_cast<char>(kind) + std::string(text);
}

recording::JournalHeader header() {
  recording::JournalHeader result;
  result.media = "segment.mp4";
  result.reserve = kReserve;
  result.width = 640;
  result.height = 480;
  result.frame_interval = 40'000;
  result.wall = 1'795'926'083'394'054;
  result.boot_id = recording::current_boot_id();
  return result;
}

std::vector<recording::Sample> samples(std::size_t count) {
  std::vector<recording::Sample> result;
  for (std::size_t i = 0; i < count; ++i) {
    const auto picture = test::jpeg(640, 480, 100 + i);
    result.push_back({microseconds(40'000 * i), static_cast<std::uint32_t>(picture.size()),
                      recording::digest_of(picture)});
  }
  return result;
}

// What ffmpeg leaves when it is killed.
std::string unfinished(std::size_t frames) {
  std::string bytes(
      "\0\0\0\x1c"
      "ftypisom\0\0\2\0isomiso2mp41",
      28);
  bytes.append(kReserve, '\0');
  bytes.append(
      "\0\0\0\x08"
      "free\0\0\0\0mdat",
      16);
  for (std::size_t i = 0; i < frames; ++i) {
    const auto picture = test::jpeg(640, 480, 100 + i);
    bytes.append(picture.begin(), picture.end());
  }
  return bytes;
}

std::string movie(const test::TemporaryFolder& folder, std::size_t frames) {
  const auto path = folder.write("movie.mp4", unfinished(frames));
  const FileDescriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!recording::media::write_header(file.get(), header(), samples(frames))) return {};
  return folder.read("movie.mp4");
}

std::string journal(const test::TemporaryFolder& folder, const std::string& name, bool ended) {
  const FileDescriptor opened(::open(folder.path().c_str(), O_DIRECTORY | O_CLOEXEC));
  auto writer = recording::JournalWriter::create(opened.get(), name, header());
  if (!writer || !writer->append(samples(4)) || !writer->append_sync_mark() || !writer->sync() ||
      !writer->append(samples(2))) {
    return {};
  }
  if (ended && !writer->keep_synced()) return {};
  return folder.read(name);
}

std::vector<std::string> seeds() {
  const test::TemporaryFolder folder;
  archive::Notes notes;
  notes.is_protected = true;
  notes.note = "ensayo \xC3\xB1\n2";
  notes.marks.push_back({"00c0ffee00c0ffee", WallTime(seconds(1'795'926'083)), "corte"});
  archive::CachedFacts facts;
  facts.name = "20261124_101000.mp4";
  facts.facts.stamp = {1000, 5};
  facts.facts.frames = 3;
  const controls::Values values = {{"brightness", 5}, {"osd", "a \"b\""}};
  access::Accounts accounts;
  accounts.people.push_back({"ana", http::Role::control, "$argon2id$v=19$m=65536,t=2,p=1$YQ$Yg"});
  accounts.tokens.push_back({"door", http::Role::view, std::string(64, 'a')});
  return {
      stored(Stored::movie, movie(folder, 5)),
      stored(Stored::movie, movie(folder, 1)),
      stored(Stored::movie, unfinished(3)),
      stored(Stored::journal, journal(folder, "one.journal", false)),
      stored(Stored::journal, journal(folder, "two.journal", true)),
      stored(Stored::notes, archive::serialize_notes(notes)),
      stored(Stored::notes, R"({"protected": false, "note": "", "marks": [], "more": 1e9})"),
      stored(Stored::index_cache, archive::serialize_cache({facts, facts})),
      stored(Stored::remembered, controls::serialize(controls::Remembered{
                                     {controls::CameraIdentity{"uvcvideo", "Cam", "usb-1"},
                                      controls::CameraValues{values, 3}}})),
      stored(Stored::presets, controls::serialize(controls::Presets{{"Bench 1", values}})),
      stored(Stored::accounts, access::accounts_text(accounts)),
  };
}

const std::vector kWords = {"moov"sv,
                            "trak"sv,
                            "mdia"sv,
                            "mdat"sv,
                            "free"sv,
                            "stsz"sv,
                            "stsc"sv,
                            "stts"sv,
                            "stco"sv,
                            "co64"sv,
                            "\0\0\0\1"sv,
                            "\xff\xff\xff\xff"sv,
                            "\x7f\xff\xff\xff"sv,
                            "\0\0\0\0"sv,
                            "\0\0\0\x08"sv,
                            "MDVRJRN1"sv,
                            "MDVRJRN2"sv,
                            "MDVRIDX1"sv,
                            "../x"sv,
                            "null"sv,
                            "-1"sv,
                            "1e999"sv,
                            "{"sv,
                            "[["sv,
                            "\\u0000"sv,
                            "\\ud800"sv,
                            "\xc3"sv,
                            "\xed\xa0\x80"sv,
                            "\""sv,
                            "m"sv,
                            "j"sv,
                            "n"sv,
                            "i"sv,
                            "r"sv};

}  // namespace

int main(int argc, char** argv) {
  constexpr unsigned long kFiles = 20'000;
  return fuzz::run_mutated(argc, argv, {"damaged files", kFiles, kLongestFile, seeds(), kWords});
}
