// Which processes have what open, by what /proc shows of them. Opens nothing of theirs. Blocks.
#pragma once

#include "doctor/holder.hpp"
#include "doctor/port_check.hpp"

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace minidvr::doctor {

class OpenFiles {
 public:
  // Looks through `proc` once.
  explicit OpenFiles(const std::filesystem::path& proc);

  // `what` as the links in /proc/PID/fd name it: "/dev/video0", "socket:[12345]".
  std::vector<Holder> holders_of(const std::string& what) const;
  // Of any of those sockets.
  std::vector<Holder> holders_of(std::span<const ListeningSocket> sockets) const;

  // False: what processes of other users have open is not shown to us.
  bool sees_all() const { return sees_all_; }

 private:
  void look_at(const std::filesystem::path& process, pid_t pid);

  std::filesystem::path proc_;
  bool sees_all_ = true;
  std::map<std::string, std::vector<pid_t>> pids_;  // by what they have open
};

// All that listen, on IPv4 and IPv6.
std::vector<ListeningSocket> listening_sockets(const std::filesystem::path& proc);

}  // namespace minidvr::doctor
