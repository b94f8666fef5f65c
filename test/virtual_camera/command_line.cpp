// virtual-camera: the switches of a virtual camera, by hand.
#include "shared_state.hpp"
#include "virtual_camera.hpp"

#include <charconv>
#include <cstdio>
#include <exception>
#include <string_view>
#include <vector>

namespace {

using minidvr::virtual_camera::Refusal;
using minidvr::virtual_camera::VirtualCamera;

constexpr int failure = 1;
constexpr int bad_usage = 2;

constexpr const char* usage =
    "usage: virtual-camera STATE_FILE COMMAND\n"
    "  show      switches, format, counters and control values\n"
    "  unplug    the camera is gone\n"
    "  plug      it is back, with default controls\n"
    "  stall     it answers, but delivers no frames\n"
    "  resume    frames flow again\n"
    "  slow FPS  deliver this many frames per second, 0.001 to 1000\n"
    "  normal    deliver at the rate the application asked for\n"
    "  refuse WHAT  plugged in anew with this wrong: access, open, format, mjpeg, sizes, "
    "pictures,\n"
    "            bandwidth, input_output, jpegs; or none\n"
    "  reset     plug, resume, normal, refuse none, and default controls\n";

struct NamedRefusal {
  std::string_view name;
  Refusal refusal;
};
constexpr NamedRefusal refusals[] = {
    {"none", Refusal::none},
    {"access", Refusal::access},
    {"open", Refusal::open},
    {"format", Refusal::format},
    {"mjpeg", Refusal::mjpeg},
    {"sizes", Refusal::sizes},
    {"pictures", Refusal::pictures},
    {"bandwidth", Refusal::bandwidth},
    {"input_output", Refusal::input_output},
    {"jpegs", Refusal::jpegs},
};

int complain(const char* problem, std::string_view about) {
  std::fprintf(stderr, "virtual-camera: %s%.*s\n%s", problem, static_cast<int>(about.size()),
               about.data(), usage);
  return bad_usage;
}

void show(const VirtualCamera& camera) {
  const auto switches = camera.switches();
  const auto format = camera.format();
  const auto counters = camera.counters();
  std::printf("state: %s%s", switches.unplugged ? "unplugged" : "plugged",
              switches.stalled ? ", stalled" : "");
  if (switches.slow) {
    std::printf(", slow %g fps", *switches.slow);
  }
  std::printf("\nformat: MJPG %ux%u at %u fps\n", format.width, format.height,
              format.frames_per_second);
  std::printf("last frame: %llu\n", static_cast<unsigned long long>(counters.last_frame));
  std::printf("frames captured: %llu\n", static_cast<unsigned long long>(counters.frames_captured));
  std::printf("frames lost: %llu\n", static_cast<unsigned long long>(counters.frames_lost));
  std::printf("controls set: %llu\n", static_cast<unsigned long long>(counters.controls_set));
  std::printf("controls refused: %llu\n",
              static_cast<unsigned long long>(counters.controls_refused));
  std::printf("stream starts: %llu\n", static_cast<unsigned long long>(counters.stream_starts));
  std::printf("unplugged so far: %u times\n", counters.unplugs);
  for (const auto& control : camera.controls()) {
    std::printf("%s=%d%s\n", control.name.c_str(), control.value,
                control.active ? "" : " (inactive)");
  }
}

int run(const std::vector<std::string_view>& arguments) {
  if (arguments.size() < 2) {
    return complain("a state file and a command are needed", "");
  }
  const std::string_view command = arguments[1];
  const bool has_value = command == "slow" || command == "refuse";
  if (arguments.size() != (has_value ? 3U : 2U)) {
    return complain("wrong number of arguments for ", command);
  }

  struct Command {
    std::string_view name;
    void (*act)(VirtualCamera&);
  };
  static constexpr Command commands[] = {
      {"show", [](VirtualCamera& camera) { show(camera); }},
      {"unplug", [](VirtualCamera& camera) { camera.unplug(); }},
      {"plug", [](VirtualCamera& camera) { camera.plug(); }},
      {"stall", [](VirtualCamera& camera) { camera.stall(); }},
      {"resume", [](VirtualCamera& camera) { camera.resume(); }},
      {"normal", [](VirtualCamera& camera) { camera.normal_rate(); }},
      {"reset", [](VirtualCamera& camera) { camera.reset(); }},
  };

  if (command == "slow") {
    const std::string_view text = arguments[2];
    double rate = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rate);
    if (error != std::errc() || end != text.data() + text.size() ||
        !(rate >= 0.001 && rate <= 1000.0)) {
      return complain("not a frame rate between 0.001 and 1000: ", text);
    }
    VirtualCamera(arguments[0]).slow(rate);
    return 0;
  }
  if (command == "refuse") {
    for (const auto& [name, refusal] : refusals) {
      if (name == arguments[2]) {
        VirtualCamera(arguments[0]).refuse(refusal);
        return 0;
      }
    }
    return complain("not a refusal: ", arguments[2]);
  }
  for (const Command& known : commands) {
    if (known.name == command) {
      VirtualCamera camera(arguments[0]);
      known.act(camera);
      return 0;
    }
  }
  return complain("unknown command: ", command);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "virtual-camera: %s\n", error.what());
    return failure;
  }
}
