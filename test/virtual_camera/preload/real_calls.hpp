// The calls this library replaces, as the host process would have had them.
#pragma once

#include <cstdio>

#include <dirent.h>
#include <sys/stat.h>
#include <sys/types.h>

namespace minidvr::virtual_camera::real {

struct Calls {
  int (*open)(const char*, int, ...);
  int (*openat)(int, const char*, int, ...);
  int (*close)(int);
  int (*ioctl)(int, unsigned long, ...);
  void* (*mmap)(void*, std::size_t, int, int, int, off_t);
  void* (*mmap64)(void*, std::size_t, int, int, int, off64_t);
  int (*stat)(const char*, struct ::stat*);
  int (*lstat)(const char*, struct ::stat*);
  int (*fstat)(int, struct ::stat*);
  int (*fstatat)(int, const char*, struct ::stat*, int);
  int (*stat64)(const char*, struct ::stat64*);
  int (*lstat64)(const char*, struct ::stat64*);
  int (*fstat64)(int, struct ::stat64*);
  int (*fstatat64)(int, const char*, struct ::stat64*, int);
  int (*statx)(int, const char*, int, unsigned, struct ::statx*);
  int (*access)(const char*, int);
  int (*faccessat)(int, const char*, int, int);
  std::FILE* (*fopen)(const char*, const char*);
  DIR* (*opendir)(const char*);
  ssize_t (*readlink)(const char*, char*, std::size_t);
};

// Looked up once, at the first use: the host may call before this library's constructors ran.
const Calls& calls();

}  // namespace minidvr::virtual_camera::real

namespace minidvr::virtual_camera {

// While one exists, this thread's calls go straight to the system: the library itself opens the
// very path it hides.
class Bypass {
 public:
  Bypass() { ++depth_; }
  ~Bypass() { --depth_; }
  Bypass(const Bypass&) = delete;
  Bypass& operator=(const Bypass&) = delete;

  static bool active() { return depth_ > 0; }

 private:
  static thread_local int depth_;
};

}  // namespace minidvr::virtual_camera
