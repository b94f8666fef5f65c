#include "capture/camera_trouble.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace minidvr::capture {
namespace {

struct NamedTrouble {
  TroubleCode code;
  std::string_view name;
};

constexpr std::array kTroubleNames = {
    NamedTrouble{TroubleCode::port_taken, "port_taken"},
    NamedTrouble{TroubleCode::no_device, "no_device"},
    NamedTrouble{TroubleCode::not_allowed, "not_allowed"},
    NamedTrouble{TroubleCode::busy, "busy"},
    NamedTrouble{TroubleCode::no_pictures, "no_pictures"},
    NamedTrouble{TroubleCode::no_mjpeg, "no_mjpeg"},
    NamedTrouble{TroubleCode::not_offered, "not_offered"},
    NamedTrouble{TroubleCode::no_bandwidth, "no_bandwidth"},
    NamedTrouble{TroubleCode::io_error, "io_error"},
    NamedTrouble{TroubleCode::no_stream, "no_stream"},
};

}  // namespace

std::string_view name_of(TroubleCode code) {
  const auto* found = std::find_if(kTroubleNames.begin(), kTroubleNames.end(),
                                   [code](const auto& row) { return row.code == code; });
  if (found == kTroubleNames.end()) throw std::logic_error("a trouble without a name");
  return found->name;
}

std::span<const TroubleCode> named_trouble_codes() {
  static const auto codes = [] {
    std::array<TroubleCode, kTroubleNames.size()> all{};
    std::transform(kTroubleNames.begin(), kTroubleNames.end(), all.begin(),
                   [](const auto& row) { return row.code; });
    return all;
  }();
  return codes;
}

CameraTrouble no_such_device(const std::string& device) {
  return {TroubleCode::no_device, device + " is not there",
          "plug the camera in; which there are: v4l2-ctl --list-devices; one that keeps its name: "
          "ls /dev/v4l/by-id"};
}

CameraTrouble no_camera(const std::string& device) {
  return {TroubleCode::no_pictures, device + " is a file, and no camera",
          "set device to a camera: v4l2-ctl --list-devices"};
}

CameraTrouble no_pictures(const std::string& device) {
  return {TroubleCode::no_pictures, device + " gives no pictures",
          "set device to another one: v4l2-ctl --list-devices; many cameras have a further device "
          "without pictures"};
}

CameraTrouble not_allowed(const CameraFacts& facts) {
  CameraTrouble trouble{
      TroubleCode::not_allowed, fmt::format("{} may not use {}", facts.user, facts.device),
      fmt::format("sudo usermod -aG {} {}, then log in again or restart the service", facts.group,
                  facts.user)};
  // Whoever is in that group may do much more than record.
  if (facts.group == "root") {
    trouble.remedy = fmt::format(
        "sudo chgrp video {0}, and for good a rule of udev: SUBSYSTEM==\"video4linux\", "
        "GROUP=\"video\", MODE=\"0660\"; {1} has to be in that group: sudo usermod -aG video {1}",
        facts.device, facts.user);
  }
  trouble.group = facts.group;
  return trouble;
}

CameraTrouble held_by_others(const CameraFacts& facts) {
  CameraTrouble trouble;
  trouble.code = TroubleCode::busy;
  trouble.holder = process::describe(facts.holders);
  trouble.text =
      fmt::format("{} has {} open, which gives its pictures to one program only",
                  facts.holders.empty() ? "another program" : trouble.holder, facts.device);
  trouble.remedy = facts.holders.empty()
                       ? fmt::format("end it; which it is: sudo fuser -v {}", facts.device)
                       : fmt::format("end it: kill {}", facts.holders.front().pid);
  return trouble;
}

namespace {

CameraTrouble no_mjpeg(const v4l2::Offered& offered, const std::string& text) {
  CameraTrouble trouble;
  trouble.code = TroubleCode::no_mjpeg;
  trouble.offers = fmt::format("{}", fmt::join(offered.formats, ", "));
  trouble.text = text + trouble.offers;
  trouble.remedy =
      "only cameras that send JPEGs can be recorded; see whether device names the right one: "
      "v4l2-ctl --list-devices";
  return trouble;
}

}  // namespace

std::optional<CameraTrouble> judge_offer(const std::string& device, const v4l2::Offered& offered,
                                         const Resolution& resolution) {
  const auto& sizes = offered.mjpeg;
  if (offered.formats.empty()) return no_pictures(device);
  if (sizes.empty()) return no_mjpeg(offered, "the camera offers no MJPEG, only: ");
  if (std::any_of(sizes.begin(), sizes.end(),
                  [&](const v4l2::OfferedSize& one) { return one.has(resolution); })) {
    return std::nullopt;
  }
  CameraTrouble trouble;
  trouble.code = TroubleCode::not_offered;
  trouble.offers = in_any_language(sizes);
  trouble.text =
      fmt::format("the camera does not offer {}x{} as MJPEG", resolution.width, resolution.height);
  trouble.remedy = "set resolution and fps to what it offers: " + describe(sizes);
  return trouble;
}

namespace {

CameraTrouble no_bandwidth(const std::string& device) {
  return {TroubleCode::no_bandwidth, "the bus of " + device + " has no room for its pictures",
          "set fewer pixels or frames (resolution, fps), or give it a port that it does not share: "
          "lsusb -t"};
}

CameraTrouble io_error(const std::string& device) {
  return {TroubleCode::io_error, device + " answers with input and output errors",
          "unplug it for a moment; else try another cable, port or power supply; dmesg tells more"};
}

}  // namespace

std::optional<CameraTrouble> judge_trouble(const CameraFacts& facts, Complaint complaint,
                                           const Resolution& resolution) {
  if (!facts.is_there) return no_such_device(facts.device);
  if (!facts.is_device) return no_camera(facts.device);
  if (!facts.is_allowed) return not_allowed(facts);
  switch (complaint) {
    case Complaint::missing:
      return no_such_device(facts.device);
    case Complaint::not_allowed:
      return not_allowed(facts);
    case Complaint::busy:
      return held_by_others(facts);
    case Complaint::no_pictures:
      return no_pictures(facts.device);
    case Complaint::no_bandwidth:
      return no_bandwidth(facts.device);
    case Complaint::broken:
      return io_error(facts.device);
    case Complaint::refused:
    case Complaint::other_format:
      if (facts.offered) return judge_offer(facts.device, *facts.offered, resolution);
      return std::nullopt;
    case Complaint::no_jpegs: {
      if (!facts.offered) return no_mjpeg({}, "the camera sends no MJPEG");
      const auto lacks = judge_offer(facts.device, *facts.offered, resolution);
      return lacks ? *lacks : no_mjpeg(*facts.offered, "the camera sends no MJPEG now, of: ");
    }
    case Complaint::silent:
    case Complaint::none:
      break;
  }
  return std::nullopt;
}

}  // namespace minidvr::capture
