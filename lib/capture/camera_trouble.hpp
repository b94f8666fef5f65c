// Why no pictures come, where that is known: in a word for programs, in a line for people, and what
// helps.
#pragma once

#include "capture/camera_complaint.hpp"
#include "core/settings.hpp"
#include "process/holder.hpp"
#include "v4l2/formats.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace minidvr::capture {

enum class TroubleCode {
  none,
  port_taken,    // another program has the port of the preview
  no_device,     // there is no such device
  not_allowed,   // we may not open it
  busy,          // another program has it
  no_pictures,   // it is nothing that gives pictures
  no_mjpeg,      // it has no MJPEG
  not_offered,   // it has not that size as MJPEG
  no_bandwidth,  // its bus has no room for its pictures
  io_error,      // it answers with errors
  no_stream,     // what stream_url leads to can not be had, or has no pictures
};

// As clients are told of it; never changes. static/api/openapi.json says what each means.
std::string_view name_of(TroubleCode code);
// All that have a name.
std::span<const TroubleCode> named_trouble_codes();

struct CameraTrouble {
  TroubleCode code = TroubleCode::none;
  std::string text;
  std::string remedy;
  std::string holder = {};  // who has what is wanted: "motion (pid 123)"; empty: not known
  std::string group = {};   // whose members may open it
  std::string offers = {};  // what it has instead: "640x480 (60, 30 fps)", or "YUYV, H264"

  // Both on one line.
  std::string line() const { return remedy.empty() ? text : text + "; " + remedy; }
  bool operator==(const CameraTrouble&) const = default;
};

// What a look at the device says.
struct CameraFacts {
  std::string device;  // as people know it
  bool is_there = true;
  bool is_device = true;   // not some other file
  bool is_allowed = true;  // `user` may open it
  std::string user = {};
  std::string group = {};                     // whose members may
  std::vector<process::Holder> holders = {};  // others that have it open
  std::optional<v4l2::Offered> offered = {};  // nullopt: it does not say, or was not asked
};

// One of each, for people.
CameraTrouble no_such_device(const std::string& device);
CameraTrouble no_camera(const std::string& device);
CameraTrouble not_allowed(const CameraFacts& facts);
CameraTrouble held_by_others(const CameraFacts& facts);
CameraTrouble no_pictures(const std::string& device);
// What keeps a camera with these formats from that size as MJPEG; nullopt: nothing.
std::optional<CameraTrouble> judge_offer(const std::string& device, const v4l2::Offered& offered,
                                         const Resolution& resolution);

// Why no pictures come, by what ustreamer says and a look at the device; nullopt: that does not
// say.
std::optional<CameraTrouble> judge_trouble(const CameraFacts& facts, Complaint complaint,
                                           const Resolution& resolution);

}  // namespace minidvr::capture
