// Clips: ask for one, look how far it is, have it, delete it.
#pragma once

#include "archive/clips.hpp"
#include "http/router.hpp"

#include <boost/json/object.hpp>

namespace minidvr::api {

// `clips` must outlive the router.
void add_clips(http::Router& router, archive::Clips& clips);

// As the contract has it: id, name, state, progress, format, lossless, bytes; frames, seconds,
// start, gaps and detail where they are known; from, to, every and fps of one that was asked for.
boost::json::object to_json(const archive::Clip& clip);

// {"status":"clip","id":…,"progress":0.4}; when it is over also "state" and "name", and "detail"
// when it failed.
boost::json::object clip_message(const archive::Clip& clip);

}  // namespace minidvr::api
