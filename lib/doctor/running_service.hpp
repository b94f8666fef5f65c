// The mini-dvr that runs with the same settings, asked over the loopback.
#pragma once

#include "core/asio.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/settings.hpp"

#include <filesystem>
#include <string>

#include <boost/json/object.hpp>

namespace minidvr::doctor {

// One that is busy with its disk still answers: that is a thread of its own.
inline constexpr seconds kAnswerLimit{5};

struct ServiceAnswer {
  std::string text;
  boost::json::object document;  // the same
};

// What it answers to GET /status or /health, whatever the HTTP status. unavailable: nobody is
// there, or who is there is no mini-dvr. refused: a mini-dvr does not tell, or whoever is there
// can not be asked and may be one, or nobody is there and a mini-dvr has the recordings' folder by
// what `proc` shows. One line says which.
Task<Result<ServiceAnswer>> ask_service(const Settings& settings, std::string target,
                                        Steady::duration limit = kAnswerLimit,
                                        std::filesystem::path proc = "/proc");

// Where it is asked, for people: "127.0.0.1:8080".
std::string service_address(const Settings& settings);

}  // namespace minidvr::doctor
