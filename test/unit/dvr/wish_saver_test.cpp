#include "dvr/wish_saver.hpp"

#include "unit/support/run_task.hpp"

#include <condition_variable>
#include <mutex>
#include <vector>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::test;

namespace {

// A disk that hangs until it is told to go on: no real one can be made to, without root.
class HangingDisk {
 public:
  Result<> save(bool recording) {
    std::unique_lock lock(mutex_);
    ++begun_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !hangs_; });
    if (fails_) {
      ++failed_;
      return make_error(Errc::internal, "no");
    }
    saved_.push_back(recording);
    return {};
  }
  void wait_for_save() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return begun_ > 0; });
  }
  void go_on() {
    const std::lock_guard lock(mutex_);
    hangs_ = false;
    changed_.notify_all();
  }
  void fail(bool fails) {
    const std::lock_guard lock(mutex_);
    fails_ = fails;
  }
  int failed() {
    const std::lock_guard lock(mutex_);
    return failed_;
  }
  std::vector<bool> saved() {
    const std::lock_guard lock(mutex_);
    return saved_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int begun_ = 0;
  int failed_ = 0;
  bool hangs_ = true;
  bool fails_ = false;
  std::vector<bool> saved_;
};

struct SaverBench {
  SaverBench() { tasks.group().spawn("saver", saver.run()); }
  ~SaverBench() { disk.go_on(); }

  HangingDisk disk;
  BlockingPool pool{3};
  Tasks tasks;
  dvr::WishSaver saver{tasks.executor(), pool, [this](bool on) { return disk.save(on); }};
};

}  // namespace

TEST_CASE("wishes are saved one after the other, and the last one wins however the disk hangs") {
  SaverBench bench;
  bench.saver.save(true);
  // Nobody waits for the disk, and the deadline is kept.
  CHECK_FALSE(bench.tasks.run(bench.saver.wait_until_saved(Steady::now() + milliseconds(20))));
  bench.disk.wait_for_save();
  bench.saver.save(false);
  bench.saver.save(true);
  bench.saver.save(false);
  CHECK_FALSE(bench.tasks.run(bench.saver.wait_until_saved(Steady::now() + milliseconds(20))));
  CHECK(bench.disk.saved().empty());
  bench.disk.go_on();
  CHECK(bench.tasks.run(bench.saver.wait_until_saved(SteadyTime::max())));
  // What was overtaken meanwhile is not saved at all.
  CHECK(bench.disk.saved() == std::vector<bool>{true, false});
}

TEST_CASE("a wish that could not be saved gives way to the next one at once") {
  SaverBench bench;
  bench.disk.fail(true);
  bench.disk.go_on();
  bench.saver.save(true);
  while (bench.disk.failed() == 0)
    CHECK_FALSE(bench.tasks.run(bench.saver.wait_until_saved(Steady::now() + milliseconds(10))));
  bench.disk.fail(false);
  bench.saver.save(false);
  CHECK(bench.tasks.run(bench.saver.wait_until_saved(SteadyTime::max())));
  CHECK(bench.disk.saved() == std::vector<bool>{false});
}

TEST_CASE("a wish that comes while another one can not be saved is not kept waiting") {
  SaverBench bench;
  bench.disk.fail(true);
  bench.saver.save(true);
  CHECK_FALSE(bench.tasks.run(bench.saver.wait_until_saved(Steady::now() + milliseconds(20))));
  bench.disk.wait_for_save();
  bench.saver.save(false);
  bench.disk.go_on();
  const auto patience = Steady::now() + dvr::WishSaver::kRetry / 2;
  while (bench.disk.failed() < 2 && Steady::now() < patience)
    CHECK_FALSE(bench.tasks.run(bench.saver.wait_until_saved(Steady::now() + milliseconds(10))));
  CHECK(bench.disk.failed() == 2);
}
