// What who is not let in is answered.
#pragma once

#include "http/message.hpp"

namespace minidvr::access {

// 401, or for a browser that opens a page the way to where it can log in.
http::Response who_are_you(const http::Request& request);

http::Response wrong_password();
http::Response wrong_token();

// 503: too many log in at once.
http::Response busy();

http::Response not_enough(const http::Caller& caller, http::Role needed);

}  // namespace minidvr::access
