// The model of a disk, with logs that are made by hand.

#include "power_cut/disk_model.hpp"

#include "power_cut/seeded_cut.hpp"

#include <set>

#include <catch2/catch.hpp>

using namespace minidvr::power_cut;

namespace {

constexpr std::uint64_t kTop = 1;

// Writes a log as a program would.
class Calls {
 public:
  Calls& create(const std::string& name, std::uint64_t inode) {
    return add({.call = Call::open_file, .inode = inode, .name = name});
  }
  Calls& folder(const std::string& name, std::uint64_t inode) {
    return add({.call = Call::make_folder, .inode = inode, .name = name});
  }
  Calls& write(std::uint64_t inode, std::uint64_t offset, std::string_view data) {
    return add({.call = Call::write,
                .inode = inode,
                .offset = offset,
                .length = data.size(),
                .data = data});
  }
  Calls& resize(std::uint64_t inode, std::uint64_t length) {
    return add({.call = Call::resize, .inode = inode, .length = length});
  }
  Calls& rename(const std::string& from, const std::string& to) {
    return add({.call = Call::rename, .name = from, .other = to});
  }
  Calls& remove(const std::string& name) { return add({.call = Call::remove, .name = name}); }
  Calls& begin_sync(std::uint64_t inode) {
    began_ = events_.size();
    return add({.call = Call::sync_begin, .inode = inode});
  }
  Calls& end_sync(std::uint64_t inode) {
    return add({.call = Call::sync_end, .inode = inode, .began = began_});
  }
  Calls& sync(std::uint64_t inode) { return begin_sync(inode).end_sync(inode); }

  std::size_t count() const { return events_.size(); }
  DiskModel model(FileSystem file_system = FileSystem::journaling) const {
    return DiskModel(WriteLog(events_), kTop, {}, {}, file_system);
  }

 private:
  Calls& add(Event event) {
    events_.push_back(std::move(event));
    return *this;
  }

  std::vector<Event> events_;
  std::size_t began_ = 0;
};

// Says for everything alike what of it is there.
struct Fixed : CutChoices {
  bool names = false;
  std::size_t size = 0;
  std::size_t sectors = 0;
  std::map<std::size_t, std::size_t> of_sector;  // other than `sectors`

  bool keeps_name(std::size_t) override { return names; }
  std::size_t size_changes(std::size_t, std::size_t) override { return size; }
  std::size_t sector_changes(std::size_t, std::size_t sector, std::size_t) override {
    const auto found = of_sector.find(sector);
    return found == of_sector.end() ? sectors : found->second;
  }
  std::string unwritten(std::size_t, std::size_t, std::size_t bytes) override {
    return std::string(bytes, 'J');
  }
};

Disk all_lost(const Calls& calls, FileSystem file_system = FileSystem::journaling) {
  Fixed nothing;
  return calls.model(file_system).after_cut(calls.count(), nothing);
}

}  // namespace

TEST_CASE("a name whose folder was not synced may be lost, or kept") {
  Calls calls;
  calls.create("a", 2).write(2, 0, "data").sync(2);
  CHECK(all_lost(calls).files.empty());
  Fixed kept;
  kept.names = true;
  CHECK(calls.model().after_cut(calls.count(), kept).files.at("a") == "data");
  calls.sync(kTop);
  CHECK(all_lost(calls).files.at("a") == "data");
}

TEST_CASE("an unsynced rename may be lost, a synced one not, and never half of it") {
  Calls calls;
  calls.folder("inner", 2).create("inner/a", 3).write(3, 0, "data").sync(3).sync(2).sync(kTop);
  calls.rename("inner/a", "b");
  CHECK(all_lost(calls).files == std::map<std::string, std::string>{{"inner/a", "data"}});
  Fixed kept;
  kept.names = true;
  CHECK(calls.model().after_cut(calls.count(), kept).files ==
        std::map<std::string, std::string>{{"b", "data"}});
  calls.sync(kTop);
  CHECK(all_lost(calls).files == std::map<std::string, std::string>{{"b", "data"}});
}

TEST_CASE("on FAT a new name leads to nothing until its file is synced again") {
  using Files = std::map<std::string, std::string>;
  Calls calls;
  calls.folder("inner", 2).create("inner/a", 3).write(3, 0, "data").sync(3).sync(2).sync(kTop);
  calls.rename("inner/a", "b").sync(kTop);
  CHECK(all_lost(calls).files == Files{{"b", "data"}});
  // The old name is there until its own folder is synced.
  CHECK(all_lost(calls, FileSystem::fat).files == Files{{"b", ""}, {"inner/a", "data"}});
  calls.sync(2);
  CHECK(all_lost(calls, FileSystem::fat).files == Files{{"b", ""}});
  Fixed kept;
  kept.names = true;
  CHECK(calls.model(FileSystem::fat).after_cut(calls.count(), kept).files == Files{{"b", "data"}});
  calls.sync(3);
  CHECK(all_lost(calls, FileSystem::fat).files == Files{{"b", "data"}});
}

TEST_CASE("on FAT a name that is taken over leads to the old file until the new one is synced") {
  using Files = std::map<std::string, std::string>;
  Calls calls;
  calls.create("a", 2).write(2, 0, "old").sync(2).sync(kTop);
  calls.create("a.new", 3).write(3, 0, "new").sync(3).rename("a.new", "a").sync(kTop);
  CHECK(all_lost(calls, FileSystem::fat).files == Files{{"a", "old"}});
  calls.sync(3);
  CHECK(all_lost(calls, FileSystem::fat).files == Files{{"a", "new"}});
  CHECK(calls.model(FileSystem::fat).at_end().files == Files{{"a", "new"}});
}

TEST_CASE("a file in a folder that was lost is lost with it") {
  Calls calls;
  calls.folder("inner", 2).create("inner/a", 3).sync(3).sync(2);
  CHECK(all_lost(calls).files.empty());
  calls.sync(kTop);
  CHECK(all_lost(calls).files.size() == 1);
}

TEST_CASE(
    "a removal that was not synced may come undone, after which later ones of that name do not "
    "count") {
  Calls calls;
  calls.create("a", 2).write(2, 0, "old").sync(2).sync(kTop);
  calls.remove("a").create("a", 3).write(3, 0, "new").sync(3);
  CHECK(all_lost(calls).files.at("a") == "old");
  calls.sync(kTop);
  CHECK(all_lost(calls).files.at("a") == "new");
}

TEST_CASE("a sync counts once it has ended, for what was written before it began") {
  Calls calls;
  calls.create("a", 2).sync(kTop).write(2, 0, "one");
  calls.begin_sync(2).write(2, 3, "two");
  CHECK(all_lost(calls).files.at("a").empty());
  calls.end_sync(2);
  CHECK(all_lost(calls).files.at("a") == "one");
  Fixed nothing;
  CHECK(calls.model().after_cut(calls.count() - 1, nothing).files.at("a").empty());
}

TEST_CASE(
    "of a write that was not synced any sector may be there, and the size with none of them") {
  const std::string synced(kSectorBytes, 's');
  const std::string later(3 * kSectorBytes, 'l');
  Calls calls;
  calls.create("a", 2).sync(kTop).write(2, 0, synced).sync(2).write(2, kSectorBytes, later);
  Fixed torn;
  torn.size = 1;
  torn.of_sector = {{2, 1}};
  const auto bytes = calls.model().after_cut(calls.count(), torn).files.at("a");
  CHECK(bytes == synced + std::string(kSectorBytes, 'J') + std::string(kSectorBytes, 'l') +
                     std::string(kSectorBytes, 'J'));
  Fixed short_one;
  short_one.sectors = 1;
  CHECK(calls.model().after_cut(calls.count(), short_one).files.at("a") == synced);
}

TEST_CASE("a sector that is written again is as it was at one of the moments") {
  const std::string one(kSectorBytes, '1');
  const std::string two(kSectorBytes, '2');
  Calls calls;
  calls.create("a", 2).sync(kTop).write(2, 0, one).sync(2).write(2, 0, two);
  CHECK(all_lost(calls).files.at("a") == one);
  Fixed kept;
  kept.sectors = 1;
  CHECK(calls.model().after_cut(calls.count(), kept).files.at("a") == two);
}

TEST_CASE("a file that was shortened is long or short, and does not get back what was cut off") {
  Calls calls;
  calls.create("a", 2).sync(kTop).write(2, 0, "abcdef").sync(2).resize(2, 2).resize(2, 4);
  CHECK(all_lost(calls).files.at("a") == "abcdef");
  Fixed kept;
  kept.size = 1;
  CHECK(calls.model().after_cut(calls.count(), kept).files.at("a") == "ab");
  kept.size = 2;
  CHECK(calls.model().after_cut(calls.count(), kept).files.at("a") == std::string("ab\0\0", 4));
}

TEST_CASE("an inode that is used again is another file") {
  Calls calls;
  calls.create("a", 2).write(2, 0, "first").sync(2).remove("a");
  calls.create("b", 2).write(2, 0, "2nd").sync(2).sync(kTop);
  CHECK(all_lost(calls).files == std::map<std::string, std::string>{{"b", "2nd"}});
}

TEST_CASE("what was there before the log began is there for good") {
  Disk before;
  before.folders = {"inner"};
  before.files["inner/a"] = "old";
  Calls calls;
  std::vector<Event> events{{.call = Call::rename, .name = "inner/a", .other = "b"},
                            {.call = Call::write, .inode = 7, .length = 1, .data = "O"}};
  const DiskModel model(WriteLog(events), kTop, before, {{"inner", 6}, {"inner/a", 7}});
  Fixed nothing;
  CHECK(model.after_cut(2, nothing).files == before.files);
  CHECK(model.at_end().files == std::map<std::string, std::string>{{"b", "Old"}});
}

TEST_CASE(
    "the same seed makes the same disk, other seeds make others, and none touches what is synced") {
  const std::string synced(10 * kPageBytes, 's');
  const std::string later(10 * kPageBytes, 'l');
  Calls calls;
  calls.create("a", 2).write(2, 0, synced).sync(2).sync(kTop);
  calls.write(2, synced.size(), later).create("b", 3).rename("b", "c");
  const auto model = calls.model();
  std::set<std::pair<std::string, std::size_t>> seen;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SeededCut choices(seed, "");
    SeededCut again(seed, "");
    const Disk disk = model.after_cut(calls.count(), choices);
    CHECK(disk == model.after_cut(calls.count(), again));
    CHECK(disk.files.at("a").starts_with(synced));
    CHECK_FALSE((disk.files.contains("b") && disk.files.contains("c")));
    seen.insert({disk.files.at("a"), disk.files.size()});
  }
  CHECK(seen.size() > 20);
}
