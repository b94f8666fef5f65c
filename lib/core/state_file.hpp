// A small file of the state directory: read once, written now and then, never trusted.
#pragma once

#include "core/error.hpp"
#include "core/state_gate.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace minidvr {

// All calls block: use the blocking pool.
class StateFile {
 public:
  // `what` names the content in messages: "presets".
  StateFile(std::filesystem::path path, std::string what, std::size_t most_bytes,
            StateGate gate = {})
      : path_(std::move(path)),
        what_(std::move(what)),
        most_bytes_(most_bytes),
        gate_(std::move(gate)) {}

  const std::filesystem::path& path() const { return path_; }
  const std::string& what() const { return what_; }

  // Whether its folder is there: what is read before says nothing.
  bool can_be_read() const { return ask(gate_).has_value(); }

  // The text; none when there is no file. What the gate says; too_large, or why it can not be read.
  Result<std::optional<std::string>> read() const;

  // Keeps the file under another name, because it can not be read or is damaged, and logs the
  // `problems` under the name of `component`.
  void set_aside(const char* component, const std::vector<std::string>& problems) const;

  // What is accepted here can be read again: too_large, and the file stays as it is, when it could
  // not. What the gate says.
  Result<> write(std::string_view text) const;

 private:
  std::filesystem::path path_;
  std::string what_;
  std::size_t most_bytes_;
  StateGate gate_;
};

}  // namespace minidvr
