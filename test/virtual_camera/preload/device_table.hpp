// Which path is the camera, and which descriptors of this process are open on it.
#pragma once

#include "device.hpp"

#include <memory>

#include <sys/stat.h>

namespace minidvr::virtual_camera {

// Whether the library has a camera to show and the path is its. Exactly as in
// MINIDVR_VIRTUAL_CAMERA, no other spelling.
bool is_camera(const char* path);

// 0 if the camera is there, otherwise a negative errno. Creates the state file.
int probe_camera();

// A descriptor or a negative errno.
int open_camera(int flags);

// nullptr if the descriptor is not the camera's. Cheap for processes that have none open.
std::shared_ptr<Device> find_device(int descriptor);

// Forgets the descriptor; the caller closes it.
void forget_device(int descriptor);

// What stat() says of a camera node.
void describe_node(struct stat& status);

}  // namespace minidvr::virtual_camera
