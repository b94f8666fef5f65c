// A part of a file on its way to a client, without passing through this program's memory.
#pragma once

#include "core/asio.hpp"
#include "http/closing.hpp"
#include "http/limits.hpp"
#include "http/message.hpp"

#include <boost/asio/ip/tcp.hpp>

namespace minidvr::http {

// False: the client is gone or took nothing for limits.write_time, the server closes, or the file
// is shorter than it was. The client has not got all then, and sees it by the connection's end.
Task<bool> send_file(net::ip::tcp::socket& socket, const FileBody& body, const Limits& limits,
                     const Closing& closing);

}  // namespace minidvr::http
