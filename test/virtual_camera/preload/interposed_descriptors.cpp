// Replacements for the C library's calls on descriptors: ioctl, mmap and close of an open camera.
#include "device_table.hpp"
#include "real_calls.hpp"

#include <cerrno>
#include <cstdarg>

#include <sys/mman.h>

#define MINIDVR_INTERPOSE extern "C" __attribute__((visibility("default")))

using namespace minidvr::virtual_camera;

namespace {

// mmap and mmap64, which differ where offsets may have 32 bits.
template <class Offset>
void* map(void* (*real_map)(void*, std::size_t, int, int, int, Offset), void* address,
          std::size_t length, int protection, int flags, int descriptor, Offset offset) {
  if (const auto device = find_device(descriptor)) {
    descriptor = device->buffer_file(static_cast<off_t>(offset), length);
    if (descriptor < 0) {
      errno = -descriptor;
      return MAP_FAILED;
    }
  }
  return real_map(address, length, protection, flags, descriptor, offset);
}

}  // namespace

MINIDVR_INTERPOSE int ioctl(int descriptor, unsigned long request, ...) noexcept {
  va_list arguments;
  va_start(arguments, request);
  void* const argument = va_arg(arguments, void*);
  va_end(arguments);
  if (const auto device = find_device(descriptor)) {
    const Bypass bypass;
    // Callers that keep the request in an int hand it over sign-extended.
    const int result = device->ioctl(static_cast<std::uint32_t>(request), argument);
    if (result < 0) {
      errno = -result;
      return -1;
    }
    return result;
  }
  return real::calls().ioctl(descriptor, request, argument);
}

MINIDVR_INTERPOSE void* mmap(void* address, std::size_t length, int protection, int flags,
                             int descriptor, off_t offset) noexcept {
  return map(real::calls().mmap, address, length, protection, flags, descriptor, offset);
}

MINIDVR_INTERPOSE void* mmap64(void* address, std::size_t length, int protection, int flags,
                               int descriptor, off64_t offset) noexcept {
  return map(real::calls().mmap64, address, length, protection, flags, descriptor, offset);
}

MINIDVR_INTERPOSE int close(int descriptor) {
  if (find_device(descriptor)) {
    forget_device(descriptor);
  }
  return real::calls().close(descriptor);
}
