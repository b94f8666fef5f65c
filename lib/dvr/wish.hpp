// Whether recording is wanted, kept over restarts and power cuts.
#pragma once

#include "core/error.hpp"
#include "core/state_file.hpp"

#include <filesystem>
#include <optional>
#include <utility>

namespace minidvr::dvr {

// STATE_DIR/recording.json: {"recording": true}. All calls block: use the blocking pool.
class Wish {
 public:
  explicit Wish(const std::filesystem::path& state_dir, StateGate gate = {});

  // Nothing when there is no file. malformed when it does not say. What the gate says.
  Result<std::optional<bool>> load() const;
  Result<> save(bool recording) const;

 private:
  StateFile file_;
};

}  // namespace minidvr::dvr
