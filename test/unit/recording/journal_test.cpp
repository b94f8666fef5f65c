#include "recording/journal.hpp"

#include "unit/support/run_task.hpp"

#include <csignal>
#include <fstream>

#include <catch2/catch.hpp>

#include <sys/resource.h>

using namespace minidvr;
using namespace minidvr::recording;
namespace fs = std::filesystem;

namespace {

const JournalHeader kHeader{4096, 1920, 1080, 33333, 1'795'000'000'123'456, std::string(36, 'a')};

std::vector<Sample> samples(int from, int count) {
  std::vector<Sample> result;
  for (int i = from; i < from + count; ++i) {
    result.push_back({microseconds(i * 33333LL), static_cast<std::uint32_t>(100 + i)});
  }
  return result;
}

// Ten frames that are on the disk for good, then five that may not be.
fs::path write_journal(const fs::path& folder) {
  auto path = folder / "x.journal";
  auto writer = JournalWriter::create(path, kHeader);
  REQUIRE(writer);
  REQUIRE(writer->append(samples(0, 10)));
  REQUIRE(writer->append_sync_mark());
  REQUIRE(writer->append(samples(10, 5)));
  REQUIRE(writer->sync());
  return path;
}

}  // namespace

TEST_CASE("a journal gives back what was written") {
  test::TemporaryFolder folder;
  const auto journal = read_journal(write_journal(folder.path()), kHeader.boot_id);
  REQUIRE(journal);
  CHECK(journal->header == kHeader);
  CHECK(journal->samples == samples(0, 15));
}

TEST_CASE("after another boot only what was synced is trusted") {
  test::TemporaryFolder folder;
  const auto journal = read_journal(write_journal(folder.path()), std::string(36, 'b'));
  REQUIRE(journal);
  CHECK(journal->samples == samples(0, 10));
}

TEST_CASE("what could not be written leaves no half record behind") {
  test::TemporaryFolder folder;
  const auto path = folder.path() / "x.journal";
  auto writer = JournalWriter::create(path, kHeader);
  REQUIRE(writer);
  REQUIRE(writer->append(samples(0, 2)));
  const auto size = fs::file_size(path);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit limited = before;
  limited.rlim_cur = size + 24;  // one record and a half
  ::setrlimit(RLIMIT_FSIZE, &limited);
  const auto failed = writer->append(samples(2, 5));
  ::setrlimit(RLIMIT_FSIZE, &before);
  CHECK_FALSE(failed);
  CHECK(fs::file_size(path) == size);
  REQUIRE(writer->append(samples(2, 5)));
  const auto journal = read_journal(path, kHeader.boot_id);
  REQUIRE(journal);
  CHECK(journal->samples == samples(0, 7));
}

TEST_CASE("a journal that is torn or damaged is read as far as it is sound") {
  test::TemporaryFolder folder;
  const auto path = write_journal(folder.path());
  const auto size = fs::file_size(path);
  for (std::uintmax_t cut = size; cut > size - 17; --cut) {
    fs::resize_file(path, cut);
    const auto journal = read_journal(path, kHeader.boot_id);
    REQUIRE(journal);
    CHECK(journal->samples.size() == (cut == size ? 15 : cut >= size - 16 ? 14 : 13));
  }
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<long>(size) - 16 * 16 + 4);  // the time of the first frame
  file.put('!');
  file.close();
  CHECK(read_journal(path, kHeader.boot_id)->samples.empty());
}

TEST_CASE("what is no journal is refused") {
  test::TemporaryFolder folder;
  const auto path = folder.path() / "x";
  std::ofstream(path) << "";
  CHECK(read_journal(path, "").error().code == Errc::malformed);
  std::ofstream(path) << std::string(1000, 'x');
  CHECK(read_journal(path, "").error().code == Errc::malformed);
  CHECK(read_journal(folder.path() / "none", "").error().code == Errc::not_found);
}

TEST_CASE("a journal is never written over another") {
  test::TemporaryFolder folder;
  const auto path = write_journal(folder.path());
  CHECK_FALSE(JournalWriter::create(path, kHeader));
}
