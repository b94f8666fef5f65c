#include "controls/preset_store.hpp"

#include <optional>
#include <utility>

#include <fmt/format.h>

namespace minidvr::controls {
namespace {

Error unknown_preset(std::string_view name) {
  return make_error(Errc::not_found, fmt::format("there is no preset '{}'", name));
}

}  // namespace

PresetStore::PresetStore(const net::any_io_executor& executor, BlockingPool& pool,
                         const std::filesystem::path& state_dir, StateGate gate)
    : pool_(pool), file_(state_dir / "presets.json", "presets", std::move(gate)), free_(executor) {}

Task<> PresetStore::load() {
  auto work = [file = file_]() -> std::optional<Presets> {
    if (!file.can_be_read()) return std::nullopt;
    const std::string text = file.load();
    if (text.empty()) return Presets{};
    auto parsed = parse_presets(text);
    if (!parsed.problems.empty()) file.set_aside(parsed.problems);
    return std::move(parsed.presets);
  };
  auto presets = co_await run_blocking(pool_, std::move(work));
  was_read_ = presets.has_value();
  if (presets) presets_ = std::move(*presets);
  busy_ = false;
  free_.notify();
}

// Nobody else reads or writes, and what is in the file is known, if it can be.
Task<> PresetStore::ready() {
  while (busy_)
    co_await free_.wait();
  if (was_read_) co_return;
  busy_ = true;
  co_await load();
}

Task<std::vector<std::string>> PresetStore::names() {
  co_await ready();
  std::vector<std::string> names;
  for (const auto& [name, values] : presets_)
    names.push_back(name);
  co_return names;
}

Task<Result<ValuesById>> PresetStore::get(std::string name) {
  if (const auto checked = check_preset_name(name); !checked) co_return checked.error();
  co_await ready();
  const auto found = presets_.find(name);
  if (found == presets_.end()) co_return unknown_preset(name);
  co_return found->second;
}

Task<Result<bool>> PresetStore::put(std::string name, ValuesById values) {
  if (const auto checked = check_preset_name(name); !checked) co_return checked.error();
  co_await ready();
  Presets changed = presets_;
  const bool is_new = changed.insert_or_assign(std::move(name), std::move(values)).second;
  if (changed.size() > kMostPresets) {
    co_return make_error(
        Errc::wrong_state,
        fmt::format("there are {} presets already; delete one first", kMostPresets),
        Reason::limit_reached);
  }
  const auto saved = co_await replace(std::move(changed));
  if (!saved && saved.error().code == Errc::too_large) {
    co_return make_error(Errc::too_large, saved.error().detail + "; delete a preset first",
                         Reason::limit_reached);
  }
  if (!saved) co_return saved.error();
  co_return is_new;
}

Task<Result<>> PresetStore::remove(std::string name) {
  if (const auto checked = check_preset_name(name); !checked) co_return checked.error();
  co_await ready();
  Presets changed = presets_;
  if (changed.erase(name) == 0) co_return unknown_preset(name);
  co_return co_await replace(std::move(changed));
}

Task<Result<>> PresetStore::replace(Presets presets) {
  if (!was_read_) {
    co_return make_error(Errc::unavailable,
                         "the presets can not be saved: the folder of the state is not there",
                         Reason::wrong_folder);
  }
  // A cancelled caller still waits for the write, so busy_ always ends with it.
  busy_ = true;
  auto work = [file = file_, text = serialize(presets)] { return file.save(text); };
  auto saved = co_await run_blocking(pool_, std::move(work));
  if (saved) presets_ = std::move(presets);
  busy_ = false;
  free_.notify();
  co_return saved;
}

}  // namespace minidvr::controls
