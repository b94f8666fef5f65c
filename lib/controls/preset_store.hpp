// The presets in memory and on disk.
#pragma once

#include "controls/value_store.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace minidvr::controls {

// STATE_DIR/presets.json. A change is answered when it is on disk; when that fails nothing changes.
class PresetStore {
 public:
  PresetStore(const net::any_io_executor& executor, BlockingPool& pool,
              const std::filesystem::path& state_dir, StateGate gate = {});

  Task<std::vector<std::string>> names();
  // not_found; refused when `name` can not be one.
  Task<Result<Values>> get(std::string name);
  // True when it is new. refused, wrong_state when there are too many, too_large when all together
  // are, unavailable when it can not be written.
  Task<Result<bool>> put(std::string name, Values values);
  Task<Result<>> remove(std::string name);

 private:
  Task<Result<>> replace(Presets presets);

  ValueStore<Presets> store_;
};

}  // namespace minidvr::controls
