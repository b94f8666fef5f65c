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
    for (auto* list : {&releasing_, &others_, &automatics_}) {
      std::move(list->begin(), list->end(), std::back_inserter(plan_.settings));
    }
    return std::move(plan_);
  }

 private:
  bool is_member(const Control& control) const {
    return !category_ || control.category == *category_;
  }

  void reset(const Control& control) {
    const auto owner = has_flag(control, "inactive") ? owner_of(controls_, control) : std::nullopt;
    const bool is_released = owner && releases_afterwards(*owner, control);
    if (owner ? !is_released : control.value == control.default_value) {
      plan_.unchanged.push_back(control.id);
    } else if (is_automatic(controls_, control)) {
      add(releases_any(control) ? releasing_ : automatics_, control);
    } else if (auto reason = why_not_settable(controls_, control); reason && !is_released) {
      plan_.refused.push_back({control.id, make_error(Errc::wrong_state, std::move(*reason),
                                                      Reason::control_inactive)});
    } else {
      add(others_, control);
    }
  }

  // Whether the reset itself gives the control back to its user.
  bool releases_afterwards(const Owner& owner, const Control& owned) const {
    const Control& automatic = *owner.automatic;
    return is_member(automatic) && automatic.default_value &&
           !why_not_settable(controls_, automatic) &&
           releases(owner, owned, *automatic.default_value);
  }

  bool releases_any(const Control& automatic) const {
    return std::any_of(controls_.begin(), controls_.end(), [&](const Control& control) {
      const auto owner =
          has_flag(control, "inactive") ? owner_of(controls_, control) : std::nullopt;
      return owner && owner->automatic == &automatic && releases_afterwards(*owner, control);
    });
  }

  void add(std::vector<Setting>& list, const Control& control) {
    auto checked = check_default(control);
    if (checked) {
      list.push_back(std::move(*checked));
    } else {
      plan_.refused.push_back({control.id, checked.error()});
    }
  }

  const ControlList& controls_;
  const std::optional<std::string>& category_;
  Plan plan_;
  std::vector<Setting> releasing_;
  std::vector<Setting> others_;
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
