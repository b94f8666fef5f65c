#include "archive/clips.hpp"

#include "archive/clip_name.hpp"
#include "archive/log_component.hpp"
#include "core/counted.hpp"
#include "core/log.hpp"
#include "core/turn.hpp"

#include <algorithm>
#include <exception>
#include <set>
#include <utility>

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include <sys/random.h>

namespace minidvr::archive {
namespace {

std::string id_text(std::uint64_t number) {
  return fmt::format("{:016x}", number);
}

std::string random_id() {
  std::uint64_t number = 0;
  // A few bytes: there are always as many.
  [[maybe_unused]] const auto filled = ::getrandom(&number, sizeof number, 0);
  return id_text(number);
}

// Of a file that is there: the same at every start (FNV-1a).
std::string id_of_name(const std::string& name) {
  constexpr std::uint64_t kBasis = 0xcbf29ce484222325;
  constexpr std::uint64_t kPrime = 0x100000001b3;
  std::uint64_t hash = kBasis;
  for (const char c : name)
    hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  return id_text(hash);
}

Clip clip_of(const ClipFolder::Found& found) {
  Clip clip;
  clip.id = id_of_name(found.name);
  clip.name = found.name;
  clip.state = ClipState::done;
  clip.progress = 1;
  clip.bytes = found.stamp.bytes;
  clip.stamp = found.stamp;
  clip.lossless = found.summary.has_value();
  if (found.summary) {
    clip.frames = found.summary->frames;
    clip.length = found.summary->length;
    clip.start = found.summary->start;
  }
  return clip;
}

void take_over(Clip& clip, const ClipPlan& plan) {
  clip.bytes = plan.bytes;
  clip.frames = plan.frames;
  clip.length = plan.length;
  clip.start = plan.start;
  clip.gaps = plan.gaps;
}

// Less than was planned, when something could not be read.
void take_over(Clip& clip, const ClipMaker::Given& given) {
  if (given.frames == clip.frames) return;
  clip.frames = given.frames;
  clip.length = given.length;
  clip.start = given.start;
  clip.gaps = given.gaps;
}

// What is wrong with a recording is not the client's mistake in writing.
Error for_client(Error error) {
  if (error.code == Errc::malformed) error.code = Errc::refused;
  return error;
}

Error too_many_wait() {
  return make_error(Errc::unavailable,
                    fmt::format("{} clips wait already; allowed are no more. Try again when some "
                                "are done",
                                Clips::kMostWaiting),
                    Reason::busy);
}

}  // namespace

Clips::Clips(net::any_io_executor executor, Archive& archive, Options options)
    : archive_(archive),
      folder_(std::move(options.recordings_dir), std::move(options.gate)),
      changed_(executor),
      tasks_(executor),
      children_(executor),
      maker_(executor, children_, archive, folder_, std::move(options.ffmpeg_bin)) {}

void Clips::run() {
  tasks_.spawn("clips", make_all());
}

Task<> Clips::shut_down() {
  tasks_.cancel();
  co_await tasks_.join();
  co_await children_.join();
}

Task<> Clips::make_all() {
  co_await scan();
  for (;;) {
    while (queue_.empty())
      co_await changed_.wait();
    co_await discard_leftovers();
    if (queue_.empty()) continue;
    const ClipPtr clip = queue_.front();
    queue_.pop_front();
    co_await make_one(clip);
  }
}

// Of an earlier run, once: the disk may come later than this program. Never while one is made.
Task<> Clips::discard_leftovers() {
  while (discarding_)
    co_await changed_.wait();
  const bool is_making = std::any_of(clips_.begin(), clips_.end(), [](const ClipPtr& clip) {
    return clip->state == ClipState::running;
  });
  if (discarded_ || is_making) co_return;
  const Turn turn(discarding_, changed_);
  auto discard = [folder = folder_] { return folder.discard_all(); };
  discarded_ = co_await run_blocking(pool(), std::move(discard));
}

Task<> Clips::make_one(ClipPtr clip) {
  set_state(*clip, ClipState::running);
  ClipMaker::Order order;
  order.id = clip->id;
  order.name = clip->name;
  order.request = *clip->request;
  order.on_planned = [clip](const ClipPlan& plan) { take_over(*clip, plan); };
  order.on_progress = [this, clip](double progress) { tell_progress(*clip, progress); };
  const auto made = co_await make_or_fail(std::move(order));
  if (made) {
    clip->name = made->file.name;
    clip->bytes = made->file.bytes;
    take_over(*clip, made->given);
    clip->progress = 1;
    // What a look at the folder found meanwhile.
    std::erase_if(clips_, [&](const ClipPtr& one) {
      return one != clip && one->name == clip->name && one->state == ClipState::done;
    });
    log::info(kComponent, "clip {} is done", clip->name);
    set_state(*clip, ClipState::done);
  } else if (maker_.cancelled()) {
    log::info(kComponent, "clip {} was cancelled", clip->name);
    set_state(*clip, ClipState::cancelled);
  } else {
    clip->detail = made.error().detail;
    clip->reason = reason_of(made.error());
    log::warning(kComponent, "clip {} failed: {}", clip->name, clip->detail);
    set_state(*clip, ClipState::failed);
  }
  forget_old_failures();
}

// A bug, or memory that there is not, must not keep the next clips from being made.
Task<Result<ClipMaker::Made>> Clips::make_or_fail(ClipMaker::Order order) {
  std::exception_ptr failure;
  try {
    co_return co_await maker_.make(std::move(order));
  } catch (...) {
    failure = std::current_exception();
  }
  const auto state = co_await net::this_coro::cancellation_state;
  if (state.cancelled() != net::cancellation_type::none) std::rethrow_exception(failure);
  co_return make_error(Errc::internal, "this is a fault of mini-dvr");
}

void Clips::set_state(Clip& clip, ClipState state) {
  clip.state = state;
  changed_.notify();
  tell(clip);
}

void Clips::tell_progress(Clip& clip, double progress) {
  clip.progress = progress;
  const auto now = Steady::now();
  if (now - told_ < kBetweenNews) return;
  told_ = now;
  tell(clip);
}

// One at a time: a plan goes through all frames of its time, and takes their descriptors in turn.
Task<Result<ClipPlan>> Clips::plan(ClipRequest request) {
  while (planning_)
    co_await changed_.wait();
  const Turn turn(planning_, changed_);
  co_return co_await maker_.plan(std::move(request));
}

Task<Result<Clip>> Clips::create(ClipRequest request) {
  if (const auto problem = problem_of(request)) co_return *problem;
  if (waiting() >= kMostWaiting) co_return too_many_wait();
  if (!archive_.complete()) {
    co_return make_error(Errc::unavailable,
                         "the recordings are still being looked through; try again in a moment",
                         Reason::busy);
  }
  const Counted place(asked_for_);
  const auto planned = co_await plan(request);
  if (!planned) co_return for_client(planned.error());
  const std::string wanted =
      request.name.empty() ? default_clip_name(planned->start) : request.name;
  const auto clip = std::make_shared<Clip>();
  clip->name = co_await free_name(wanted);
  clip->id = random_id();
  clip->lossless = !request.h264;
  clip->request = std::move(request);
  take_over(*clip, *planned);
  clips_.push_back(clip);
  queue_.push_back(clip);
  set_state(*clip, ClipState::waiting);
  co_return *clip;
}

bool Clips::is_reserved(const std::string& name) const {
  return std::any_of(clips_.begin(), clips_.end(),
                     [&](const ClipPtr& one) { return one->name == name && !one->is_over(); });
}

// Between the look at the disk and the next clip nothing is awaited that reserves a name; who takes
// it on the disk is seen when the clip is done.
Task<std::string> Clips::free_name(std::string wanted) {
  for (int number = 0; number < kMostClipNumbers; ++number) {
    auto name = numbered_clip_name(wanted, number);
    auto look = [folder = folder_, name] { return folder.is_taken(name); };
    const bool taken = co_await run_blocking(pool(), std::move(look));
    if (!taken && !is_reserved(name)) co_return name;
  }
  co_return wanted;
}

// Of clips that were still being copied there when they were found.
void Clips::note_changes(const std::vector<ClipFolder::Found>& found) {
  for (const auto& one : found) {
    const auto clip = std::find_if(clips_.begin(), clips_.end(), [&](const ClipPtr& known) {
      return known->name == one.name && known->state == ClipState::done;
    });
    if (clip == clips_.end() || (*clip)->request || (*clip)->stamp == one.stamp) continue;
    **clip = clip_of(one);
  }
}

Task<> Clips::scan() {
  co_await discard_leftovers();
  ClipFolder::KnownClips known;
  std::vector<ClipFolder::Found> found;
  std::uint64_t deleted = 0;
  // What was deleted meanwhile may have been found.
  do {
    deleted = deleted_;
    known.clear();
    for (const auto& clip : clips_) {
      if (clip->state != ClipState::done) continue;
      // Of what was made here more is known than its file tells.
      known[clip->name] = clip->request ? std::nullopt : std::optional(clip->stamp);
    }
    auto look = [folder = folder_, known] { return folder.scan(known); };
    found = co_await run_blocking(pool(), std::move(look));
  } while (deleted != deleted_);
  std::set<std::string> there;
  for (const auto& one : found)
    there.insert(one.name);
  std::erase_if(clips_, [&](const ClipPtr& clip) {
    return clip->state == ClipState::done && known.contains(clip->name) &&
           !there.contains(clip->name);
  });
  note_changes(found);
  const auto is_listed = [this](const std::string& name) {
    return is_reserved(name) || std::any_of(clips_.begin(), clips_.end(), [&](const ClipPtr& one) {
             return one->name == name && one->state == ClipState::done;
           });
  };
  // Those that are found were there before those that are known.
  std::vector<ClipPtr> more;
  for (auto one = found.rbegin(); one != found.rend(); ++one) {
    if (!is_listed(one->name)) more.push_back(std::make_shared<Clip>(clip_of(*one)));
  }
  clips_.insert(clips_.begin(), more.begin(), more.end());
}

Task<std::vector<Clip>> Clips::list() {
  co_await scan();
  std::vector<Clip> clips;
  for (auto one = clips_.rbegin(); one != clips_.rend(); ++one)
    clips.push_back(**one);
  co_return clips;
}

const Clip* Clips::find(const std::string& id) const {
  return find_shared(id).get();
}

Clips::ClipPtr Clips::find_shared(const std::string& id) const {
  const auto found = std::find_if(clips_.begin(), clips_.end(),
                                  [&](const ClipPtr& clip) { return clip->id == id; });
  return found == clips_.end() ? nullptr : *found;
}

void Clips::forget(const ClipPtr& clip) {
  std::erase(clips_, clip);
}

void Clips::forget_old_failures() {
  const auto came_to_nothing = [](const ClipPtr& clip) {
    return clip->is_over() && clip->state != ClipState::done;
  };
  auto count = std::count_if(clips_.begin(), clips_.end(), came_to_nothing);
  for (; count > static_cast<std::ptrdiff_t>(kMostRemembered); --count)
    clips_.erase(std::find_if(clips_.begin(), clips_.end(), came_to_nothing));
}

Task<Result<Clip>> Clips::remove(std::string id) {
  const ClipPtr clip = find_shared(id);
  if (!clip) co_return make_error(Errc::not_found, "there is no clip of that id");
  if (const auto at = std::find(queue_.begin(), queue_.end(), clip); at != queue_.end()) {
    queue_.erase(at);
    set_state(*clip, ClipState::cancelled);
    forget_old_failures();
    co_return *clip;
  }
  if (clip->state == ClipState::running) {
    maker_.cancel();
    while (!clip->is_over())
      co_await changed_.wait();
    // Otherwise it was done before.
    if (clip->state != ClipState::done) co_return *clip;
  }
  if (clip->state == ClipState::done) {
    auto work = [folder = folder_, name = clip->name] { return folder.remove(name); };
    const auto removed = co_await run_blocking(pool(), std::move(work));
    if (!removed && removed.error().code != Errc::not_found) co_return removed.error();
    log::info(kComponent, "clip {} was deleted", clip->name);
  }
  forget(clip);
  ++deleted_;
  set_state(*clip, ClipState::deleted);
  co_return *clip;
}

Task<Result<ClipFolder::OpenFile>> Clips::open(std::string name) {
  auto work = [folder = folder_, name = std::move(name)] { return folder.open(name); };
  co_return co_await run_blocking(pool(), std::move(work));
}

}  // namespace minidvr::archive
