#include "controls/preset_store.hpp"

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
    : store_(executor, pool, state_dir / "presets.json", "presets", parse_presets,
             std::move(gate)) {}

Task<std::vector<std::string>> PresetStore::names() {
  co_await store_.ready();
  std::vector<std::string> names;
  for (const auto& [name, values] : store_.content)
    names.push_back(name);
  co_return names;
}

Task<Result<Values>> PresetStore::get(std::string name) {
  if (const auto checked = check_preset_name(name); !checked) co_return checked.error();
  co_await store_.ready();
  const auto found = store_.content.find(name);
  if (found == store_.content.end()) co_return unknown_preset(name);
  co_return found->second;
}

Task<Result<bool>> PresetStore::put(std::string name, Values values) {
  if (const auto checked = check_preset_name(name); !checked) co_return checked.error();
  co_await store_.ready();
  Presets changed = store_.content;
  const bool is_new = changed.insert_or_assign(std::move(name), std::move(values)).second;
  if (changed.size() > kMostPresets) {
    co_return make_error(
        Errc::wrong_state,
        fmt::format("there are {} presets already; delete one first", kMostPresets),
        Reason::limit_reached);
  }
  const auto saved = co_await replace(std::move(changed));
  if (saved) co_return is_new;
  if (saved.error().code != Errc::too_large) co_return saved.error();
  co_return make_error(Errc::too_large, saved.error().detail + "; delete a preset first",
                       Reason::limit_reached);
}

Task<Result<>> PresetStore::remove(std::string name) {
  if (const auto checked = check_preset_name(name); !checked) co_return checked.error();
  co_await store_.ready();
  Presets changed = store_.content;
  if (changed.erase(name) == 0) co_return unknown_preset(name);
  co_return co_await replace(std::move(changed));
}

Task<Result<>> PresetStore::replace(Presets presets) {
  store_.content.swap(presets);
  auto saved = co_await store_.save();
  if (!saved) store_.content.swap(presets);
  co_return saved;
}

}  // namespace minidvr::controls
