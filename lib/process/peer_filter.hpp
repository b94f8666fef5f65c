// Lets the kernel decide which peers a program may hear that has no such setting itself.
#pragma once

#include "core/error.hpp"
#include "core/networks.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include <linux/filter.h>
#include <sys/types.h>

namespace minidvr::process {

// For a TCP socket: takes the packets that come from one of `networks`, and those that an address
// of this machine sends to itself; drops all others. Classic BPF, see
// Documentation/networking/filter.rst of the kernel. Pure.
std::vector<sock_filter> peer_filter(std::span<const Network> networks);

// Puts `filter` on all TCP sockets of `pid` whose own port is `port`: what listens, so that
// strangers never get in, and who got in before. What is accepted later inherits it. Returns how
// many there were. The process has to be of this user, and our child where the kernel asks for that
// (kernel.yama.ptrace_scope = 1). unavailable, with the reason, where the kernel refuses.
Result<std::size_t> filter_peers(const std::filesystem::path& proc, pid_t pid, std::uint16_t port,
                                 std::span<const sock_filter> filter);

}  // namespace minidvr::process
