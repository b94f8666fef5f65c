// GET /: the dashboard, and GET /static/...: its files.
//
// templates/index.html is a Mustache template. Its variables:
//   {{version}}      of mini-dvr, e.g. 0.1.0
//   {{stream_port}}  where ustreamer serves /stream, e.g. 8000
#pragma once

#include "core/error.hpp"
#include "http/router.hpp"
#include "http/static_files.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace minidvr::api {

// The page. malformed when the template is.
Result<std::string> render_index(std::string_view text, unsigned app_port, unsigned stream_port);

// Reads templates/ and static/ in `data_dir` and serves them. An error names what is missing or
// wrong.
Result<> add_index(http::Router& router, const std::filesystem::path& data_dir, unsigned app_port,
                   unsigned stream_port);

}  // namespace minidvr::api
