// Whether the camera is there, may be used, is free, and offers what is wanted of it.
#pragma once

#include "capture/camera_trouble.hpp"
#include "core/settings.hpp"
#include "doctor/finding.hpp"
#include "process/holder.hpp"

#include <string>
#include <vector>

namespace minidvr::doctor {

struct CameraFacts {
  std::string device;  // as people know it
  bool is_there = false;
  bool is_device = false;  // not some other file
  std::string user;        // who is to use it
  bool is_allowed = false;
  std::string group;                     // whose members may
  std::vector<process::Holder> holders;  // who has it open
  bool sees_all = true;                  // of others' processes
  bool service_runs = false;             // a mini-dvr with these settings
  bool delivers = false;                 // frames of it reach the mini-dvr that runs
  v4l2::Offered offered;
  std::string listing_problem;  // why it does not say what it offers; empty when it does
};

// The camera that is meant by `configured` is not there: it is `used` instead, which is the same
// where another camera has that name.
Finding judge_node(const std::string& configured, const std::string& used);

std::vector<Finding> judge_camera(const CameraFacts& facts, const Resolution& resolution,
                                  unsigned fps);

}  // namespace minidvr::doctor
