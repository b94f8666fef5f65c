// What a client may send to the front end: requests, bodies, WebSocket frames and commands.
#pragma once

#include <string_view>

namespace minidvr::fuzz {

// Sends `input` over one connection to the real front end, and reads its answers to the end. Aborts
// when a promise is broken.
void check_requests(std::string_view input);

}  // namespace minidvr::fuzz
