// How a password gets from whoever types it to `mini-dvr passwd`.
#pragma once

#include "core/error.hpp"

#include <string>

namespace minidvr::access {

// Asks twice for a password at the terminal, which does not show it; from anything else reads one
// line, whose end may be LF or CRLF. Whoever ends or stops the program meanwhile finds the terminal
// as it was. malformed for one that is too short or too long, or not the same twice. Blocks.
Result<std::string> read_new_password();

}  // namespace minidvr::access
