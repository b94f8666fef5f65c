#include "doctor/camera_check.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace minidvr::doctor {
namespace {

constexpr const char* kCamera = "camera";
constexpr const char* kFormat = "format";
// A rate is printed with three decimals; cameras say 29.97 and people 30.
constexpr double kSameRate = 0.5;

Finding problem(const char* subject, capture::CameraTrouble trouble) {
  return {Grade::problem, subject, std::move(trouble.text), std::move(trouble.remedy)};
}

Finding judge_rights(const CameraFacts& facts) {
  capture::CameraFacts look;
  look.device = facts.device;
  look.user = facts.user;
  look.group = facts.group;
  return problem(kCamera, capture::not_allowed(look));
}

Finding judge_use(const CameraFacts& facts) {
  std::vector<process::Holder> strangers;
  std::copy_if(facts.holders.begin(), facts.holders.end(), std::back_inserter(strangers),
               [&](const process::Holder& one) { return !one.is_ours || !facts.service_runs; });
  if (facts.delivers) {
    return {Grade::ok, kCamera, facts.device + " delivers to the mini-dvr that runs", {}};
  }
  if (!strangers.empty()) {
    capture::CameraFacts held;
    held.device = facts.device;
    held.holders = std::move(strangers);
    return problem(kCamera, capture::held_by_others(held));
  }
  std::string text = facts.device + " is there";
  if (!facts.holders.empty()) text += ", and mini-dvr has it open";
  if (!facts.sees_all) text += "; whether another user's program has it is not to be seen";
  return {Grade::ok, kCamera, text, {}};
}

Finding judge_format(const CameraFacts& facts, const Resolution& resolution, unsigned fps) {
  if (!facts.listing_problem.empty()) {
    return {Grade::problem, kFormat,
            "the camera does not say what it offers: " + facts.listing_problem,
            "see whether device names the camera: v4l2-ctl --list-devices; some have further "
            "devices without pictures"};
  }
  if (auto trouble = capture::judge_offer(facts.device, facts.offered, resolution))
    return problem(kFormat, std::move(*trouble));
  const auto& sizes = facts.offered.mjpeg;
  const std::string wanted = fmt::format("{}x{} at {}", resolution.width, resolution.height, fps);
  const auto size = std::find_if(sizes.begin(), sizes.end(),
                                 [&](const v4l2::OfferedSize& one) { return one.has(resolution); });
  const auto is_wanted = [&](double rate) { return std::abs(rate - fps) < kSameRate; };
  if (!size->rates.empty() && std::none_of(size->rates.begin(), size->rates.end(), is_wanted)) {
    return {
        Grade::warning, kFormat,
        fmt::format("the camera does not offer {} frames a second, and takes another rate", wanted),
        "set fps to what it offers: " + v4l2::describe({*size})};
  }
  return {Grade::ok, kFormat, fmt::format("the camera offers {} frames a second", wanted), {}};
}

}  // namespace

Finding judge_node(const std::string& configured, const std::string& used) {
  constexpr const char* kRemedy =
      "set device to a name that stays with the camera: ls /dev/v4l/by-id /dev/v4l/by-path";
  if (used != configured) {
    return {Grade::warning, kCamera,
            fmt::format("the camera that was {} is {} now, and is used there", configured, used),
            kRemedy};
  }
  return {Grade::warning, kCamera,
          fmt::format("{} is another camera than before, which is used until that one is back",
                      configured),
          kRemedy};
}

std::vector<Finding> judge_camera(const CameraFacts& facts, const Resolution& resolution,
                                  unsigned fps) {
  if (!facts.is_there) return {problem(kCamera, capture::no_such_device(facts.device))};
  if (!facts.is_device) return {problem(kCamera, capture::no_camera(facts.device))};
  if (!facts.is_allowed) return {judge_rights(facts)};
  return {judge_use(facts), judge_format(facts, resolution, fps)};
}

}  // namespace minidvr::doctor
