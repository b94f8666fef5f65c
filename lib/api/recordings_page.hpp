// GET /recordings and /recordings/: what has been recorded, as a plain page for browsers without
// scripts.
#pragma once

#include "archive/archive.hpp"
#include "http/router.hpp"

#include <string>
#include <string_view>

namespace minidvr::api {

// A day at a time (?day=2026-11-24, the newest when left out), newest first; ?play=NAME shows that
// one on the page, by a stream of pictures at the pace of capture. `archive` must outlive the
// router.
void add_recordings_page(http::Router& router, archive::Archive& archive);

// As text or as the value of an attribute in HTML.
std::string html_text(std::string_view text);

// Whether somebody who sends this Accept-Language reads Spanish rather than English: whichever of
// both is named first.
bool prefers_spanish(std::string_view accept_language);

}  // namespace minidvr::api
