// Which processes have what open, by what /proc shows of them. Opens nothing of theirs. Blocks.
#pragma once

#include "process/holder.hpp"
#include "process/tcp_sockets.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <vector>

namespace minidvr::process {

class OpenFiles {
 public:
  // Looks through `proc` once.
  explicit OpenFiles(const std::filesystem::path& proc);

  // `what` as the links in /proc/PID/fd name it: "/dev/video0", "socket:[12345]".
  std::vector<Holder> holders_of(const std::string& what) const;
  // Of any of those sockets.
  std::vector<Holder> holders_of(std::span<const TcpSocket> sockets) const;

  // False: what processes of other users have open is not shown to us.
  bool sees_all() const { return sees_all_; }

 private:
  void look_at(pid_t pid);

  std::filesystem::path proc_;
  bool sees_all_ = true;
  std::map<std::string, std::vector<pid_t>> pids_;  // by what they have open
};

// As the links in /proc/PID/fd name it.
std::string link_to(const TcpSocket& socket);

struct OpenDescriptor {
  int number = 0;
  std::string what;  // as holders_of() takes it
};

// All that `pid` has open; what it closes meanwhile is left out. `ec` says why there is nothing to
// be seen, or where it ended.
std::vector<OpenDescriptor> open_descriptors(const std::filesystem::path& proc, pid_t pid,
                                             std::error_code& ec);

// Whether that process has it open. nullopt: that is not shown to us, or the process has ended.
std::optional<bool> has_open(const std::filesystem::path& proc, pid_t pid, const std::string& what);

// Whether that process is a child of `ancestor`, or a child's child, or it itself.
bool descends_from(const std::filesystem::path& proc, pid_t pid, pid_t ancestor);

// All TCP sockets, of IPv4 and IPv6. nullopt: they are not shown to us.
std::optional<std::vector<TcpSocket>> tcp_sockets(const std::filesystem::path& proc);

}  // namespace minidvr::process
