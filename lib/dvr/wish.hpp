// Whether recording is wanted, kept over restarts and power cuts.
#pragma once

#include "core/error.hpp"
#include "core/state_gate.hpp"

#include <filesystem>
#include <optional>
#include <utility>

namespace minidvr::dvr {

// STATE_DIR/recording.json: {"recording": true}. All calls block: use the blocking pool.
class Wish {
 public:
  explicit Wish(const std::filesystem::path& state_dir, StateGate gate = {})
      : file_(state_dir / "recording.json"), gate_(std::move(gate)) {}

  // Nothing when there is no file. malformed when it does not say. What the gate says.
  Result<std::optional<bool>> load() const;
  Result<> save(bool recording) const;

 private:
  std::filesystem::path file_;
  StateGate gate_;
};

}  // namespace minidvr::dvr
