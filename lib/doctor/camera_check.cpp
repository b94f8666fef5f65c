#include "doctor/camera_check.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace minidvr::doctor {
namespace {

constexpr const char* kCamera = "camera";
constexpr const char* kFormat = "format";
// A rate is printed with three decimals; cameras say 29.97 and people 30.
constexpr double kSameRate = 0.5;

Finding judge_use(const CameraFacts& facts) {
  std::vector<process::Holder> strangers;
  std::copy_if(facts.holders.begin(), facts.holders.end(), std::back_inserter(strangers),
               [&](const process::Holder& one) { return !one.is_ours || !facts.service_runs; });
  if (facts.delivers) {
    return {Grade::ok, kCamera, facts.device + " delivers to the mini-dvr that runs", {}};
  }
  if (!strangers.empty()) {
    return {Grade::problem, kCamera,
            fmt::format("{} has {} open, which gives its pictures to one program only",
                        process::describe(strangers), facts.device),
            fmt::format("end it: kill {}", strangers.front().pid)};
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
  const auto& sizes = facts.offered.mjpeg;
  if (sizes.empty()) {
    return {Grade::problem, kFormat,
            fmt::format("the camera offers no MJPEG, only: {}",
                        facts.offered.formats.empty()
                            ? "nothing"
                            : fmt::format("{}", fmt::join(facts.offered.formats, ", "))),
            "only cameras that send JPEGs can be recorded; see whether device names the right "
            "one: v4l2-ctl --list-devices"};
  }
  const std::string wanted = fmt::format("{}x{} at {}", resolution.width, resolution.height, fps);
  const auto size = std::find_if(sizes.begin(), sizes.end(),
                                 [&](const OfferedSize& one) { return one.has(resolution); });
  if (size == sizes.end()) {
    return {Grade::problem, kFormat,
            fmt::format("the camera does not offer {}x{} as MJPEG", resolution.width,
                        resolution.height),
            "set resolution and fps to what it offers: " + describe(sizes)};
  }
  const auto is_wanted = [&](double rate) { return std::abs(rate - fps) < kSameRate; };
  if (!size->rates.empty() && std::none_of(size->rates.begin(), size->rates.end(), is_wanted)) {
    return {
        Grade::warning, kFormat,
        fmt::format("the camera does not offer {} frames a second, and takes another rate", wanted),
        "set fps to what it offers: " + describe({*size})};
  }
  return {Grade::ok, kFormat, fmt::format("the camera offers {} frames a second", wanted), {}};
}

}  // namespace

std::vector<Finding> judge_camera(const CameraFacts& facts, const Resolution& resolution,
                                  unsigned fps) {
  if (!facts.is_there) {
    return {{Grade::problem, kCamera, facts.device + " is not there",
             "plug the camera in; which there are: v4l2-ctl --list-devices; one that keeps its "
             "name: ls /dev/v4l/by-id"}};
  }
  if (!facts.is_device) {
    return {{Grade::problem, kCamera, facts.device + " is a file, and no camera",
             "set device to a camera: v4l2-ctl --list-devices"}};
  }
  if (!facts.is_allowed) {
    return {{Grade::problem, kCamera, fmt::format("{} may not use {}", facts.user, facts.device),
             fmt::format("sudo usermod -aG {} {}, then log in again or restart the service",
                         facts.group, facts.user)}};
  }
  return {judge_use(facts), judge_format(facts, resolution, fps)};
}

}  // namespace minidvr::doctor
