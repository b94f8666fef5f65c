#include "capture/camera_search.hpp"

#include "core/file.hpp"
#include "core/log.hpp"

#include <utility>

#include <fmt/format.h>

namespace minidvr::capture {
namespace fs = std::filesystem;
namespace {

constexpr const char* kSearch = "camera";  // in the log
constexpr const char* kKnownCameraFile = "camera.json";
constexpr std::size_t kMostKnownBytes = 64 * 1024;

// Not of what is a link: who made it has said which camera is meant.
bool may_name_another(const Settings& settings) {
  const fs::path device = settings.device;
  std::error_code ec;
  return settings.preview && device.is_absolute() && is_kernel_name(device.filename().string()) &&
         !fs::is_symlink(device, ec);
}

Result<std::optional<KnownCamera>> read_known(const fs::path& file, const std::string& device) {
  const auto text = read_file(file, kMostKnownBytes);
  if (text) return parse_known_camera(*text, device);
  if (text.error().code == Errc::not_found) return std::optional<KnownCamera>{};
  return text.error();
}

std::string in_words(const NodeIdentity& camera) {
  return camera.serial.empty() ? fmt::format("{} at {}", camera.card, camera.bus)
                               : fmt::format("{}, serial number {}", camera.card, camera.serial);
}

}  // namespace

CameraSearch::CameraSearch(const net::any_io_executor& executor, BlockingPool& pool,
                           const Settings& settings, StateGate state_gate, Observer observer,
                           fs::path sys)
    : pool_(pool),
      device_(settings.device),
      file_(settings.state_dir / kKnownCameraFile),
      sys_(std::move(sys)),
      searches_(may_name_another(settings)),
      gate_(std::move(state_gate)),
      observer_(std::move(observer)),
      event_(executor),
      path_(settings.device) {
  if (searches_) looks_ = std::make_unique<BlockingPool>(1);
}

Task<> CameraSearch::look() {
  while (searches_) {
    is_wanted_ = false;
    const auto began = Steady::now();
    auto work = [sys = sys_, folder = fs::path(device_).parent_path()] {
      return video_nodes(sys, folder);
    };
    auto nodes = co_await run_blocking(*looks_, std::move(work));
    judge({std::move(nodes), began});
    const bool is_well = observer_.delivers() && reason_ != NodeReason::other_camera;
    if (!is_wanted_) {
      co_await event_.wait_until(Steady::now() +
                                 (is_well ? limits_.look_while_well : limits_.look));
    }
  }
}

void CameraSearch::judge(Seen seen) {
  looked_ = seen.began;
  const auto choice = choose_node(device_, known_, seen.nodes);
  choice_ = choice.path;
  const auto now = Steady::now();
  judge_other(choice, now);
  follow(choice);
  learn(choice, seen.nodes, now);
}

// Another one has the name. It may be ours that comes next.
void CameraSearch::judge_other(const NodeChoice& choice, SteadyTime now) {
  if (choice.reason != NodeReason::other_camera) {
    other_since_.reset();
    other_was_told_ = false;
    return;
  }
  if (!other_since_) {
    other_since_ = now;
    log::warning(kSearch,
                 "{} is another camera now ({}), and the one that it was ({}) is not there",
                 device_, in_words(choice.node->identity), in_words(known_->identity));
  } else if (now - *other_since_ >= limits_.wait_for_ours &&
             !std::exchange(other_was_told_, true)) {
    log::warning(kSearch, "{} is used with its other camera until the one before comes back",
                 device_);
  }
}

void CameraSearch::follow(const NodeChoice& choice) {
  const bool is_news = choice.reason != reason_ || choice.path != path_;
  reason_ = choice.reason;
  if (!is_news) return;
  std::string why = path_ + " is gone";
  if (choice.reason == NodeReason::moved) {
    why = fmt::format("the camera that was {} ({}) is {} now", device_,
                      in_words(choice.node->identity), choice.path);
    log::info(kSearch, "{}", why);
  } else if (choice.reason == NodeReason::as_configured && choice.node != nullptr) {
    why = fmt::format("{} is its camera again ({})", device_, in_words(choice.node->identity));
    log::info(kSearch, "{}", why);
  }
  if (choice.path == path_) return;
  path_ = choice.path;
  observer_.on_moved(why);
}

void CameraSearch::learn(const NodeChoice& choice, const std::vector<VideoNode>& nodes,
                         SteadyTime now) {
  const bool is_other = choice.reason == NodeReason::other_camera;
  if (known_ && choice.node != nullptr && !is_other) {
    delivering_.reset();
    dirty_ = update(*known_, *choice.node, nodes) || dirty_;
    if (dirty_) event_.notify();
    return;
  }
  // What was known may not have been read yet.
  const bool delivers = was_read_ && choice.node != nullptr && observer_.delivers();
  if (!delivers || delivering_ != choice.node->identity) {
    delivering_ = delivers ? std::optional(choice.node->identity) : std::nullopt;
    delivering_since_ = now;
    return;
  }
  const auto enough = known_ ? limits_.until_replaced : limits_.until_known;
  if (now - delivering_since_ < enough) return;
  log::info(kSearch, "{} is {}, which is remembered", device_, in_words(*delivering_));
  known_ = KnownCamera{*delivering_};
  reason_ = NodeReason::as_configured;
  update(*known_, *choice.node, nodes);
  dirty_ = true;
  event_.notify();
}

bool CameraSearch::believes(SteadyTime since) {
  if (!searches_) return true;
  const auto now = Steady::now();
  const bool is_known = was_asked_ && looked_ && *looked_ >= since;
  if (!is_known) {
    is_wanted_ = true;
    event_.notify();
    const bool is_too_long = now - since >= limits_.answer;
    if (is_too_long) {
      log::warning(
          kSearch,
          "it is not known which camera {} is, because the system does not say; it is used", path_);
    }
    return is_too_long;
  }
  if (other_since_ && now - *other_since_ < limits_.wait_for_ours) return false;
  return choice_ == started_on_;
}

Task<> CameraSearch::remember() {
  while (searches_) {
    if (!was_read_) co_await load();
    bool is_saved = true;
    if (was_read_ && dirty_) is_saved = co_await save();
    if (!was_read_) {
      co_await event_.wait_until(Steady::now() + limits_.look);
    } else if (!is_saved) {
      co_await sleep_for(limits_.save_again);
    } else if (!dirty_) {
      co_await event_.wait();
    }
  }
}

// The disk that knows may come later than this program.
Task<> CameraSearch::load() {
  auto work = [gate = gate_, file = file_,
               device = device_]() -> Result<std::optional<KnownCamera>> {
    if (auto open = ask(gate); !open) return open.error();
    return read_known(file, device);
  };
  auto known = co_await run_blocking(pool_, std::move(work));
  if (known) {
    was_read_ = true;
    known_ = std::move(*known);
  }
  is_wanted_ = is_wanted_ || !was_asked_;
  was_asked_ = true;
  event_.notify();
}

Task<bool> CameraSearch::save() {
  dirty_ = false;
  auto work = [gate = gate_, file = file_, text = serialize(device_, *known_)]() -> Result<> {
    if (auto open = ask(gate); !open) return open;
    return write_file_atomically(file, text);
  };
  const auto saved = co_await run_blocking(pool_, std::move(work));
  if (saved) co_return true;
  dirty_ = true;
  if (save_problem_ != saved.error().detail) {
    save_problem_ = saved.error().detail;
    log::warning(kSearch, "which camera {} is will not be known at the next start: {}", device_,
                 save_problem_);
  }
  co_return false;
}

NodeChoice find_node(const Settings& settings, const fs::path& sys) {
  if (!may_name_another(settings)) return {settings.device};
  const auto known = read_known(settings.state_dir / kKnownCameraFile, settings.device);
  const auto nodes = video_nodes(sys, fs::path(settings.device).parent_path());
  auto choice = choose_node(settings.device, known ? *known : std::optional<KnownCamera>{}, nodes);
  choice.node = nullptr;  // they are gone when this returns
  return choice;
}

}  // namespace minidvr::capture
