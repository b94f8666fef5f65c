#include "controls/controls_service.hpp"

#include "controls/log_component.hpp"
#include "controls/reset_plan.hpp"
#include "core/first_of.hpp"
#include "core/log.hpp"

#include <algorithm>

namespace minidvr::controls {
namespace {

// What a client sends is checked against a listing that is not older; a slider that is dragged then
// needs no listing runs of its own, because each write reads everything back.
constexpr seconds kValidationAge{1};
// How often it is looked whether frames have begun to arrive.
constexpr milliseconds kCameraWatchInterval{500};
// Who sets something and stops the service at once is still remembered, if the camera says who it
// is.
constexpr milliseconds kLastNotes{500};

std::optional<Control> control_now(const ControlListPtr& controls, std::string_view id) {
  const Control* found = controls ? find_control(*controls, id) : nullptr;
  return found == nullptr ? std::nullopt : std::optional(*found);
}

// The outcomes of a batch that was refused as a whole.
ControlOutcomes none_set(const ControlListPtr& controls, const Plan& plan) {
  ControlOutcomes outcomes;
  for (const auto& refusal : plan.refused) {
    outcomes.push_back({refusal.id, refusal.error, control_now(controls, refusal.id)});
  }
  for (const auto& setting : plan.settings) {
    outcomes.push_back({setting.id(),
                        make_error(Errc::wrong_state, "not set, because others were refused"),
                        control_now(controls, setting.id()), true});
  }
  return outcomes;
}

void put_in_order_of(const RequestedValues& values, ControlOutcomes& outcomes) {
  const auto position = [&](const ControlOutcome& outcome) {
    return std::find_if(values.begin(), values.end(),
                        [&](const auto& value) { return value.first == outcome.id; });
  };
  std::stable_sort(outcomes.begin(), outcomes.end(),
                   [&](const auto& a, const auto& b) { return position(a) < position(b); });
}

}  // namespace

ControlsService::ControlsService(net::any_io_executor executor, BlockingPool& pool,
                                 ControlsOptions options, TaskGroup::FailureHandler on_failure)
    : options_(std::move(options)),
      tasks_(executor, std::move(on_failure)),
      device_(executor, tasks_, options_.tool),
      wanted_(executor, pool, device_, options_.state_dir, options_.state_gate),
      presets_(executor, pool, options_.state_dir, options_.state_gate) {}

void ControlsService::run(std::function<bool()> camera_delivers, std::function<bool()> is_watched) {
  tasks_.spawn("controls device", device_.run());
  tasks_.spawn("presets", presets_.load());
  tasks_.spawn("controls poll", poll(std::move(is_watched)));
  if (options_.remember) {
    tasks_.spawn("remembered controls", wanted_.take_notes());
    tasks_.spawn("remembered controls file", wanted_.save_notes());
    tasks_.spawn("controls camera watch", watch_camera(std::move(camera_delivers)));
  }
}

Task<> ControlsService::shut_down() {
  co_await within(kLastNotes, wanted_.noted());
  tasks_.cancel();
  co_await tasks_.join();
  co_await wanted_.flush();
}

Task<> ControlsService::poll(std::function<bool()> is_watched) {
  bool failed = false;
  for (;;) {
    co_await sleep_for(kPollInterval);
    if (!is_watched()) asked_for_ = false;
    if (!asked_for_) continue;
    const auto listed = co_await device_.list(kFresh);
    if (!listed && !failed) log::warning(kComponent, "{}", listed.error().detail);
    failed = !listed;
  }
}

Task<> ControlsService::watch_camera(std::function<bool()> camera_delivers) {
  bool delivered = false;
  for (;;) {
    const bool delivers = camera_delivers();
    if (delivers && !delivered) co_await wanted_.apply();
    delivered = delivers;
    co_await sleep_for(kCameraWatchInterval);
  }
}

Task<Result<ControlListPtr>> ControlsService::list(bool refresh) {
  asked_for_ = true;
  const auto ttl = std::chrono::duration_cast<Steady::duration>(options_.cache_ttl);
  return device_.list(refresh ? kFresh : ttl);
}

Task<Result<ControlListPtr>> ControlsService::prepare_to_set() {
  asked_for_ = true;
  const auto listed = co_await device_.list(kValidationAge);
  if (listed && options_.remember) co_await wanted_.recognise();
  co_return listed;
}

Task<Result<Control>> ControlsService::set(std::string id, ControlRequest request) {
  const auto listed = co_await prepare_to_set();
  if (!listed) co_return listed.error();
  auto setting = plan_one(**listed, id, request);
  if (!setting) co_return setting.error();
  const bool is_default = !request.value;

  auto outcome = co_await device_.carry_out(std::move(*setting));
  if (!outcome) co_return outcome.error();
  if (const auto& error = outcome->settings.front().error) co_return *error;
  auto control = control_now(outcome->controls, id);
  if (is_default) {
    forget({id});
  } else {
    remember(std::move(outcome->settings), outcome->controls);
  }
  if (!control) {
    co_return make_error(Errc::unavailable, "the camera no longer has " + id, Reason::no_camera);
  }
  co_return std::move(*control);
}

Task<Result<ControlOutcomes>> ControlsService::set_several(RequestedValues values) {
  const auto listed = co_await prepare_to_set();
  if (!listed) co_return listed.error();
  Plan plan = plan_batch(**listed, values);
  Result<ControlOutcomes> outcomes = none_set(*listed, plan);
  if (plan.refused.empty()) outcomes = co_await carry_out(std::move(plan));
  if (outcomes) put_in_order_of(values, *outcomes);
  co_return outcomes;
}

Task<Result<ControlOutcomes>> ControlsService::reset(std::optional<std::string> category) {
  const auto listed = co_await prepare_to_set();
  if (!listed) co_return listed.error();
  auto plan = plan_reset(**listed, category);
  if (!plan) co_return plan.error();

  std::vector<std::string> members;
  for (const Control& control : **listed) {
    if (!category || control.category == *category) members.push_back(control.id);
  }
  ControlOutcomes outcomes;
  for (auto& refusal : plan->refused) {
    outcomes.push_back({refusal.id, std::move(refusal.error), control_now(*listed, refusal.id)});
  }
  if (!plan->settings.empty()) {
    auto done = co_await device_.carry_out(std::move(plan->settings));
    if (!done) co_return done.error();
    for (auto& setting : done->settings) {
      const std::string& id = setting.setting.id();
      outcomes.push_back({id, setting.error, control_now(done->controls, id)});
    }
  }
  forget(std::move(members));
  co_return outcomes;
}

Task<Result<bool>> ControlsService::save_preset(std::string name,
                                                std::optional<RequestedValues> values) {
  if (const auto checked = check_preset_name(name); !checked) co_return checked.error();
  const auto listed = co_await device_.list(kValidationAge);
  ValuesById stored;
  if (values) {
    // Without a camera the values can still be kept; they are checked again when they are applied.
    const ControlList none;
    auto checked = check_preset_values(listed ? **listed : none, *values);
    if (!checked) co_return checked.error();
    stored = std::move(*checked);
  } else {
    if (!listed) co_return listed.error();
    stored = current_values(**listed);
  }
  co_return co_await presets_.put(std::move(name), std::move(stored));
}

Task<Result<ControlOutcomes>> ControlsService::apply_preset(std::string name) {
  auto values = co_await presets_.get(std::move(name));
  if (!values) co_return values.error();
  const auto listed = co_await prepare_to_set();
  if (!listed) co_return listed.error();
  co_return co_await carry_out(plan_wanted(**listed, *values));
}

Task<Result<ControlOutcomes>> ControlsService::carry_out(Plan plan) {
  ControlOutcomes outcomes;
  ControlListPtr controls = device_.newest();
  if (!plan.settings.empty()) {
    auto done = co_await device_.carry_out(std::move(plan.settings));
    if (!done) co_return done.error();
    controls = done->controls;
    for (const auto& setting : done->settings) {
      const std::string& id = setting.setting.id();
      outcomes.push_back({id, setting.error, control_now(controls, id)});
    }
    remember(std::move(done->settings), controls);
  }
  for (const auto& id : plan.unchanged) {
    outcomes.push_back({id, std::nullopt, control_now(controls, id)});
  }
  for (auto& refusal : plan.refused) {
    auto control = control_now(controls, refusal.id);
    outcomes.push_back({refusal.id, std::move(refusal.error), std::move(control)});
  }
  co_return outcomes;
}

void ControlsService::remember(std::vector<SettingOutcome> settings, ControlListPtr controls) {
  if (options_.remember) wanted_.remember_settings(std::move(settings), std::move(controls));
}

void ControlsService::forget(std::vector<std::string> ids) {
  if (options_.remember) wanted_.forget_controls(std::move(ids));
}

}  // namespace minidvr::controls
