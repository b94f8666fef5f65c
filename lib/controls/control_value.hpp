// What a client asks of a control, checked against what the device reported.
#pragma once

#include "controls/control.hpp"
#include "core/error.hpp"

#include <cstdint>
#include <string>
#include <utility>

#include <boost/json/value.hpp>

namespace minidvr::controls {

// Some drivers report a default or a current value between two steps, and take it back as well. So
// the step is only checked of what a client made up.
enum class Origin : std::uint8_t { client, device };

// A value that passed: the only thing that argument() is made of. The id comes from the listing.
class Setting {
 public:
  const std::string& id() const { return id_; }
  const ControlValue& value() const { return value_; }

  // "brightness=10", for `v4l2-ctl --set-ctrl`.
  const std::string& argument() const { return argument_; }

  bool operator==(const Setting&) const = default;

 private:
  friend Result<Setting> check_value(const Control&, const ControlValue&, Origin);
  Setting(const Control& control, ControlValue value);

  std::string id_;
  ControlValue value_;
  std::string argument_;
};

// refused, with what is allowed in the detail: wrong type, out of range, off step, not an option, a
// text that v4l2-ctl can not pass on. Whether the control can be set now is not looked at.
Result<Setting> check_value(const Control& control, const ControlValue& value, Origin origin);
Result<Setting> check_value(const Control& control, const boost::json::value& value);

// The control's default. refused when it has none.
Result<Setting> check_default(const Control& control);

// "a whole number from -64 to 64", for error details.
std::string allowed_values(const Control& control);

}  // namespace minidvr::controls
