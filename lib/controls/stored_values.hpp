// The values that are kept in the state directory, under a name or for a camera, and how their
// files read. No I/O here.
#pragma once

#include "controls/control_value.hpp"
#include "v4l2/listing.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace minidvr::controls {

using Presets = std::map<std::string, Values, std::less<>>;
// What the user set on a camera.
struct CameraValues {
  Values values;
  // The camera that was changed last has the highest; 0: not known, an older version wrote it.
  std::int64_t order = 0;
  bool operator==(const CameraValues&) const = default;
};
// To be set again whenever the camera forgot it.
using Remembered = std::map<CameraIdentity, CameraValues, std::less<>>;

inline constexpr std::size_t kMostPresets = 100;       // a list that a person can still read
inline constexpr std::size_t kLongestPresetName = 64;  // bytes
// A user has a few cameras; the bound only keeps a broken setup from growing the file for ever.
inline constexpr std::size_t kMostRememberedCameras = 100;

// refused unless `name` is 1 to 64 bytes of letters, digits, blanks and . _ - , and begins with a
// letter or digit and does not end with a blank. Letters of all scripts are letters.
Result<> check_preset_name(std::string_view name);

// The values of a preset that a client made up: ids well formed, values of a kind that controls
// have, and what the camera has now must be possible on it. What it does not have may belong to
// another camera; what it fails at may be well another day.
Result<Values> check_preset_values(const ControlList& controls, const Values& values);

// Notes that `id` is wanted to be `value`. Another kernel's name of the same control is replaced.
void remember(Values& wanted, std::string_view id, boost::json::value value);
// The control was reset: the user no longer wants a value of his own.
void forget(Values& wanted, std::string_view id);

// What is remembered of a camera of the same driver and card on another bus, for one that has no
// values of its own: it was plugged in elsewhere. Of several it is what was changed last. nullptr
// where it has, where there is no such one, or where several differ and it is not known which was
// last.
const CameraValues* find_same_model(const Remembered& cameras, const CameraIdentity& camera);

// Whether anything is remembered of another camera of the same driver and card: what of it would
// come to this one need not be known now, and may be later.
bool knows_same_model(const Remembered& cameras, const CameraIdentity& camera);

// The order of a camera that is changed now.
std::int64_t next_order(const Remembered& cameras);

// Adds what was stored before to `content`, which is newer.
void add_older(Presets& content, Presets stored);
void add_older(Remembered& content, Remembered stored);

// What was in a file: all that could be read, and what could not. With problems the file must be
// set aside before it is written again.
template <class Content>
struct Parsed {
  Content content;
  std::vector<std::string> problems;
};
Parsed<Presets> parse_presets(std::string_view text);
Parsed<Remembered> parse_remembered(std::string_view text);

std::string serialize(const Presets& presets);
std::string serialize(const Remembered& cameras);

}  // namespace minidvr::controls
