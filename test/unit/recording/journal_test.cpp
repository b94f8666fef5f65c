#include "recording/journal.hpp"

#include "unit/support/run_task.hpp"

#include <csignal>
#include <fstream>

#include <boost/crc.hpp>
#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

using namespace minidvr;
using namespace minidvr::recording;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

const JournalHeader kHeader{"20261123_101000-1234_000002.mp4",
                            4096,
                            1920,
                            1080,
                            33333,
                            1'795'000'000'123'456,
                            std::string(36, 'a')};

std::vector<Sample> samples(int from, int count) {
  std::vector<Sample> result;
  for (int i = from; i < from + count; ++i) {
    result.push_back({microseconds(i * 33333LL), static_cast<std::uint32_t>(100 + i),
                      static_cast<std::uint32_t>(7 * i + 1)});
  }
  return result;
}

// A folder with journals in it.
class Journals {
 public:
  Result<JournalWriter> create(const std::string& name = "x.journal") const {
    return JournalWriter::create(handle_.get(), name, kHeader);
  }
  Result<Journal> read(const std::string& name = "x.journal") const {
    return read_journal(handle_.get(), name);
  }
  // Ten frames that are synced, then five that are not.
  void write() const {
    auto writer = create();
    REQUIRE(writer);
    REQUIRE(writer->append(samples(0, 10)));
    REQUIRE(writer->append_sync_mark());
    REQUIRE(writer->append(samples(10, 5)));
  }
  fs::path path(const std::string& name = "x.journal") const { return folder_.path() / name; }

 private:
  test::TemporaryFolder folder_;
  FileDescriptor handle_{::open(folder_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
};

// No file becomes larger than so many bytes while this lives.
class FullDisk {
 public:
  explicit FullDisk(std::uintmax_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit limited = before_;
    limited.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limited);
  }
  FullDisk(const FullDisk&) = delete;
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("a journal gives back what was written, and tells what of it was synced") {
  const Journals journals;
  journals.write();
  const auto journal = journals.read();
  REQUIRE(journal);
  CHECK(journal->header == kHeader);
  CHECK(journal->samples == samples(0, 15));
  CHECK(journal->synced == 10);
  CHECK_FALSE(journal->ended);
}

TEST_CASE(
    "a journal that is cut back keeps what was synced, and says that the segment ends there") {
  const Journals journals;
  auto writer = journals.create();
  REQUIRE(writer);
  REQUIRE(writer->append(samples(0, 10)));
  REQUIRE(writer->append_sync_mark());
  REQUIRE(writer->sync());
  REQUIRE(writer->append(samples(10, 5)));
  // This mark was never synced: it says nothing.
  REQUIRE(writer->append_sync_mark());
  REQUIRE(writer->keep_synced());
  const auto journal = journals.read();
  REQUIRE(journal);
  CHECK(journal->samples == samples(0, 10));
  CHECK(journal->synced == 10);
  CHECK(journal->ended);
}

TEST_CASE("the journal of an earlier version names no file, and knows no digests") {
  const Journals journals;
  REQUIRE(journals.create());
  std::string bytes;
  {
    std::ifstream in(journals.path(), std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  bytes.resize(72);
  bytes[7] = '1';
  bytes.replace(20, 4, 4, '\0');
  for (char i = 1; i <= 3; ++i) {
    std::string record(12, '\0');
    record[0] = i;
    record[8] = 100;
    boost::crc_32_type crc;
    crc.process_bytes(record.data(), record.size());
    const std::uint32_t sum = crc.checksum();
    record.append(reinterpret_cast<const char*>(&sum), sizeof sum);
    bytes += record;
  }
  std::ofstream(journals.path("20261123_101000.journal"), std::ios::binary) << bytes;
  const auto journal = journals.read("20261123_101000.journal");
  REQUIRE(journal);
  CHECK(journal->header.media == "20261123_101000.mp4");
  CHECK(journal->samples == std::vector<Sample>{{1us, 100, 0}, {2us, 100, 0}, {3us, 100, 0}});
}

TEST_CASE("a digest tells whether any sector of a frame is another one") {
  std::vector<std::uint8_t> frame(10'000);
  for (std::size_t i = 0; i < frame.size(); ++i)
    frame[i] = static_cast<std::uint8_t>(i * 7 + i / 256);
  const auto digest = digest_of(frame);
  CHECK(digest == digest_of(frame));
  // Of 8 bytes in each 256, and the last 8: journals that another version wrote have the same.
  boost::crc_32_type crc;
  for (std::size_t at = 0; at < frame.size(); at += 256)
    crc.process_bytes(&frame[at], std::min<std::size_t>(8, frame.size() - at));
  crc.process_bytes(&frame[frame.size() - 8], 8);
  CHECK(digest == crc.checksum());
  for (std::size_t sector = 0; sector + 512 <= frame.size(); sector += 100) {
    auto torn = frame;
    std::fill_n(torn.begin() + static_cast<long>(sector), 512, std::uint8_t{0xA5});
    CHECK(digest_of(torn) != digest);
  }
  frame.back() ^= 1U;
  CHECK(digest_of(frame) != digest);
  CHECK(digest_of({}) != 0);
}

TEST_CASE("what could not be written leaves no half record behind") {
  const Journals journals;
  const auto path = journals.path();
  auto writer = journals.create();
  REQUIRE(writer);
  REQUIRE(writer->append(samples(0, 2)));
  const auto size = fs::file_size(path);
  {
    const FullDisk full(size + 30);  // one record and a half
    CHECK_FALSE(writer->append(samples(2, 5)));
  }
  CHECK(fs::file_size(path) == size);
  REQUIRE(writer->append(samples(2, 5)));
  const auto journal = journals.read();
  REQUIRE(journal);
  CHECK(journal->samples == samples(0, 7));
}

TEST_CASE("a journal that can not be begun is not left behind") {
  const Journals journals;
  {
    const FullDisk full(20);  // a part of its header
    CHECK(journals.create().error().code == Errc::unavailable);
  }
  CHECK_FALSE(fs::exists(journals.path()));
  CHECK(journals.create());
}

TEST_CASE("a journal that is torn or damaged is read as far as it is sound") {
  const Journals journals;
  journals.write();
  const auto path = journals.path();
  const auto size = fs::file_size(path);
  for (std::uintmax_t cut = size; cut > size - 21; --cut) {
    fs::resize_file(path, cut);
    const auto journal = journals.read();
    REQUIRE(journal);
    CHECK(journal->samples.size() == (cut == size ? 15 : cut >= size - 20 ? 14 : 13));
  }
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<long>(size) - 16 * 20 + 4);  // the time of the first frame
  file.put('!');
  file.close();
  CHECK(journals.read()->samples.empty());
}

TEST_CASE("what is no journal is refused") {
  const Journals journals;
  std::ofstream(journals.path()) << "";
  CHECK(journals.read().error().code == Errc::malformed);
  std::ofstream(journals.path()) << std::string(1000, 'x');
  CHECK(journals.read().error().code == Errc::malformed);
  CHECK(journals.read("none").error().code == Errc::not_found);
  fs::remove(journals.path());
  journals.write();
  fs::resize_file(journals.path(), 80);  // in the middle of the name
  CHECK(journals.read().error().code == Errc::malformed);
}

TEST_CASE("what only is called like a journal is not waited for") {
  const Journals journals;
  SECTION("a pipe") {
    REQUIRE(::mkfifo(journals.path().c_str(), 0600) == 0);
  }
  SECTION("a folder") {
    fs::create_directory(journals.path());
  }
  SECTION("a link") {
    fs::create_symlink("/dev/zero", journals.path());
  }
  CHECK(journals.read().error().code == Errc::unavailable);
}

TEST_CASE("a journal cannot lead out of its folder") {
  const Journals journals;
  auto header = kHeader;
  header.media = "../20261123_101000.mp4";
  const FileDescriptor folder(
      ::open(journals.path().parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  REQUIRE(JournalWriter::create(folder.get(), "x.journal", header));
  CHECK(journals.read().error().code == Errc::malformed);
}

TEST_CASE("a journal is never written over another") {
  const Journals journals;
  journals.write();
  CHECK(journals.create().error().code == Errc::wrong_state);
}
