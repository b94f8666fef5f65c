#include "real_calls.hpp"

#include <cstdlib>

#include <dlfcn.h>

namespace minidvr::virtual_camera {

thread_local int Bypass::depth_ = 0;

namespace real {
namespace {

template <class Function>
void find(Function& function, const char* name) {
  function = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
  if (function == nullptr) {
    std::fprintf(stderr, "virtual camera: the C library has no %s\n", name);
    std::abort();
  }
}

Calls find_all() {
  Calls calls{};
  find(calls.open, "open");
  find(calls.openat, "openat");
  find(calls.close, "close");
  find(calls.ioctl, "ioctl");
  find(calls.mmap, "mmap");
  find(calls.mmap64, "mmap64");
  find(calls.stat, "stat");
  find(calls.lstat, "lstat");
  find(calls.fstat, "fstat");
  find(calls.fstatat, "fstatat");
  find(calls.stat64, "stat64");
  find(calls.lstat64, "lstat64");
  find(calls.fstat64, "fstat64");
  find(calls.fstatat64, "fstatat64");
  find(calls.statx, "statx");
  find(calls.access, "access");
  find(calls.faccessat, "faccessat");
  find(calls.fopen, "fopen");
  find(calls.opendir, "opendir");
  find(calls.readlink, "readlink");
  return calls;
}

}  // namespace

const Calls& calls() {
  static const Calls found = find_all();
  return found;
}

}  // namespace real
}  // namespace minidvr::virtual_camera
