// What is worth telling a client that knows an older status.
#pragma once

#include <optional>

#include <boost/json/object.hpp>

namespace minidvr::api {

// The fields of `now` that differ from `known`, with null for those that are gone; nested objects
// hold only their changed fields. nullopt when nothing changed but what always does: the uptime,
// the age of the last frame, and the last digits of the frame rate.
std::optional<boost::json::object> status_changes(const boost::json::object& known,
                                                  const boost::json::object& now);

}  // namespace minidvr::api
