#include "controls/controls_service.hpp"

#include "controls/log_component.hpp"
#include "core/log.hpp"

#include <algorithm>
#include <utility>

namespace minidvr::controls {
namespace {

// What a client sends is checked against a listing that is not older; a slider that is dragged then
// needs no listing runs of its own, because each write reads everything back.
constexpr seconds kValidationAge{1};
// How often it is looked whether frames have begun to arrive.
constexpr milliseconds kCameraWatchInterval{500};
// How soon it is tried again to apply what is remembered; what the camera fails at ever more
// rarely, because that may be what hangs it.
constexpr seconds kApplyAgain{5};
constexpr seconds kApplyAgainAtMost{300};

class ApplyAgain {
 public:
  bool is_due(SteadyTime now) const { return now >= due_; }
  void note(RememberedValues::Applied applied, SteadyTime now) {
    using Applied = RememberedValues::Applied;
    due_ = SteadyTime::max();
    if (applied == Applied::unread) due_ = now + kApplyAgain;
    if (applied != Applied::failed) return;
    due_ = now + pause_;
    pause_ = std::min(2 * pause_, kApplyAgainAtMost);
  }

 private:
  SteadyTime due_ = SteadyTime::max();
  seconds pause_ = kApplyAgain;
};

// Nothing is written when anything is refused that was asked for wrongly.
void hold_back_if_refused(Plan& plan) {
  const bool is_fine =
      std::all_of(plan.refused.begin(), plan.refused.end(), [](const ControlOutcome& outcome) {
        return outcome.error->reason == Reason::control_failed;
      });
  if (is_fine) return;
  for (const auto& write : plan.writes) {
    plan.refused.push_back({write.id(),
                            make_error(Errc::wrong_state, "not set, because others were refused"),
                            std::nullopt, true});
  }
  plan.writes.clear();
}

void put_in_order_of(const Values& values, ControlOutcomes& outcomes) {
  std::stable_sort(outcomes.begin(), outcomes.end(), [&](const auto& a, const auto& b) {
    return values.find(a.id) < values.find(b.id);
  });
}

// What of the plan is so now, and stays so.
Values values_to_remember(const Plan& plan, const ControlList& controls,
                          const ControlOutcomes& outcomes) {
  Values values;
  for (const Write& write : plan.writes) {
    const Control* control = find_control(controls, write.id());
    if (control != nullptr && keeps_its_value(*control)) {
      values[write.id()] = to_json(write.value());
    }
  }
  for (const auto& outcome : outcomes) {
    if (outcome.error) values.erase(outcome.id);
  }
  return values;
}

}  // namespace

ControlsService::ControlsService(net::any_io_executor executor, BlockingPool& pool,
                                 ControlsOptions options, TaskGroup::FailureHandler on_failure)
    : options_(std::move(options)),
      tasks_(executor, std::move(on_failure)),
      device_(executor, tasks_, options_.tool),
      remembered_(executor, pool, device_, options_.state_dir, options_.state_gate),
      presets_(executor, pool, options_.state_dir, options_.state_gate) {}

void ControlsService::run(std::function<std::optional<unsigned>()> camera_arrivals,
                          std::function<bool()> is_watched) {
  tasks_.spawn("controls device", device_.run());
  tasks_.spawn("controls poll", poll(std::move(is_watched)));
  if (options_.remember) {
    tasks_.spawn("remembered controls", remembered_.keep());
    tasks_.spawn("controls camera watch", watch_camera(std::move(camera_arrivals)));
  }
}

Task<> ControlsService::shut_down() {
  tasks_.cancel();
  co_await tasks_.join();
  co_await remembered_.flush();
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

// A camera that is pulled and put back between two looks, or while settings are applied, is as new.
// The disk that knows them, or a v4l2-ctl that works, may come later than its pictures.
Task<> ControlsService::watch_camera(std::function<std::optional<unsigned>()> camera_arrivals) {
  std::optional<unsigned> known;
  ApplyAgain again;
  for (;;) {
    const auto arrivals = camera_arrivals();
    const bool is_new = arrivals && arrivals != known;
    if (is_new) again = {};
    if (is_new || (arrivals && again.is_due(Steady::now()))) {
      const auto applied = co_await remembered_.apply(is_new);
      again.note(applied, Steady::now());
    }
    if (!arrivals && known) device_.forget_camera();
    known = arrivals;
    co_await sleep_for(kCameraWatchInterval);
  }
}

Task<Result<ControlListPtr>> ControlsService::list(bool refresh) {
  asked_for_ = true;
  const auto ttl = std::chrono::duration_cast<Steady::duration>(options_.cache_ttl);
  return device_.list(refresh ? kFresh : ttl);
}

Task<Result<ControlsService::Prepared>> ControlsService::prepare_to_set() {
  asked_for_ = true;
  const auto before = device_.newest();
  const auto listed = co_await device_.list(kValidationAge);
  if (!listed) co_return listed.error();
  Prepared prepared{*listed, std::nullopt};
  if (options_.remember) {
    // While nobody looked, another camera of the same controls may have come in its place.
    if (*listed != before) device_.forget_camera();
    prepared.camera = co_await remembered_.identify();
  }
  co_return prepared;
}

Task<Result<Control>> ControlsService::set(std::string id,
                                           std::optional<boost::json::value> value) {
  const auto prepared = co_await prepare_to_set();
  if (!prepared) co_return prepared.error();
  auto write = plan_one(*prepared->controls, id, value);
  if (!write) co_return write.error();
  Plan plan;
  plan.writes.push_back(std::move(*write));
  const auto outcomes = co_await carry_out(std::move(plan), *prepared, value.has_value());
  if (!outcomes) co_return outcomes.error();
  const ControlOutcome& outcome = outcomes->front();
  if (outcome.error) co_return *outcome.error;
  if (!value) forget(*prepared, {id});
  if (outcome.control) co_return *outcome.control;
  co_return make_error(Errc::unavailable, "the camera no longer tells of " + id, Reason::no_camera);
}

Task<Result<ControlOutcomes>> ControlsService::set_several(Values values) {
  const auto prepared = co_await prepare_to_set();
  if (!prepared) co_return prepared.error();
  Plan plan = plan_batch(*prepared->controls, values);
  hold_back_if_refused(plan);
  auto outcomes = co_await carry_out(std::move(plan), *prepared, true);
  if (outcomes) put_in_order_of(values, *outcomes);
  co_return outcomes;
}

Task<Result<ControlOutcomes>> ControlsService::reset(std::optional<std::string> category) {
  const auto prepared = co_await prepare_to_set();
  if (!prepared) co_return prepared.error();
  auto plan = plan_reset(*prepared->controls, category);
  if (!plan) co_return plan.error();
  auto outcomes = co_await carry_out(std::move(*plan), *prepared, false);
  if (!outcomes) co_return outcomes;
  std::vector<std::string> members;
  for (const Control& control : *prepared->controls) {
    if (!category || control.category == *category) members.push_back(control.id);
  }
  forget(*prepared, members);
  co_return outcomes;
}

Task<Result<bool>> ControlsService::save_preset(std::string name, std::optional<Values> values) {
  if (const auto checked = check_preset_name(name); !checked) co_return checked.error();
  const auto listed = co_await device_.list(kValidationAge);
  if (!values) {
    if (!listed) co_return listed.error();
    Values now = current_values(**listed);
    co_return co_await presets_.put(std::move(name), std::move(now));
  }
  // Without a camera the values can still be kept; they are checked again when they are applied.
  const ControlList none;
  auto checked = check_preset_values(listed ? **listed : none, *values);
  if (!checked) co_return checked.error();
  co_return co_await presets_.put(std::move(name), std::move(*checked));
}

Task<Result<ControlOutcomes>> ControlsService::apply_preset(std::string name) {
  auto values = co_await presets_.get(std::move(name));
  if (!values) co_return values.error();
  const auto prepared = co_await prepare_to_set();
  if (!prepared) co_return prepared.error();
  Plan plan = plan_stored(*prepared->controls, *values);
  co_return co_await carry_out(std::move(plan), *prepared, true);
}

Task<Result<ControlOutcomes>> ControlsService::carry_out(Plan plan, Prepared prepared,
                                                         bool remembers) {
  ControlOutcomes outcomes;
  ControlListPtr controls = device_.newest();
  bool is_lost = false;
  if (!plan.writes.empty()) {
    auto answer = co_await device_.carry_out(plan.writes);
    if (!answer) co_return answer.error();
    outcomes = std::move(answer->outcomes);
    plan.writes = std::move(answer->writes);
    controls = std::move(answer->controls);
    is_lost = answer->lost.has_value();
  }
  if (remembers && options_.remember) {
    remembered_.remember(prepared.camera, values_to_remember(plan, *controls, outcomes));
  }
  std::move(plan.refused.begin(), plan.refused.end(), std::back_inserter(outcomes));
  if (is_lost) co_return outcomes;  // nobody knows how they are now
  for (ControlOutcome& outcome : outcomes) {
    if (const Control* found = find_control(*controls, outcome.id)) outcome.control = *found;
  }
  co_return outcomes;
}

void ControlsService::forget(const Prepared& prepared, const std::vector<std::string>& ids) {
  if (options_.remember) remembered_.forget(prepared.camera, ids);
}

}  // namespace minidvr::controls
