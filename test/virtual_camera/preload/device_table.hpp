// Which path is the camera, and which descriptors of this process are open on it.
#pragma once

#include "device.hpp"

#include <memory>

#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace minidvr::virtual_camera {

// Whether the library has a camera to show and the path is its. Exactly as in
// MINIDVR_VIRTUAL_CAMERA, no other spelling.
bool is_camera(const char* path);

// 0 if the camera is there, otherwise a negative errno. Creates the state file, where there is one
// camera only.
int probe_camera(const char* path);
// The same for who wants to open it.
int probe_access(const char* path);

// A descriptor or a negative errno.
int open_camera(const char* path, int flags);

// nullptr if the descriptor is not the camera's. Cheap for processes that have none open.
std::shared_ptr<Device> find_device(int descriptor);

// Forgets the descriptor; the caller closes it.
void forget_device(int descriptor);

constexpr unsigned video_major = 81;
constexpr unsigned most_minors = 64;

// The number at the end of its name; 0 where there is none.
unsigned minor_of(const char* path);

// What stat() and stat64() say of a camera node. They differ where offsets may have 32 bits.
template <class Stat>
void describe_node(Stat& status, unsigned minor) {
  status.st_mode = S_IFCHR | 0660;
  status.st_rdev = ::makedev(video_major, minor);
  status.st_size = 0;
  status.st_blocks = 0;
}

}  // namespace minidvr::virtual_camera
