#include "controls/write_plan.hpp"

#include "controls/automatics.hpp"
#include "controls/control_names.hpp"
#include "core/utf8.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace minidvr::controls {
namespace json = boost::json;
namespace {

constexpr std::size_t kLongestShown = 80;  // bytes of a name that a client or a file made up

Error unknown_control(std::string_view id) {
  return make_error(Errc::not_found,
                    fmt::format("the camera has no control '{}'", display_text(id, kLongestShown)));
}

Error not_now(std::string reason) {
  return make_error(Errc::wrong_state, std::move(reason), Reason::control_inactive);
}

const Write* find_write(const std::vector<Write>& writes, std::string_view id) {
  const auto found = std::find_if(writes.begin(), writes.end(),
                                  [&](const Write& write) { return write.id() == id; });
  return found == writes.end() ? nullptr : &*found;
}

// What is wanted of one camera, put together into a plan.
class Planner {
 public:
  // `takes_back`: what an automatic of the plan takes back may be written before it.
  explicit Planner(const ControlList& controls, bool takes_back = false)
      : controls_(controls), takes_back_(takes_back) {}

  void refuse(std::string_view id, Error error) {
    plan_.refused.push_back({display_text(id, kLongestShown), std::move(error)});
  }

  // The first write of a control counts.
  void want(std::string_view id, Result<Write> write) {
    if (!write) return refuse(id, write.error());
    if (find_write(wanted_, write->id()) == nullptr) wanted_.push_back(std::move(*write));
  }

  // In its place among the others: what was asked before and is not carried out yet may change what
  // seems to be so. The value of an inactive control is not the one that it will have once it is
  // released.
  void mark_what_is_so() {
    for (Write& write : wanted_) {
      const Control& control = control_of(write);
      if (control.value == write.value() && !has_flag(control, "inactive")) write.mark_if_needed();
    }
  }

  // Nobody can release what is held by nobody knows whom.
  void leave_out_what_stays_held() {
    const auto all = wanted_;
    std::erase_if(wanted_, [&](const Write& write) {
      const Control& control = control_of(write);
      if (!has_flag(control, "inactive")) return false;
      const auto owner = owner_of(controls_, control);
      return !owner || !releases(*owner, all);
    });
  }

  // With all others looked at, each may turn out not to be settable.
  Plan take_all() && {
    std::map<std::pair<int, const Control*>, const Write*> in_order;
    for (const Write& write : wanted_) {
      if (auto reason = why_not_with_all(write)) {
        refuse(write.id(), not_now(std::move(*reason)));
      } else {
        in_order.emplace(std::pair(rank(write), &control_of(write)), &write);
      }
    }
    for (const auto& [place, write] : in_order)
      plan_.writes.push_back(*write);
    return std::move(plan_);
  }

 private:
  const Control& control_of(const Write& write) const {
    return *find_control(controls_, write.id());
  }

  static bool releases(const Owner& owner, const std::vector<Write>& writes) {
    const Write* automatic = find_write(writes, owner.automatic->id);
    return automatic == nullptr ? owner.releases_at(owner.automatic->value)
                                : owner.releases_at(automatic->value());
  }

  std::optional<std::string> why_not_with_all(const Write& write) const {
    Control control = control_of(write);
    const auto owner = owner_of(controls_, control);
    const Write* automatic = owner ? find_write(wanted_, owner->automatic->id) : nullptr;
    if (automatic != nullptr && owner->releases_at(automatic->value())) {
      std::erase(control.flags, "inactive");
    } else if (automatic != nullptr && !takes_back_) {
      return fmt::format("{} is inactive while {} is {}, to which the same request sets it",
                         control.id, owner->automatic->id,
                         describe_value(*owner->automatic, automatic->value()));
    }
    if (write.if_needed()) return std::nullopt;  // nothing has to be written
    return why_not_settable(controls_, control);
  }

  // Automatics first, so that what they own can be set. Where they take it back they come last, but
  // for one that releases what is inactive now. Buttons last of all, to act on the new values.
  int rank(const Write& write) const {
    const Control& control = control_of(write);
    if (control.type == ControlType::button) return 3;
    if (!is_automatic(controls_, control)) return 1;
    const auto is_released_by_it = [&](const Write& other) {
      const auto owner = owner_of(controls_, control_of(other));
      return has_flag(control_of(other), "inactive") && owner && owner->automatic == &control &&
             owner->releases_at(write.value());
    };
    return !takes_back_ || std::any_of(wanted_.begin(), wanted_.end(), is_released_by_it) ? 0 : 2;
  }

  const ControlList& controls_;
  const bool takes_back_;
  std::vector<Write> wanted_;
  Plan plan_;
};

// Whether the control has a value that a preset can keep and a reset can undo, now or when it is
// active.
bool can_be_kept(const Control& control) {
  return control.value && keeps_its_value(control) && control.type != ControlType::other &&
         !has_flag(control, "read-only") && !has_flag(control, "disabled");
}

// Some drivers tell a default that they do not take.
bool is_as_a_reset_leaves_it(const Control& control) {
  return control.failure.empty() &&
         (control.value == control.default_value || has_flag(control, "inactive"));
}

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

Result<Write> plan_one(const ControlList& controls, std::string_view id,
                       const std::optional<json::value>& value) {
  const Control* control = find_control(controls, id);
  if (control == nullptr) return unknown_control(id);
  if (auto reason = why_not_settable(controls, *control)) return not_now(std::move(*reason));
  return value ? check_value(*control, *value, Origin::client) : check_default(*control);
}

Plan plan_batch(const ControlList& controls, const Values& values) {
  Planner planner(controls);
  for (const auto& [id, value] : values) {
    const Control* control = find_control(controls, id);
    if (control == nullptr) {
      planner.refuse(id, unknown_control(id));
    } else {
      planner.want(id, check_value(*control, value, Origin::client));
    }
  }
  Plan plan = std::move(planner).take_all();
  for (Write& write : plan.writes)
    write.mark_if_needed();
  return plan;
}

Plan plan_stored(const ControlList& controls, const Values& stored) {
  Planner planner(controls);
  for (const auto& [id, value] : stored) {
    const Control* control = find_control_by_any_name(controls, id);
    if (control == nullptr) {
      planner.refuse(id, unknown_control(id));
    } else if (control->id == std::string_view(id) || !stored.contains(control->id)) {
      // Stored under both its names: the one that the camera uses now counts.
      planner.want(id, check_value(*control, value, Origin::device));
    }
  }
  planner.mark_what_is_so();
  return std::move(planner).take_all();
}

Values lasting_values(const ControlList& controls, Values stored) {
  for (auto entry = stored.begin(); entry != stored.end();) {
    const Control* control = find_control_by_any_name(controls, entry->key());
    const bool lasts = control == nullptr || keeps_its_value(*control);
    entry = lasts ? std::next(entry) : stored.stable_erase(entry);
  }
  return stored;
}

Result<Plan> plan_reset(const ControlList& controls, const std::optional<std::string>& category) {
  Planner planner(controls, true);
  bool exists = !category;
  for (const Control& control : controls) {
    if (category && control.category != *category) continue;
    exists = true;
    const bool has_default = can_be_kept(control) && control.default_value;
    if (control.failure.empty() && !has_default) continue;
    auto write = check_default(control);
    if (write || !is_as_a_reset_leaves_it(control)) planner.want(control.id, std::move(write));
  }
  if (!exists) return unknown_category(controls, *category);
  planner.leave_out_what_stays_held();
  planner.mark_what_is_so();
  return std::move(planner).take_all();
}

Values current_values(const ControlList& controls) {
  Values values;
  for (const Control& control : controls) {
    // The value of an inactive control is the automatic's of this moment, not the user's.
    if (can_be_kept(control) && !has_flag(control, "inactive")) {
      values[control.id] = to_json(*control.value);
    }
  }
  return values;
}

}  // namespace minidvr::controls
