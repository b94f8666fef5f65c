// A part of a file on its way to a client: by the kernel alone, or, where it has to be encrypted,
// some of it at a time through this program's memory.
#pragma once

#include "core/asio.hpp"
#include "http/closing.hpp"
#include "http/limits.hpp"
#include "http/message.hpp"
#include "http/transport.hpp"

namespace minidvr::http {

// False: the client is gone or took nothing for limits.write_time, the server closes, or the file
// is shorter than it was. The client has not got all then, and sees it by the connection's end.
Task<bool> send_file(Transport& transport, const FileBody& body, const Limits& limits,
                     const Closing& closing);

}  // namespace minidvr::http
