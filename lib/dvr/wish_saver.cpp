#include "dvr/wish_saver.hpp"

#include "core/log.hpp"

#include <utility>

namespace minidvr::dvr {

void WishSaver::save(bool recording) {
  unsaved_ = recording;
  changed_.notify();
}

Task<> WishSaver::run() {
  for (;;) {
    while (!unsaved_)
      co_await changed_.wait();
    const bool recording = *unsaved_;
    auto save = [this, recording] { return save_(recording); };
    const auto saved = co_await run_blocking(pool_, std::move(save));
    if (saved) {
      problem_.clear();
      // Unless another wish came while this one was saved.
      if (unsaved_ == recording) unsaved_.reset();
      changed_.notify();
      continue;
    }
    const Error& why = saved.error();
    if (std::exchange(problem_, why.detail) != problem_) {
      // Which one it is, and why that is wrong, has been told.
      const bool is_told = why.reason == Reason::wrong_folder;
      log::error("mini-dvr",
                 "{}; until it can be saved, recording may be on or off after a restart",
                 is_told ? "what is wanted lies in the recordings folder" : problem_);
    }
    // Another wish that came meanwhile is not told again.
    if (unsaved_ == recording) co_await changed_.wait_until(Steady::now() + kRetry);
  }
}

Task<bool> WishSaver::wait_until_saved(SteadyTime deadline) {
  while (unsaved_ && Steady::now() < deadline)
    co_await changed_.wait_until(deadline);
  co_return !unsaved_;
}

}  // namespace minidvr::dvr
