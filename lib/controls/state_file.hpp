// A small file of the state directory: read once, written now and then, never trusted.
#pragma once

#include "core/error.hpp"
#include "core/state_gate.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace minidvr::controls {

// All calls block: use the blocking pool.
class StateFile {
 public:
  // 100 presets of 250 controls each stay below it.
  static constexpr std::size_t kMostBytes = 4 << 20;

  // `what` names the content in the log: "presets".
  StateFile(std::filesystem::path path, std::string what, StateGate gate = {})
      : path_(std::move(path)), what_(std::move(what)), gate_(std::move(gate)) {}

  // Whether the folder is there: what is read before says nothing.
  bool can_be_read() const { return ask(gate_).has_value(); }

  // The text; empty when there is no file. A file that can not be read is logged and counts as
  // empty; it is set aside when it is only too large.
  std::string load() const;

  // Keeps the file under another name, because its content is damaged, and logs the `problems`.
  void set_aside(const std::vector<std::string>& problems) const;

  // What is accepted here can be read again: too_large, and the file stays as it is, when it could
  // not.
  Result<> save(std::string_view text) const;

 private:
  std::filesystem::path path_;
  std::string what_;
  StateGate gate_;
};

}  // namespace minidvr::controls
