// What has been recorded: list, days, one, protection, note, deletion. See recording_files.hpp for
// what is in the files.
#pragma once

#include "archive/archive.hpp"
#include "http/router.hpp"

#include <boost/json/object.hpp>

namespace minidvr::api {

// `archive` must outlive the router.
void add_recordings(http::Router& router, archive::Archive& archive);

// {"status":"recordings",...}: those that came and those that changed as they are now, the others
// by name. What is not in the index has neither come nor changed.
boost::json::object recordings_message(const archive::Index& index,
                                       const archive::Changes& changes);

// As the contract has it.
boost::json::object to_json(const archive::Recording& recording, microseconds gap_before);

}  // namespace minidvr::api
