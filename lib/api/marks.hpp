// Marks: moments that somebody wants to find again.
#pragma once

#include "archive/archive.hpp"
#include "core/asio.hpp"
#include "http/router.hpp"

#include <boost/json/object.hpp>

namespace minidvr::api {

// `archive` must outlive the router.
void add_marks(http::Router& router, archive::Archive& archive);

// {"command":"mark","label":"...","at":"..."} -> {"status":"mark","mark":{...}}.
Task<Result<boost::json::object>> answer_mark(archive::Archive& archive,
                                              boost::json::object fields);

}  // namespace minidvr::api
