#include "controls/setting_plan.hpp"

#include "controls/control_dependencies.hpp"
#include "controls/control_json.hpp"
#include "controls/control_names.hpp"
#include "controls/reported_text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace minidvr::controls {
namespace {

// An id that does not exist comes from the client; so much of it is shown.

Error unknown_control(std::string_view id) {
  return make_error(Errc::not_found,
                    fmt::format("the camera has no control '{}'", display_text(id, kLongestShown)));
}

// Automatics first, so that what they own can be set; buttons last, so that they act on the new
// values.
int rank(const ControlList& controls, const Control& control) {
  if (control.type == ControlType::button) return 2;
  return is_automatic(controls, control) ? 0 : 1;
}

void put_in_working_order(const ControlList& controls, std::vector<Setting>& settings) {
  const auto key = [&](const Setting& setting) {
    const Control* control = find_control(controls, setting.id());
    return std::pair(rank(controls, *control), control - controls.data());
  };
  std::sort(settings.begin(), settings.end(),
            [&](const Setting& a, const Setting& b) { return key(a) < key(b); });
}

const Setting* find_setting(const std::vector<Setting>& settings, std::string_view id) {
  const auto found = std::find_if(settings.begin(), settings.end(),
                                  [&](const Setting& setting) { return setting.id() == id; });
  return found == settings.end() ? nullptr : &*found;
}

// Why `control` can not be set when all of `together` is carried out in working order.
std::optional<std::string> why_not_settable_with(const ControlList& controls,
                                                 const Control& control,
                                                 const std::vector<Setting>& together) {
  const auto owner = owner_of(controls, control);
  const Setting* automatic = owner ? find_setting(together, owner->automatic->id) : nullptr;
  if (automatic == nullptr) return why_not_settable(controls, control);
  if (!releases(*owner, control, automatic->value())) {
    return fmt::format("{} is inactive while {} is {}, to which the same request sets it",
                       control.id, owner->automatic->id,
                       describe_value(*owner->automatic, automatic->value()));
  }
  Control released = control;
  std::erase(released.flags, "inactive");
  return why_not_settable(controls, released);
}

// Looks at each of `candidates` with all others; moves what fails to `refused`.
void keep_settable(const ControlList& controls, std::vector<Setting> candidates, Plan& plan) {
  for (const Setting& setting : candidates) {
    const Control& control = *find_control(controls, setting.id());
    if (auto reason = why_not_settable_with(controls, control, candidates)) {
      plan.refused.push_back({setting.id(), make_error(Errc::wrong_state, std::move(*reason),
                                                       Reason::control_inactive)});
    } else {
      plan.settings.push_back(setting);
    }
  }
  put_in_working_order(controls, plan.settings);
}

}  // namespace

bool can_be_kept(const Control& control) {
  return control.value && control.type != ControlType::button &&
         control.type != ControlType::other && !has_flag(control, "read-only") &&
         !has_flag(control, "write-only") && !has_flag(control, "disabled");
}

Result<Setting> plan_one(const ControlList& controls, std::string_view id,
                         const ControlRequest& request) {
  const Control* control = find_control(controls, id);
  if (control == nullptr) return unknown_control(id);
  if (auto reason = why_not_settable(controls, *control)) {
    return make_error(Errc::wrong_state, std::move(*reason), Reason::control_inactive);
  }
  return request.value ? check_value(*control, *request.value) : check_default(*control);
}

Plan plan_batch(const ControlList& controls, const RequestedValues& values) {
  Plan plan;
  std::vector<Setting> candidates;
  for (const auto& [id, value] : values) {
    const Control* control = find_control(controls, id);
    if (control == nullptr) {
      plan.refused.push_back({display_text(id, kLongestShown), unknown_control(id)});
      continue;
    }
    auto checked = check_value(*control, value);
    if (checked) {
      candidates.push_back(std::move(*checked));
    } else {
      plan.refused.push_back({control->id, checked.error()});
    }
  }
  keep_settable(controls, std::move(candidates), plan);
  return plan;
}

Plan plan_wanted(const ControlList& controls, const ValuesById& wanted) {
  Plan plan;
  std::vector<Setting> candidates;
  for (const auto& [id, value] : wanted) {
    const Control* control = find_control_by_any_name(controls, id);
    if (control == nullptr) {
      plan.refused.push_back({id, unknown_control(id)});
      continue;
    }
    // Stored under both its names: the one that the camera uses now counts.
    if (control->id != id && wanted.contains(control->id)) continue;
    auto checked = check_value(*control, value, Origin::device);
    if (!checked) {
      plan.refused.push_back({id, checked.error()});
    } else if (find_setting(candidates, control->id) == nullptr) {
      candidates.push_back(std::move(*checked));
    }
  }
  keep_settable(controls, std::move(candidates), plan);
  std::erase_if(plan.settings, [&](const Setting& setting) {
    const Control& control = *find_control(controls, setting.id());
    // The value of an inactive control is not the one that it will have once it is released.
    const bool has_it = control.value == setting.value() && !has_flag(control, "inactive");
    if (has_it) plan.unchanged.push_back(setting.id());
    return has_it;
  });
  return plan;
}

ValuesById current_values(const ControlList& controls) {
  ValuesById values;
  for (const Control& control : controls) {
    // The value of an inactive control is the automatic's of this moment, not the user's.
    if (can_be_kept(control) && !has_flag(control, "inactive")) {
      values.emplace(control.id, *control.value);
    }
  }
  return values;
}

}  // namespace minidvr::controls
