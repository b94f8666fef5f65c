// Whether a client has the version of something that it asks for (RFC 9110, 8.8 and 13.1).
#pragma once

#include <string_view>

namespace minidvr::http {

// Takes the part before the next comma off the front of `list`, without blanks around it.
std::string_view take_item(std::string_view& list);

// If-None-Match compares weakly: W/"x" and "x" are the same.
bool has_version(std::string_view if_none_match, std::string_view etag);

}  // namespace minidvr::http
