// What a running mini-dvr says of itself, in lines for people. Pure: a document in, text out.
#pragma once

#include <string>

#include <boost/json/object.hpp>

namespace minidvr::doctor {

// Whether all that should run does, by the document of GET /health.
bool is_healthy(const boost::json::object& health);

// What fails, check by check; empty when nothing does.
std::string failures_text(const boost::json::object& health);

// Some lines: recording, file, frames, camera, disk, archive, health with its reasons, program.
// What an older or a newer mini-dvr does not tell is left out. Whatever the document holds, nothing
// in them steers a terminal.
std::string status_text(const boost::json::object& health);

// "27 s", "3 min 12 s", "2 h 5 min", "4 d 3 h".
std::string duration_text(double seconds);

}  // namespace minidvr::doctor
