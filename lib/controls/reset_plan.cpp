#include "controls/reset_plan.hpp"

#include "controls/control_dependencies.hpp"
#include "controls/reported_text.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace minidvr::controls {
namespace {

class ResetPlanner {
 public:
  ResetPlanner(const ControlList& controls, const std::optional<std::string>& category)
      : controls_(controls), category_(category) {}

  Plan run() && {
    for (const Control& control : controls_) {
      if (is_member(control) && can_be_kept(control) && control.default_value) reset(control);
    }
    for (auto* list : {&releases_, &owned_and_free_, &automatics_}) {
      std::move(list->begin(), list->end(), std::back_inserter(plan_.settings));
    }
    return std::move(plan_);
  }

 private:
  bool is_member(const Control& control) const {
    return !category_ || control.category == *category_;
  }

  void reset(const Control& control) {
    if (control.value == control.default_value) {
      plan_.unchanged.push_back(control.id);
      return;
    }
    if (auto reason = why_not_settable(controls_, control); reason && !release(control)) {
      plan_.refused.push_back({control.id, make_error(Errc::wrong_state, std::move(*reason),
                                                      Reason::control_inactive)});
      return;
    }
    add(is_automatic(controls_, control) ? automatics_ : owned_and_free_, control,
        *control.default_value);
  }

  // Plans to switch off what makes `control` inactive, and to bring it back at the end. False when
  // it is not inactive because of a known automatic that can be set.
  bool release(const Control& control) {
    if (!has_flag(control, "inactive")) return false;
    const auto owner = owner_of(controls_, control);
    if (!owner || !owner->release || !owner->automatic->value) return false;
    const Control& automatic = *owner->automatic;
    if (why_not_settable(controls_, automatic)) return false;
    if (!add(releases_, automatic, *owner->release)) return false;
    const bool is_reset_too = is_member(automatic) && automatic.default_value;
    const ControlValue& afterwards = is_reset_too ? *automatic.default_value : *automatic.value;
    if (afterwards != *owner->release) add(automatics_, automatic, afterwards);
    return true;
  }

  bool add(std::vector<Setting>& list, const Control& control, const ControlValue& value) {
    const bool planned = std::any_of(list.begin(), list.end(), [&](const Setting& setting) {
      return setting.id() == control.id;
    });
    if (planned) return true;
    auto checked = check_value(control, value, Origin::device);
    if (!checked) {
      plan_.refused.push_back({control.id, checked.error()});
      return false;
    }
    list.push_back(std::move(*checked));
    return true;
  }

  const ControlList& controls_;
  const std::optional<std::string>& category_;
  Plan plan_;
  std::vector<Setting> releases_;
  std::vector<Setting> owned_and_free_;
  std::vector<Setting> automatics_;
};

Error unknown_category(const ControlList& controls, std::string_view category) {
  std::vector<std::string_view> known;
  for (const Control& control : controls) {
    if (std::find(known.begin(), known.end(), control.category) == known.end()) {
      known.push_back(control.category);
    }
  }
  return make_error(Errc::refused,
                    fmt::format("the camera has no category '{}'; allowed: {}",
                                display_text(category, kLongestShown), fmt::join(known, ", ")));
}

}  // namespace

Result<Plan> plan_reset(const ControlList& controls, const std::optional<std::string>& category) {
  const bool exists =
      !category || std::any_of(controls.begin(), controls.end(), [&](const Control& control) {
        return control.category == *category;
      });
  if (!exists) return unknown_category(controls, *category);
  return ResetPlanner(controls, category).run();
}

}  // namespace minidvr::controls
