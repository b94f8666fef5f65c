#include "virtual_camera.hpp"

#include "shared_state.hpp"

#include <cmath>
#include <stdexcept>
#include <utility>

namespace minidvr::virtual_camera {
namespace {

constexpr double slowest_rate = 0.001;
constexpr double fastest_rate = 1000.0;

SharedStateFile open_or_throw(const std::filesystem::path& path) {
  std::string problem;
  auto file = SharedStateFile::open(path.c_str(), problem);
  if (!file) {
    throw std::runtime_error("virtual camera: " + problem);
  }
  return std::move(*file);
}

std::size_t index_or_throw(std::string_view name) {
  const std::size_t index = find_control(name);
  if (index >= control_catalog().size()) {
    throw std::out_of_range("the virtual camera has no control " + std::string(name));
  }
  return index;
}

}  // namespace

class VirtualCamera::State : public SharedStateFile {
 public:
  explicit State(const std::filesystem::path& path) : SharedStateFile(open_or_throw(path)) {}
};

VirtualCamera::VirtualCamera(const std::filesystem::path& state_file)
    : state_(std::make_unique<State>(state_file)) {}
VirtualCamera::VirtualCamera(VirtualCamera&&) noexcept = default;
VirtualCamera& VirtualCamera::operator=(VirtualCamera&&) noexcept = default;
VirtualCamera::~VirtualCamera() = default;

void VirtualCamera::unplug() {
  SharedState& state = **state_;
  if (state.unplugged.exchange(1) == 0) {
    ++state.unplug_count;
    announce_switch(state);
  }
}

void VirtualCamera::plug() {
  SharedState& state = **state_;
  if (state.unplugged == 0) {
    return;
  }
  set_default_controls(state);
  state.frame_size = default_frame_size;
  state.frame_rate = default_frame_rate;
  state.unplugged = 0;  // last: whoever sees the camera sees it with its defaults
  announce_switch(state);
}

void VirtualCamera::stall() {
  (*state_)->stalled = 1;
  announce_switch(**state_);
}

void VirtualCamera::resume() {
  (*state_)->stalled = 0;
  announce_switch(**state_);
}

void VirtualCamera::slow(double frames_per_second) {
  if (!(frames_per_second >= slowest_rate && frames_per_second <= fastest_rate)) {
    throw std::invalid_argument("a rate between 0.001 and 1000 frames per second is needed");
  }
  (*state_)->slow_millihertz = static_cast<std::uint32_t>(std::lround(frames_per_second * 1000.0));
  announce_switch(**state_);
}

void VirtualCamera::normal_rate() {
  (*state_)->slow_millihertz = 0;
  announce_switch(**state_);
}

void VirtualCamera::sicken_control(std::string_view name, int error, bool also_to_read) {
  SharedState& state = **state_;
  state.sick_errno = error;
  state.sick_to_read = also_to_read ? 1 : 0;
  state.sick_control = control_catalog()[index_or_throw(name)].id;
}

void VirtualCamera::heal_controls() {
  (*state_)->sick_control = 0;
}

void VirtualCamera::refuse(Refusal what) {
  SharedState& state = **state_;
  state.refusal = what;
  ++state.unplug_count;
  announce_switch(state);
}

void VirtualCamera::refuse_nothing() {
  (*state_)->refusal = Refusal::none;
}

void VirtualCamera::reset() {
  refuse_nothing();
  heal_controls();
  resume();
  normal_rate();
  plug();
  set_default_controls(**state_);
}

Switches VirtualCamera::switches() const {
  const SharedState& state = **state_;
  const std::uint32_t slow = state.slow_millihertz;
  return {state.unplugged != 0, state.stalled != 0,
          slow != 0 ? std::optional(slow / 1000.0) : std::nullopt};
}

Format VirtualCamera::format() const {
  const SharedState& state = **state_;
  const FrameSize size = frame_sizes.at(state.frame_size);
  return {size.width, size.height, state.frame_rate};
}

Counters VirtualCamera::counters() const {
  const SharedState& state = **state_;
  return {state.last_frame,       state.frames_captured, state.frames_lost, state.controls_set,
          state.controls_refused, state.stream_starts,   state.unplug_count};
}

std::int32_t VirtualCamera::control(std::string_view name) const {
  return (*state_)->control_values[index_or_throw(name)];
}

void VirtualCamera::set_control(std::string_view name, std::int32_t value) {
  (*state_)->control_values[index_or_throw(name)] = value;
  ++(*state_)->control_serial;
}

std::vector<ControlValue> VirtualCamera::controls() const {
  std::vector<ControlValue> values;
  const auto catalog = control_catalog();
  for (std::size_t i = 0; i < catalog.size(); ++i) {
    if (has_value(catalog[i])) {
      values.push_back({v4l2_ctl_name(catalog[i]), (*state_)->control_values[i],
                        is_active(**state_, catalog[i])});
    }
  }
  return values;
}

}  // namespace minidvr::virtual_camera
