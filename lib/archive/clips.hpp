// The clips: what is there, what is being made, and what waits for that. One is made at a time.
#pragma once

#include "archive/archive.hpp"
#include "archive/clip.hpp"
#include "archive/clip_folder.hpp"
#include "archive/clip_maker.hpp"
#include "core/asio.hpp"
#include "core/event.hpp"
#include "core/task_group.hpp"

#include <cstddef>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace minidvr::archive {

class Clips {
 public:
  struct Options {
    std::filesystem::path recordings_dir;
    std::string ffmpeg_bin;
    FolderGate gate = {};
  };
  // That wait; each may take minutes, so more would be a mistake.
  static constexpr std::size_t kMostWaiting = 16;
  // That failed or were cancelled, so that people can see why.
  static constexpr std::size_t kMostRemembered = 50;
  // Between two news of how far a clip is.
  static constexpr milliseconds kBetweenNews{250};

  // `archive` must outlive it.
  Clips(net::any_io_executor executor, Archive& archive, Options options);
  Clips(const Clips&) = delete;
  Clips& operator=(const Clips&) = delete;

  // Begins: removes what an earlier run left behind, as soon as its disk is there, lists what is
  // there, and makes what is asked for. Returns at once.
  void run();
  // Ends what is being made; of that nothing is left.
  Task<> shut_down();

  // Told when one has got on, and when its state has changed. One observer.
  void observe(std::function<void(const Clip&)> observer) { observer_ = std::move(observer); }

  // It waits, or is being made. not_found: there are no such frames; refused: what is not allowed;
  // unavailable: too many wait, the disk is too full, or the archive has not been looked through.
  Task<Result<Clip>> create(ClipRequest request);
  // What is there now, the newest first.
  Task<std::vector<Clip>> list();
  // nullptr: there is none. Valid until the next call.
  const Clip* find(const std::string& id) const;
  // Cancels it, or deletes the file, or forgets one that came to nothing. Returns it as it is then;
  // nothing is left of it. not_found; unavailable: the file can not be removed.
  Task<Result<Clip>> remove(std::string id);

  // A clip's file. not_found; unavailable.
  Task<Result<ClipFolder::OpenFile>> open(std::string name);

  BlockingPool& pool() { return archive_.pool(); }

 private:
  using ClipPtr = std::shared_ptr<Clip>;

  Task<> make_all();
  Task<> discard_leftovers();
  Task<> make_one(ClipPtr clip);
  Task<Result<ClipMaker::Made>> make_or_fail(ClipMaker::Order order);
  Task<> scan();
  void note_changes(const std::vector<ClipFolder::Found>& found);
  Task<std::string> free_name(std::string wanted);
  bool is_reserved(const std::string& name) const;
  // Also those that are being planned.
  std::size_t waiting() const { return queue_.size() + asked_for_; }
  Task<Result<ClipPlan>> plan(ClipRequest request);
  void set_state(Clip& clip, ClipState state);
  void tell(const Clip& clip) const { observer_(clip); }
  void tell_progress(Clip& clip, double progress);
  void forget(const ClipPtr& clip);
  void forget_old_failures();
  ClipPtr find_shared(const std::string& id) const;

  Archive& archive_;
  ClipFolder folder_;
  std::function<void(const Clip&)> observer_ = [](const Clip&) {};
  std::vector<ClipPtr> clips_;  // the newest last
  std::uint64_t deleted_ = 0;   // how many were
  std::deque<ClipPtr> queue_;
  std::size_t asked_for_ = 0;
  bool planning_ = false;
  bool discarding_ = false;
  bool discarded_ = false;  // what an earlier run left
  Event changed_;           // a state, or the queue
  SteadyTime told_;
  TaskGroup tasks_;
  TaskGroup children_;
  ClipMaker maker_;
};

}  // namespace minidvr::archive
