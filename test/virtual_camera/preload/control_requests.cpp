#include "control_requests.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include <linux/videodev2.h>

namespace minidvr::virtual_camera {
namespace {

constexpr std::uint32_t id_bits = ~(V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND);

enum class Access { read, write };

const Control* lookup(std::uint32_t id) {
  const auto catalog = control_catalog();
  const std::size_t index = find_control(id);
  return index < catalog.size() ? &catalog[index] : nullptr;
}

// The flag NEXT_CTRL asks for the first control behind the id; there are no compound ones.
const Control* lookup_or_next(std::uint32_t id) {
  if ((id & ~id_bits) == 0) {
    return lookup(id);
  }
  if ((id & V4L2_CTRL_FLAG_NEXT_CTRL) == 0) {
    return nullptr;
  }
  for (const Control& control : control_catalog()) {
    if (control.id > (id & id_bits)) {
      return &control;
    }
  }
  return nullptr;
}

std::uint32_t current_flags(const SharedState& state, const Control& control) {
  return control.flags | (is_active(state, control) ? 0U : std::uint32_t{V4L2_CTRL_FLAG_INACTIVE});
}

template <class Query>
int query_control(const SharedState& state, Query& query) {
  const Control* const control = lookup_or_next(query.id);
  if (control == nullptr) {
    return -EINVAL;
  }
  query = {};
  query.id = control->id;
  query.type = control->type;
  std::snprintf(reinterpret_cast<char*>(query.name), sizeof(query.name), "%s", control->name);
  query.minimum = control->minimum;
  query.maximum = control->maximum;
  using Step = decltype(query.step);
  query.step = static_cast<Step>(control->step);
  query.default_value = control->default_value;
  query.flags = current_flags(state, *control);
  return 0;
}

int query_extended(const SharedState& state, v4l2_query_ext_ctrl& query) {
  const int result = query_control(state, query);
  if (result == 0) {
    query.elem_size = sizeof(std::int32_t);
    query.elems = 1;
  }
  return result;
}

const MenuItem* find_item(const Control& control, std::int64_t index) {
  const auto found = std::find_if(control.menu.begin(), control.menu.end(),
                                  [index](const MenuItem& item) { return item.index == index; });
  return found != control.menu.end() ? &*found : nullptr;
}

int query_menu(v4l2_querymenu& query) {
  const Control* const control = lookup(query.id);
  const MenuItem* const item = control != nullptr ? find_item(*control, query.index) : nullptr;
  if (item == nullptr) {
    return -EINVAL;
  }
  query.reserved = 0;
  std::snprintf(reinterpret_cast<char*>(query.name), sizeof(query.name), "%s", item->name);
  return 0;
}

int check_access(std::uint32_t id, Access access) {
  const Control* const control = lookup(id);
  if (control == nullptr || control->type == V4L2_CTRL_TYPE_CTRL_CLASS) {
    return control == nullptr ? -EINVAL : -EACCES;
  }
  const std::uint32_t forbidden =
      access == Access::read ? V4L2_CTRL_FLAG_WRITE_ONLY : V4L2_CTRL_FLAG_READ_ONLY;
  return (control->flags & forbidden) != 0 ? -EACCES : 0;
}

// uvcvideo clamps and rounds numbers silently, but refuses menu items that do not exist.
int fit_value(const Control& control, std::int32_t& value) {
  if (control.type == V4L2_CTRL_TYPE_MENU) {
    if (value < control.menu.front().index || value > control.menu.back().index) {
      return -ERANGE;
    }
    return find_item(control, value) != nullptr ? 0 : -EINVAL;
  }
  if (control.type != V4L2_CTRL_TYPE_BUTTON) {
    const std::int64_t clamped = std::clamp(value, control.minimum, control.maximum);
    const std::int64_t steps = (clamped - control.minimum + control.step / 2) / control.step;
    value = static_cast<std::int32_t>(
        std::min<std::int64_t>(control.minimum + steps * control.step, control.maximum));
  }
  return 0;
}

int sickness_of(const SharedState& state, std::uint32_t id, Access access) {
  const bool suffers = access == Access::write || state.sick_to_read != 0;
  return state.sick_control == id && suffers ? -state.sick_errno : 0;
}

int get_value(const SharedState& state, std::uint32_t id, std::int32_t& value) {
  int result = check_access(id, Access::read);
  if (result == 0) {
    result = sickness_of(state, id, Access::read);
  }
  if (result == 0) {
    value = control_value(state, id);
  }
  return result;
}

int try_value(std::uint32_t id, std::int32_t& value) {
  const int result = check_access(id, Access::write);
  return result == 0 ? fit_value(*lookup(id), value) : result;
}

int set_value(SharedState& state, std::uint32_t id, std::int32_t& value) {
  int result = try_value(id, value);
  if (result == 0 && !is_active(state, *lookup(id))) {
    result = -EACCES;  // the camera refuses it in this state
  }
  if (result == 0) {
    result = sickness_of(state, id, Access::write);
  }
  if (result != 0) {
    ++state.controls_refused;
    return result;
  }
  if (lookup(id)->type == V4L2_CTRL_TYPE_BUTTON) {  // the only one restores the factory settings
    set_default_controls(state);
  } else {
    state.control_values[find_control(id)] = value;
    ++state.control_serial;
  }
  ++state.controls_set;
  return 0;
}

int get_default(std::uint32_t id, std::int32_t& value) {
  const Control* const control = lookup(id);
  value = control != nullptr ? control->default_value : 0;
  return control != nullptr ? 0 : -EINVAL;
}

bool fits_class(const v4l2_ext_controls& request, const v4l2_ext_control& control) {
  return request.which == V4L2_CTRL_WHICH_CUR_VAL || request.which == V4L2_CTRL_WHICH_DEF_VAL ||
         request.which == V4L2_CTRL_ID2WHICH(control.id);
}

// All or nothing as far as access goes; values are then set one after the other, like the camera's
// own requests.
int handle_several(SharedState& state, std::uint32_t request, v4l2_ext_controls& controls) {
  const bool defaults = controls.which == V4L2_CTRL_WHICH_DEF_VAL;
  if (controls.which == V4L2_CTRL_WHICH_REQUEST_VAL ||
      (defaults && request != VIDIOC_G_EXT_CTRLS)) {
    return -EINVAL;
  }
  const Access access = request == VIDIOC_G_EXT_CTRLS ? Access::read : Access::write;
  for (std::uint32_t i = 0; i < controls.count; ++i) {
    const v4l2_ext_control& control = controls.controls[i];
    const int result = fits_class(controls, control) ? check_access(control.id, access) : -EINVAL;
    if (result != 0) {
      // "None was touched", as the kernel says it; only TRY names the culprit.
      controls.error_idx = request == VIDIOC_TRY_EXT_CTRLS ? i : controls.count;
      state.controls_refused += request == VIDIOC_S_EXT_CTRLS ? 1U : 0U;
      return result;
    }
  }
  for (std::uint32_t i = 0; i < controls.count; ++i) {
    v4l2_ext_control& control = controls.controls[i];
    std::int32_t value = control.value;
    int result = 0;
    switch (request) {
      case VIDIOC_G_EXT_CTRLS:
        result = defaults ? get_default(control.id, value) : get_value(state, control.id, value);
        break;
      case VIDIOC_TRY_EXT_CTRLS:
        result = try_value(control.id, value);
        break;
      default:
        result = set_value(state, control.id, value);
        break;
    }
    if (result != 0) {
      controls.error_idx = i;
      return result;
    }
    control.value = value;
  }
  controls.error_idx = controls.count;
  return 0;
}

}  // namespace

int handle_control_request(SharedState& state, std::uint32_t request, void* argument) {
  switch (request) {
    case VIDIOC_QUERYCTRL:
      return query_control(state, *static_cast<v4l2_queryctrl*>(argument));
    case VIDIOC_QUERY_EXT_CTRL:
      return query_extended(state, *static_cast<v4l2_query_ext_ctrl*>(argument));
    case VIDIOC_QUERYMENU:
      return query_menu(*static_cast<v4l2_querymenu*>(argument));
    case VIDIOC_G_CTRL: {
      auto& control = *static_cast<v4l2_control*>(argument);
      return get_value(state, control.id, control.value);
    }
    case VIDIOC_S_CTRL: {
      auto& control = *static_cast<v4l2_control*>(argument);
      return set_value(state, control.id, control.value);
    }
    case VIDIOC_G_EXT_CTRLS:
    case VIDIOC_S_EXT_CTRLS:
    case VIDIOC_TRY_EXT_CTRLS:
      return handle_several(state, request, *static_cast<v4l2_ext_controls*>(argument));
    default:
      return -ENOTTY;
  }
}

}  // namespace minidvr::virtual_camera
