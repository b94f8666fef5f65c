// Archives and disks made of a seed: nothing goes that must not or need not, and what has to go
// goes, whatever the disk does. A failing seed is printed.

#include "unit/archive/retention_archive.hpp"

#include <array>
#include <cstdlib>
#include <limits>
#include <random>
#include <set>

namespace minidvr::archive::retention_test {
namespace {

// 100,000 with MINIDVR_TEST_FULL=1.
constexpr unsigned kArchives = 100'000;
constexpr unsigned kSampleOfArchives = 2'000;
constexpr int kPasses = 12;

enum class Disk { sound, snapshot, some_held, late };

using Files = std::vector<Retention::File>;

class Simulation {
 public:
  explicit Simulation(unsigned seed) : random_(seed), retention_({}) {
    disk_ = std::array{Disk::sound, Disk::snapshot, Disk::some_held, Disk::late}[seed % 4];
    size_ = std::array{100'000ULL, 20'000'000ULL, 800'000'000ULL}[pick(0, 2)];
    const std::size_t count = pick(0, 40);
    for (std::size_t i = 0; i < count; ++i)
      add(kToday - pick(0, 200) * 1h - pick(0, 99) * 1min);
    limits_.max_age_days = static_cast<std::uint32_t>(pick(0, 9));
    if (chance(2)) limits_.max_size = 1 + pick(0, count + 1) * size_ / 2;
    if (chance(2)) limits_.min_free = pick(0, count + 1) * size_ / 2;
    others_ = pick(0, 10) * size_;
    total_ = sum() + others_ + pick(0, 10) * size_ + 1;
    if (!limits_.min_free && chance(2)) total_ += 2 * kGiB;
    clock_set_ = !chance(4);
    retention_ = Retention(limits_);
  }

  // What went wrong; empty when nothing did.
  std::string run() {
    for (int i = 0; i < kPasses && wrong_.empty(); ++i) {
      pass();
      elapse();
    }
    return wrong_;
  }

 private:
  std::size_t pick(std::size_t low, std::size_t high) {
    return std::uniform_int_distribution(low, high)(random_);
  }
  bool chance(std::size_t one_in) { return pick(1, one_in) == 1; }

  void add(WallTime start) {
    Retention::File file{std::to_string(made_++), start, 10min, pick(0, size_), false, false};
    if (chance(10)) file.length = 0s;  // damaged
    if (chance(20)) file.bytes = 0;
    if (chance(40)) file.start += 9999h;  // the clock was wrong
    file.is_protected = chance(8);
    file.being_written = chance(20);
    file.in_use = chance(10);
    if (chance(15)) stuck_.insert(file.name);
    files_.push_back(file);
  }

  std::uint64_t sum() const {
    std::uint64_t bytes = 0;
    for (const auto& file : files_)
      bytes += file.bytes;
    return bytes;
  }
  std::uint64_t free() const { return total_ - sum() - others_ - held_; }
  std::uint64_t min_free() const {
    return limits_.min_free.value_or(std::max(kGiB, total_ * 3 / 100));
  }
  Retention::Facts facts() const {
    return {files_, recording::DiskSpace{free(), total_}, now_, clock_set_};
  }

  // For whoever reads it it ended later.
  static WallTime end_of(const Retention::File& file) {
    return file.start + file.length + (file.in_use ? Retention::kForReaders : 0h);
  }
  bool too_old(const Retention::File& file) const {
    return limits_.max_age_days > 0 && clock_set_ &&
           now_ - end_of(file) > limits_.max_age_days * kDay;
  }
  bool is_of_future(const Retention::File& file) const {
    return clock_set_ && file.start - now_ > Retention::kFuture;
  }
  bool exceeded(Limit limit) const {
    if (limit == Limit::size) return limits_.max_size > 0 && sum() > limits_.max_size;
    return free() < min_free() && min_free() < total_;
  }

  void require(bool holds, const char* what) {
    if (!holds && wrong_.empty()) wrong_ = what;
  }

  void pass() {
    failed_.clear();
    over_ = false;
    fruitless_ = 0;
    retention_.begin_pass(files_);
    for (;;) {
      const auto step = retention_.next(facts());
      require(retention_.next(facts()).deletion == step.deletion, "asked again, it says otherwise");
      check_shortages(step);
      if (!step.deletion) {
        check_end(step);
        return;
      }
      const auto file = std::find_if(files_.begin(), files_.end(), [&](const auto& other) {
        return other.name == step.deletion->name;
      });
      require(file != files_.end(), "no such file");
      if (!wrong_.empty()) return;
      check_deletion(*file, step.deletion->limit);
      carry_out(file, step.deletion->limit);
    }
  }

  void carry_out(Files::iterator file, Limit limit) {
    if (stuck_.contains(file->name)) {
      over_ = over_ || !ever_failed_.contains(file->name);
      ever_failed_.insert(file->name);
      failed_.insert(file->name);
      retention_.failed();
      return;
    }
    ever_failed_.erase(file->name);
    const bool held = disk_ != Disk::sound && (disk_ != Disk::some_held || chance(3));
    if (held) held_ += file->bytes;
    fruitless_ = limit != Limit::free ? fruitless_ : held ? fruitless_ + file->bytes : 0;
    files_.erase(file);
    retention_.unlinked();
  }

  void check_deletion(const Retention::File& file, Limit limit) {
    require(!over_, "it goes on after a file could not be deleted");
    require(!file.is_protected && !file.being_written, "this may not be deleted");
    require(!failed_.contains(file.name), "this was tried already");
    require(limit == Limit::age ? too_old(file) : exceeded(limit) && file.bytes > 0, "no need");
    // What a small file gave before is part of the verdict on those after it.
    const auto enough =
        Retention::kJudgedFrom * (disk_ == Disk::some_held ? Retention::kLeastReturned : 1);
    require(limit != Limit::free || fruitless_ < enough, "space did not come back");
    require(failed_.size() <= Retention::kRepeatedFailures, "too many were tried");
    for (const auto& other : files_) {
      const bool free_to_go = !other.is_protected && !other.being_written &&
                              !ever_failed_.contains(other.name) &&
                              (limit == Limit::age || other.bytes > 0);
      // Nobody knows how old that is.
      const bool of_future = limit != Limit::age && is_of_future(file);
      require(!free_to_go || of_future || !is_of_future(other) || limit == Limit::age,
              "the one of the future goes first");
      require(!free_to_go || (of_future && !is_of_future(other)) || end_of(file) <= end_of(other),
              "this is not the oldest");
    }
  }

  void check_shortages(const Retention::Step& step) {
    std::uint64_t kept = 0;
    for (const auto& file : files_) {
      if (file.is_protected || file.being_written) kept += file.bytes;
    }
    bool size = limits_.max_size > 0 && kept > limits_.max_size;
    bool free_space =
        min_free() > 0 && (free() + sum() - kept < min_free() || min_free() >= total_);
    for (const auto& shortage : step.shortages) {
      bool& expected = shortage.limit == Limit::size ? size : free_space;
      require(expected, "a warning without need");
      expected = false;
    }
    require(!size && !free_space, "a warning is missing");
  }

  void check_end(const Retention::Step& step) {
    require(disk_ != Disk::sound || step.stopped != Stop::space_not_returned,
            "space did come back");
    require((step.stopped == Stop::unlink_failed) == !failed_.empty() ||
                step.stopped == Stop::space_not_returned,
            "the wrong reason for the end");
    if (over_) return;
    for (const auto& file : files_) {
      if (file.is_protected || file.being_written || ever_failed_.contains(file.name)) continue;
      require(!too_old(file), "this is too old");
      require(file.bytes == 0 || !exceeded(Limit::size), "this was too much");
      require(file.bytes == 0 || !exceeded(Limit::free) || step.stopped == Stop::space_not_returned,
              "too little is free");
    }
  }

  // Until the next pass.
  void elapse() {
    now_ += pick(1, 600) * 1min;
    if (disk_ == Disk::late) held_ = 0;
    if (chance(3)) others_ = pick(0, 10) * size_ % (others_ + free() + 1);
    if (chance(2) && free() >= size_) add(now_ - 10min);
    if (chance(5)) clock_set_ = true;
    for (auto& file : files_) {
      if (chance(10)) file.in_use = !file.in_use;
      if (chance(10)) stuck_.erase(file.name);
    }
  }

  std::mt19937 random_;
  Retention retention_;
  Retention::Limits limits_;
  Disk disk_;
  Files files_;
  std::uint64_t size_;        // of the largest file
  std::uint64_t others_ = 0;  // bytes of other files
  std::uint64_t held_ = 0;    // bytes that were unlinked and did not come back
  std::uint64_t total_ = 0;
  WallTime now_ = kToday;
  bool clock_set_ = true;
  int made_ = 0;
  std::set<std::string> stuck_;
  std::set<std::string> ever_failed_;
  std::set<std::string> failed_;  // in this pass
  bool over_ = false;             // a file failed for the first time
  std::uint64_t fruitless_ = 0;   // bytes unlinked for min_free in this pass, since some came back
  std::string wrong_;
};

unsigned archives() {
  return std::getenv("MINIDVR_TEST_FULL") != nullptr ? kArchives : kSampleOfArchives;
}

}  // namespace

TEST_CASE("whatever the disk does, only what has to go goes, and all of that, oldest first") {
  for (unsigned seed = 0; seed < archives(); ++seed) {
    const auto wrong = Simulation(seed).run();
    if (!wrong.empty()) FAIL("seed " << seed << ": " << wrong);
  }
}

TEST_CASE("no number is too large: what goes has to go, also at the ends of all ranges") {
  using Bytes = std::numeric_limits<std::uint64_t>;
  using Count = std::numeric_limits<std::int64_t>;
  for (unsigned seed = 0; seed < archives(); ++seed) {
    std::mt19937 random(seed);
    const auto pick = [&](auto values) { return values[random() % values.size()]; };
    const auto bytes = [&] {
      return pick(std::array<std::uint64_t, 5>{0, 1, 1ULL << 63, Bytes::max() - 1, Bytes::max()});
    };
    const auto count = [&] {
      return pick(std::array<std::int64_t, 5>{Count::min(), -1, 0, 1, Count::max()});
    };
    const auto time = [&] { return WallTime(WallTime::duration(count())); };
    Files files;
    for (int i = 0; i < 5; ++i) {
      files.push_back({std::to_string(i), time(), microseconds(count()), bytes(), false, i < 2});
    }
    const Retention::Limits limits{pick(std::array{0U, 1U, 106'751U, 213'503U, 150'000'000U, ~0U}),
                                   bytes(), bytes()};
    Retention retention(limits);
    retention.begin_pass(files);
    const recording::DiskSpace disk{bytes(), bytes()};
    const WallTime now = time();
    while (const auto wanted = retention.next({files, disk, now, true}).deletion) {
      const auto file = std::find_if(files.begin(), files.end(),
                                     [&](const auto& other) { return other.name == wanted->name; });
      CAPTURE(seed, file->name, static_cast<int>(wanted->limit));
      std::uint64_t room = limits.max_size;
      bool fits = true;
      for (const auto& other : files) {
        fits = fits && other.bytes <= room;
        room -= other.bytes;
      }
      const double days = 86'400e6;  // in microseconds
      const double age = static_cast<double>(now.time_since_epoch().count()) / 1e3 -
                         static_cast<double>(file->start.time_since_epoch().count()) / 1e3 -
                         std::max(0.0, static_cast<double>(file->length.count()));
      REQUIRE_FALSE(file->being_written);
      if (wanted->limit == Limit::age) REQUIRE(age / days > limits.max_age_days - 0.01);
      if (wanted->limit == Limit::size) REQUIRE((limits.max_size > 0 && !fits));
      if (wanted->limit == Limit::free) REQUIRE(disk.free < *limits.min_free);
      files.erase(file);
      retention.unlinked();
    }
  }
}

}  // namespace minidvr::archive::retention_test
