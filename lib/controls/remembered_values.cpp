#include "controls/remembered_values.hpp"

#include "controls/write_plan.hpp"
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
// Every value that a client sets may cause two lines while the camera can not be recognised.
constexpr unsigned kNoteLinesPerMinute = 20;

void log_not_applied(const ControlOutcome& outcome) {
  log::warning(kComponent, "the remembered {} is kept but not applied: {}", outcome.id,
               outcome.error->detail);
}

}  // namespace

RememberedValues::RememberedValues(const net::any_io_executor& executor, BlockingPool& pool,
                                   ControlDevice& device, const std::filesystem::path& state_dir,
                                   StateGate gate)
    : device_(device),
      store_(executor, pool, state_dir / "controls.json", "remembered controls", parse_remembered,
             std::move(gate)),
      changed_(executor),
      note_log_(kComponent, kNoteLinesPerMinute) {}

Task<> RememberedValues::keep() {
  co_await store_.ready();
  for (;;) {
    while (!is_dirty())
      co_await changed_.wait();
    const bool saved = co_await flush();
    co_await sleep_for(saved ? kSaveDelay : kSaveRetry);
  }
}

Task<bool> RememberedValues::flush() {
  if (!is_dirty()) co_return true;
  co_await store_.ready();
  if (!store_.was_read()) co_return false;
  // Who was cancelled while the file was read gets no further, and has saved nothing.
  const auto changes = changes_;
  const auto saved = co_await store_.save();
  // What is too large stays so until something else is set.
  if (saved || saved.error().code == Errc::too_large) saved_changes_ = changes;
  if (saved) co_return true;
  log::error(kComponent, "{}; after a restart the camera may have other settings",
             saved.error().detail);
  co_return false;
}

void RememberedValues::remember(const std::optional<CameraIdentity>& camera, Values values) {
  if (values.empty()) return;
  if (!camera) {
    note_log_.print(log::Level::warning, kComponent, "what was just set is not remembered");
    return;
  }
  adopt(*camera);
  if (!store_.content.contains(*camera) && store_.content.size() >= kMostRememberedCameras) {
    note_log_.print(log::Level::warning, kComponent,
                    "what was just set is not remembered: that of {} cameras is already",
                    store_.content.size());
    return;
  }
  const auto order = next_order(store_.content);
  CameraValues& entry = store_.content[*camera];
  entry.order = order;
  for (auto& [id, value] : values)
    controls::remember(entry.values, id, std::move(value));
  note_change();
}

void RememberedValues::forget(const std::optional<CameraIdentity>& camera,
                              const std::vector<std::string>& ids) {
  if (!camera) return;
  adopt(*camera);
  const auto found = store_.content.find(*camera);
  if (found == store_.content.end()) return;
  found->second.order = next_order(store_.content);
  for (const auto& id : ids)
    controls::forget(found->second.values, id);
  // An entry without values keeps what is remembered of the same model from coming back.
  if (found->second.values.empty() && !knows_same_model(store_.content, *camera))
    store_.content.erase(found);
  note_change();
}

void RememberedValues::adopt(const CameraIdentity& camera) {
  const CameraValues* known = find_same_model(store_.content, camera);
  if (known == nullptr || known->values.empty()) return;
  if (store_.content.size() >= kMostRememberedCameras) return;
  store_.content.emplace(camera, CameraValues(*known));
  note_change();
}

void RememberedValues::note_change() {
  ++changes_;
  changed_.notify();
}

Task<std::optional<CameraIdentity>> RememberedValues::identify() {
  // Who sets something does not wait for the disk while what was set before is written.
  if (!store_.was_read()) co_await store_.ready();
  const auto asked = co_await device_.identify();
  if (asked) co_return *asked;
  note_log_.print(log::Level::warning, kComponent, "the camera can not be recognised: {}",
                  asked.error().detail);
  co_return std::nullopt;
}

Task<RememberedValues::Applied> RememberedValues::apply(bool is_new) {
  if (is_new) device_.forget_camera();  // it may be another one than before
  Result<bool> settled = true;
  for (const auto pause : kPausesBeforeLooks) {
    co_await sleep_for(pause);
    if (!store_.was_read()) co_await store_.ready();
    // What was set before the file could be read has been set on the camera, too.
    if (store_.content.empty() || !(store_.was_read() || is_new)) co_return applied();
    const auto camera = co_await device_.identify();
    if (camera) {
      adopt(*camera);
      if (!store_.content.contains(*camera)) co_return applied();
      settled = co_await apply_once(*camera, pause == kPausesBeforeLooks.front());
    } else {
      settled = camera.error();
    }
    if (!settled && !is_new) break;  // the next try comes
  }
  tell_applied(settled);
  co_return settled ? applied() : Applied::failed;
}

RememberedValues::Applied RememberedValues::applied() const {
  return store_.was_read() ? Applied::done : Applied::unread;
}

void RememberedValues::tell_applied(const Result<bool>& settled) {
  const std::string why_not = settled ? std::string() : settled.error().detail;
  const bool is_news = std::exchange(told_why_not_, why_not) != why_not;
  if (!settled && is_news) {
    log::warning(kComponent, "remembered settings are not applied: {}", why_not);
  } else if (settled && !*settled) {
    log::warning(kComponent, "the camera does not keep all remembered settings");
  }
}

Task<Result<bool>> RememberedValues::apply_once(const CameraIdentity& camera, bool is_first) {
  const auto listed = co_await device_.list(kFresh);
  if (!listed) co_return listed.error();
  // The user may have reset the last one in the meantime.
  const auto found = store_.content.find(camera);
  if (found == store_.content.end()) co_return true;
  const Plan plan = plan_stored(**listed, lasting_values(**listed, found->second.values));
  for (const auto& refusal : plan.refused) {
    // What an automatic owns is kept for the time when it is off again.
    if (is_first && refusal.error->code != Errc::wrong_state) log_not_applied(refusal);
  }
  std::vector<std::string> words;
  for (const auto& write : plan.writes) {
    if (!write.if_needed()) words.push_back(write.argument());
  }
  if (words.empty()) co_return true;
  log::info(kComponent, "setting what is remembered of {}: {}", camera.card, fmt::join(words, " "));
  const auto answer = co_await device_.carry_out(plan.writes);
  if (!answer) co_return answer.error();
  for (const auto& outcome : answer->outcomes) {
    if (outcome.error && is_first) log_not_applied(outcome);
  }
  co_return false;
}

}  // namespace minidvr::controls
