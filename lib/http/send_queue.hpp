// What the kernel holds for a client that has not acknowledged it yet: how much that shrinks tells
// a slow client from one that takes nothing. Whether it may be written to does not: the kernel
// holds megabytes, and says that there is room only when a part of them is gone.
#pragma once

#include "core/asio.hpp"
#include "core/clock.hpp"

#include <boost/asio/ip/tcp.hpp>

namespace minidvr::http {

// Waits until the client may be sent more. False: it is gone, or took nothing for `patience`.
Task<bool> wait_for_room(net::ip::tcp::socket& socket, Steady::duration patience);

// Waits for `writing`, which writes to the client. False: that took nothing for `patience`, and
// `writing` was cancelled.
Task<bool> while_taken(net::ip::tcp::socket& socket, Steady::duration patience, Task<> writing);

// Waits until the client has taken all of it, or says something: its next request, or its end.
// False: it took nothing for `patience`.
Task<bool> wait_until_taken(net::ip::tcp::socket& socket, Steady::duration patience);

}  // namespace minidvr::http
