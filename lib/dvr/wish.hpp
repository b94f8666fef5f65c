// Whether recording is wanted, kept over restarts and power cuts.
#pragma once

#include "core/error.hpp"

#include <filesystem>
#include <optional>

namespace minidvr::dvr {

// STATE_DIR/recording.json: {"recording": true}. All calls block: use the blocking pool.
class Wish {
 public:
  explicit Wish(const std::filesystem::path& state_dir) : file_(state_dir / "recording.json") {}

  // Nothing when there is no file. malformed when it does not say.
  Result<std::optional<bool>> load() const;
  Result<> save(bool recording) const;

 private:
  std::filesystem::path file_;
};

}  // namespace minidvr::dvr
