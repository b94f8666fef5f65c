// Keeps the newest wish to record on disk, without anybody having to wait for the disk.
#pragma once

#include "core/asio.hpp"
#include "core/blocking.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/event.hpp"

#include <functional>
#include <optional>
#include <string>

namespace minidvr::dvr {

// One save at a time, so that a slow one can not overwrite a later one; of the wishes that come
// meanwhile only the newest is saved. What can not be saved is tried again.
class WishSaver {
 public:
  using Save = std::function<Result<>(bool recording)>;  // blocks; called on the pool

  static constexpr seconds kRetry{10};

  WishSaver(const net::any_io_executor& executor, BlockingPool& pool, Save save)
      : pool_(pool), save_(std::move(save)), changed_(executor) {}

  // Saves; until cancelled.
  Task<> run();

  // Returns at once.
  void save(bool recording);

  // Returns when the newest wish is on disk (true), or at the deadline.
  Task<bool> wait_until_saved(SteadyTime deadline);

 private:
  BlockingPool& pool_;
  Save save_;
  Event changed_;
  std::optional<bool> unsaved_;
  std::string problem_;
};

}  // namespace minidvr::dvr
