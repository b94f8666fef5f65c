// Values that somebody wants of the camera, and what one of them is checked against before it is
// written.
#pragma once

#include "core/error.hpp"
#include "v4l2/control.hpp"
#include "v4l2/listing.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace minidvr::controls {

// What v4l2-ctl tells of a camera is what this room is about.
using v4l2::as_number;
using v4l2::CameraIdentity;
using v4l2::Control;
using v4l2::ControlList;
using v4l2::ControlType;
using v4l2::ControlValue;
using v4l2::is_control_id;
using v4l2::kAnotherControl;
using v4l2::kControlFailed;
using v4l2::kInUse;
using v4l2::Listing;
using v4l2::ListingChanges;
using v4l2::MenuOption;
using v4l2::parse_identity;
using v4l2::parse_listing;

// What somebody wants, by id: a client, a preset, the user of last time. Anything that JSON can
// say, until it is checked.
using Values = boost::json::object;

boost::json::value to_json(const ControlValue& value);

// The value that `json` stands for, if it is of a kind that a control can have: a whole number,
// true, false or a text. A number such as 3.0 is whole. None for everything else.
std::optional<ControlValue> value_from_json(const boost::json::value& value);

// Some drivers report a default or a current value between two steps, and take it back as well. So
// the step is only checked of what a client made up.
enum class Origin : std::uint8_t { client, device };

// A value that passed: the only thing that argument() is made of. The id comes from the listing.
class Write {
 public:
  const std::string& id() const { return id_; }
  const ControlValue& value() const { return value_; }

  // "brightness=10", for `v4l2-ctl --set-ctrl`.
  const std::string& argument() const { return argument_; }

  // Whether it is left out when the camera has the value by the time it is its turn; see is_so().
  // What a client sets alone is always carried out.
  bool if_needed() const { return if_needed_; }
  void mark_if_needed() { if_needed_ = true; }

 private:
  friend Result<Write> check_value(const Control&, const boost::json::value&, Origin);
  Write(const Control& control, ControlValue value);

  std::string id_;
  ControlValue value_;
  std::string argument_;
  bool if_needed_ = false;
};

// refused, with what is allowed in the detail: wrong type, out of range, off step, not an option, a
// text that v4l2-ctl can not pass on; or that the camera fails at the control
// (Reason::control_failed). Whether the control can be set now is not looked at.
Result<Write> check_value(const Control& control, const boost::json::value& value, Origin origin);

// The control's default. refused when it has none.
Result<Write> check_default(const Control& control);

// Whether to carry out `write` would change nothing: the control has that value, by the listing
// that `control` is of, and keeps it. No word of what an automatic holds or a listing is only a
// snapshot of; and a button, or what does something each time, is never so.
bool is_so(const Control& control, const Write& write);

// Whether it stays as it is set. A button, or what moves something each time, does not: to set it
// again is to do it again.
bool keeps_its_value(const Control& control);

// What became of one of several controls.
struct ControlOutcome {
  std::string id;                       // as it was asked for
  std::optional<Error> error = {};      // none: done
  std::optional<Control> control = {};  // as it is now, where the camera has it
  bool held_back = false;               // fine in itself; not done because another was refused
  bool was_so = false;                  // nothing had to be done for it
};
using ControlOutcomes = std::vector<ControlOutcome>;

}  // namespace minidvr::controls
