#include "controls/wanted_controls.hpp"

#include "controls/log_component.hpp"
#include "core/log.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace minidvr::controls {
namespace {

// A power cut may cost the last second of settings, as it may of the recording.
constexpr seconds kSaveDelay{1};  // between two writes
// A full disk is tried again, gently.
constexpr seconds kSaveRetry{30};
// When to look after the first frame: at once, and again while a camera settles; what was right at
// first may still get lost.
constexpr std::array kPausesBeforeLooks = {milliseconds(0), milliseconds(300), milliseconds(700),
                                           milliseconds(1200)};
// Only reached while the camera can not be recognised; then it can not be set either.
constexpr std::size_t kMostChanges = 256;
// Every setting that a client makes may cause two lines while the camera can not be recognised.
constexpr unsigned kNoteLinesPerMinute = 20;

}  // namespace

WantedControls::WantedControls(const net::any_io_executor& executor, BlockingPool& pool,
                               ControlDevice& device, const std::filesystem::path& state_dir,
                               StateGate gate)
    : pool_(pool),
      device_(device),
      file_(state_dir / "controls.json", "remembered controls", std::move(gate)),
      event_(executor),
      note_log_(kComponent, kNoteLinesPerMinute) {}

Task<> WantedControls::take_notes() {
  co_await load();
  for (;;) {
    while (changes_.empty())
      co_await event_.wait();
    const auto camera = co_await identity();
    if (changes_.empty()) continue;  // flush() was quicker
    if (camera) {
      note(*camera, changes_.front());
    } else {
      note_log_.print(log::Level::warning, kComponent, "what was just set is not remembered");
    }
    changes_.pop_front();
    event_.notify();
  }
}

Task<> WantedControls::noted() {
  while (!changes_.empty())
    co_await event_.wait();
}

Task<> WantedControls::save_notes() {
  for (;;) {
    while (!dirty_)
      co_await event_.wait();
    const bool saved = co_await flush();
    co_await sleep_for(saved ? kSaveDelay : kSaveRetry);
  }
}

// The disk that knows may come later than this program: then what was set until then is newer.
Task<> WantedControls::load() {
  if (was_read_) co_return;
  auto work = [file = file_]() -> std::optional<Remembered> {
    if (!file.can_be_read()) return std::nullopt;
    const std::string text = file.load();
    if (text.empty()) return Remembered{};
    auto parsed = parse_remembered(text);
    if (!parsed.problems.empty()) file.set_aside(parsed.problems);
    return std::move(parsed.cameras);
  };
  auto cameras = co_await run_blocking(pool_, std::move(work));
  if (cameras && !std::exchange(was_read_, true)) {
    for (auto& [camera, values] : *cameras)
      cameras_[camera].merge(values);
  }
  loaded_ = true;
  event_.notify();
}

Task<bool> WantedControls::flush() {
  if (identity_) {
    for (; !changes_.empty(); changes_.pop_front())
      note(*identity_, changes_.front());
  }
  if (!dirty_) co_return true;
  co_await load();
  if (!was_read_) co_return false;
  dirty_ = false;
  auto work = [file = file_, text = serialize(cameras_)] { return file.save(text); };
  const auto saved = co_await run_blocking(pool_, std::move(work));
  if (!saved) {
    // What is too large stays so until something else is set.
    dirty_ = saved.error().code != Errc::too_large;
    log::error(kComponent, "{}; after a restart the camera may have other settings",
               saved.error().detail);
  }
  co_return saved.has_value();
}

void WantedControls::remember_settings(std::vector<SettingOutcome> outcomes,
                                       ControlListPtr controls) {
  push({std::move(outcomes), {}, std::move(controls)});
}

void WantedControls::forget_controls(std::vector<std::string> ids) {
  push({{}, std::move(ids), {}});
}

void WantedControls::push(Change change) {
  if (changes_.size() == kMostChanges) changes_.pop_front();
  changes_.push_back(std::move(change));
  event_.notify();
}

void WantedControls::note(const CameraIdentity& camera, const Change& change) {
  const bool is_known = cameras_.contains(camera);
  if (!is_known && (change.set.empty() || cameras_.size() >= kMostRememberedCameras)) return;
  ValuesById& wanted = cameras_[camera];
  for (const auto& outcome : change.set) {
    const Control* control = find_control(*change.controls, outcome.setting.id());
    if (outcome.error || control == nullptr) continue;
    remember(wanted, *control, outcome.setting.value());
  }
  for (const auto& id : change.reset)
    forget(wanted, id);
  if (wanted.empty()) cameras_.erase(camera);
  dirty_ = true;
  event_.notify();
}

Task<> WantedControls::recognise() {
  co_await identity();
}

Task<std::optional<CameraIdentity>> WantedControls::identity() {
  while (!loaded_)
    co_await event_.wait();
  if (!identity_) {
    auto asked = co_await device_.identify();
    if (asked) {
      identity_ = std::move(*asked);
    } else {
      note_log_.print(log::Level::warning, kComponent, "the camera can not be recognised: {}",
                      asked.error().detail);
    }
  }
  co_return identity_;
}

Task<> WantedControls::apply() {
  identity_.reset();  // it may be another camera than before
  if (loaded_) co_await load();
  bool settled = false;
  for (const auto pause : kPausesBeforeLooks) {
    co_await sleep_for(pause);
    const auto camera = co_await identity();
    if (!camera) continue;
    if (!cameras_.contains(*camera)) co_return;
    settled = co_await apply_once(*camera, pause == kPausesBeforeLooks.front());
  }
  if (!settled) log::warning(kComponent, "the camera does not keep all remembered settings");
}

// True when the camera has all that it can have and nothing had to be done for it.
Task<bool> WantedControls::apply_once(const CameraIdentity& camera, bool is_first) {
  const auto listed = co_await device_.list(kFresh);
  if (!listed) {
    log::warning(kComponent, "remembered settings are not applied: {}", listed.error().detail);
    co_return false;
  }
  // The user may have reset the last one in the meantime.
  const auto found = cameras_.find(camera);
  if (found == cameras_.end()) co_return true;
  const Plan plan = plan_wanted(**listed, found->second);
  for (const auto& refusal : plan.refused) {
    // What an automatic owns is kept for the time when it is off again.
    const bool is_normal = refusal.error.code == Errc::wrong_state;
    if (is_first && !is_normal) {
      log::warning(kComponent, "the remembered {} is kept but not applied: {}", refusal.id,
                   refusal.error.detail);
    }
  }
  if (plan.settings.empty()) co_return true;

  std::vector<std::string> words;
  for (const auto& setting : plan.settings)
    words.push_back(setting.argument());
  log::info(kComponent, "setting what is remembered of {}: {}", camera.card, fmt::join(words, " "));
  const auto outcome = co_await device_.carry_out(plan.settings);
  if (!outcome) {
    log::warning(kComponent, "remembered settings are not applied: {}", outcome.error().detail);
    co_return false;
  }
  for (const auto& setting : outcome->settings) {
    if (!setting.error || !is_first) continue;
    log::warning(kComponent, "the remembered {} is kept but not applied: {}", setting.setting.id(),
                 setting.error->detail);
  }
  co_return false;
}

}  // namespace minidvr::controls
