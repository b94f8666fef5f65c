// What a service is refused that has no AF_NETLINK (RestrictAddressFamilies of its unit).
#pragma once

#include <cerrno>
#include <cstddef>
#include <functional>
#include <optional>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace minidvr::test {

// False: filters are not to be had here.
inline bool refuse_netlink() {
  constexpr auto kNumber = static_cast<__u32>(offsetof(seccomp_data, nr));
  constexpr auto kFamily = static_cast<__u32>(offsetof(seccomp_data, args));
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kNumber),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_socket, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kFamily),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{sizeof filter / sizeof *filter, filter};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

// What is answered where there is no AF_NETLINK, in a process of its own.
inline std::optional<bool> without_netlink(const std::function<bool()>& question) {
  constexpr int kNoFilter = 2;
  const pid_t child = ::fork();
  if (child == 0) {
    if (!refuse_netlink()) ::_exit(kNoFilter);
    ::_exit(question() ? 0 : 1);
  }
  int status = 0;
  const bool has_ended = child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status);
  if (!has_ended) return false;
  if (WEXITSTATUS(status) == kNoFilter) return std::nullopt;
  return WEXITSTATUS(status) == 0;
}

}  // namespace minidvr::test
