// Noticing that the machine at the other end is gone without a word.
#pragma once

namespace minidvr::capture {

// A camera without power ends no connection, and a slow one may be silent for minutes: its kernel
// is asked whether it is there after 5 s of silence, and each 5 s again; three times without an
// answer end the connection. `socket`: of TCP.
void keep_alive(int socket);

}  // namespace minidvr::capture
