// Whether a mini-dvr runs with these settings, and is well.
#pragma once

#include "core/error.hpp"
#include "doctor/finding.hpp"
#include "doctor/running_service.hpp"

namespace minidvr::doctor {

// `health`: what ask_service() had of /health.
Finding judge_service(const Result<ServiceAnswer>& health);

}  // namespace minidvr::doctor
