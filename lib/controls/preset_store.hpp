// The presets in memory and on disk.
#pragma once

#include "controls/presets.hpp"
#include "controls/state_file.hpp"
#include "core/asio.hpp"
#include "core/blocking.hpp"
#include "core/event.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace minidvr::controls {

// STATE_DIR/presets.json. A change is answered when it is on disk; when that fails nothing changes.
class PresetStore {
 public:
  PresetStore(const net::any_io_executor& executor, BlockingPool& pool,
              const std::filesystem::path& state_dir, StateGate gate = {});

  // Reads the file. The other calls wait for it; while its folder is not there, they try again.
  Task<> load();

  Task<std::vector<std::string>> names();
  // not_found; refused when `name` can not be one.
  Task<Result<ValuesById>> get(std::string name);
  // True when it is new. refused, wrong_state when there are too many, too_large when all together
  // are, unavailable when it can not be written.
  Task<Result<bool>> put(std::string name, ValuesById values);
  Task<Result<>> remove(std::string name);

 private:
  Task<> ready();
  Task<Result<>> replace(Presets presets);

  BlockingPool& pool_;
  StateFile file_;
  Presets presets_;
  bool busy_ = true;       // loading or writing
  bool was_read_ = false;  // else what is in the file is not to be replaced
  Event free_;
};

}  // namespace minidvr::controls
