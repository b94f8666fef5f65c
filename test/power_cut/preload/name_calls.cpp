// Replaces the calls that make, move and remove names.
#include "boot_id.hpp"
#include "log_writer.hpp"
#include "real_call.hpp"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {
using namespace minidvr::power_cut;

template <class MakeCall>
int noted_open(int folder, const char* path, int flags, MakeCall call) {
  if (const int boot_id = opened_boot_id(path); boot_id >= 0) return boot_id;
  if ((flags & O_TMPFILE) == O_TMPFILE) {
    NotedCall(Call::unknown, "open with O_TMPFILE").finish(true);
    return call();
  }
  const bool changes = (flags & (O_CREAT | O_TRUNC)) != 0;
  const std::string name = changes ? noted_path(folder, path) : std::string{};
  if (name.empty()) return call();
  const NotedCall noted(Call::open_file, name, {}, (flags & O_TRUNC) != 0 ? 1 : 0);
  const int fd = call();
  if (fd >= 0) noted.set_file(noted_file(fd));
  return noted.done(fd);
}

template <class MakeCall>
FILE* noted_fopen(const char* path, const char* mode, MakeCall call) {
  const bool changes = mode[0] != 'r';
  const std::string name = changes ? noted_path(AT_FDCWD, path) : std::string{};
  if (name.empty()) return call();
  const NotedCall noted(Call::open_file, name, {}, mode[0] == 'w' ? 1 : 0);
  FILE* const file = call();
  if (file != nullptr) noted.set_file(noted_file(::fileno(file)));
  noted.finish(file != nullptr);
  return file;
}

// The name is known when it is made: nobody else can know it before.
int noted_temporary(const char* path, int fd) {
  const std::string name = fd < 0 ? std::string{} : noted_path(AT_FDCWD, path);
  if (name.empty()) return fd;
  const NotedCall noted(Call::open_file, name);
  noted.set_file(noted_file(fd));
  return noted.done(fd);
}

template <class MakeCall>
int noted_name(Call kind, int folder, const char* path, MakeCall call) {
  const std::string name = noted_path(folder, path);
  if (name.empty()) return call();
  const NotedCall noted(kind, name);
  const int result = call();
  if (kind == Call::make_folder && result == 0) noted.set_file(noted_file(name.c_str()));
  return noted.done(result);
}

template <class MakeCall>
int noted_names(Call kind, int from_folder, const char* from, int to_folder, const char* to,
                MakeCall call) {
  const std::string name = noted_path(from_folder, from);
  const std::string other = noted_path(to_folder, to);
  if (name.empty() && other.empty()) return call();
  // From or to elsewhere: not modelled.
  const bool known = !name.empty() && !other.empty();
  return NotedCall(known ? kind : Call::unknown, name, other).done(call());
}

}  // namespace

// open() and its like take a mode only when they may make a file.
#define POWER_CUT_MODE(flags)                                       \
  mode_t mode = 0;                                                  \
  if (((flags)&O_CREAT) != 0 || ((flags)&O_TMPFILE) == O_TMPFILE) { \
    va_list more;                                                   \
    va_start(more, flags);                                          \
    mode = va_arg(more, mode_t);                                    \
    va_end(more);                                                   \
  }

extern "C" {

int open(const char* path, int flags, ...) {
  static const auto call = POWER_CUT_REAL(open);
  POWER_CUT_MODE(flags)
  return noted_open(AT_FDCWD, path, flags, [&] { return call(path, flags, mode); });
}

int open64(const char* path, int flags, ...) {
  POWER_CUT_MODE(flags)
  return open(path, flags | O_LARGEFILE, mode);
}

int openat(int folder, const char* path, int flags, ...) {
  static const auto call = POWER_CUT_REAL(openat);
  POWER_CUT_MODE(flags)
  return noted_open(folder, path, flags, [&] { return call(folder, path, flags, mode); });
}

int openat64(int folder, const char* path, int flags, ...) {
  POWER_CUT_MODE(flags)
  return openat(folder, path, flags | O_LARGEFILE, mode);
}

// What fortified headers make of calls without a mode.
int __open_2(const char* path, int flags) {
  return open(path, flags);
}
int __open64_2(const char* path, int flags) {
  return open(path, flags | O_LARGEFILE);
}
int __openat_2(int folder, const char* path, int flags) {
  return openat(folder, path, flags);
}
int __openat64_2(int folder, const char* path, int flags) {
  return openat(folder, path, flags | O_LARGEFILE);
}

int creat(const char* path, mode_t mode) {
  return open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}
int creat64(const char* path, mode_t mode) {
  return creat(path, mode);
}

FILE* fopen(const char* path, const char* mode) {
  static const auto call = POWER_CUT_REAL(fopen);
  return noted_fopen(path, mode, [&] { return call(path, mode); });
}
FILE* fopen64(const char* path, const char* mode) {
  return fopen(path, mode);
}

// The C library makes these names with its own open, which can not be replaced.
int mkostemp(char* path, int flags) {
  static const auto call = POWER_CUT_REAL(mkostemp);
  return noted_temporary(path, call(path, flags));
}
int mkostemp64(char* path, int flags) {
  return mkostemp(path, flags);
}
int mkstemp(char* path) {
  return mkostemp(path, 0);
}
int mkstemp64(char* path) {
  return mkostemp(path, 0);
}

int mkdir(const char* path, mode_t mode) noexcept {
  static const auto call = POWER_CUT_REAL(mkdir);
  return noted_name(Call::make_folder, AT_FDCWD, path, [&] { return call(path, mode); });
}
int mkdirat(int folder, const char* path, mode_t mode) noexcept {
  static const auto call = POWER_CUT_REAL(mkdirat);
  return noted_name(Call::make_folder, folder, path, [&] { return call(folder, path, mode); });
}

int unlink(const char* path) noexcept {
  static const auto call = POWER_CUT_REAL(unlink);
  return noted_name(Call::remove, AT_FDCWD, path, [&] { return call(path); });
}
int unlinkat(int folder, const char* path, int flags) noexcept {
  static const auto call = POWER_CUT_REAL(unlinkat);
  return noted_name(Call::remove, folder, path, [&] { return call(folder, path, flags); });
}
int rmdir(const char* path) noexcept {
  static const auto call = POWER_CUT_REAL(rmdir);
  return noted_name(Call::remove, AT_FDCWD, path, [&] { return call(path); });
}
int remove(const char* path) noexcept {
  static const auto call = POWER_CUT_REAL(remove);
  return noted_name(Call::remove, AT_FDCWD, path, [&] { return call(path); });
}

int rename(const char* from, const char* to) noexcept {
  static const auto call = POWER_CUT_REAL(rename);
  return noted_names(Call::rename, AT_FDCWD, from, AT_FDCWD, to, [&] { return call(from, to); });
}
int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  static const auto call = POWER_CUT_REAL(renameat);
  return noted_names(Call::rename, from_folder, from, to_folder, to,
                     [&] { return call(from_folder, from, to_folder, to); });
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to,
              unsigned flags) noexcept {
  static const auto call = POWER_CUT_REAL(renameat2);
  const Call kind = (flags & RENAME_EXCHANGE) != 0 ? Call::unknown : Call::rename;
  return noted_names(kind, from_folder, from, to_folder, to,
                     [&] { return call(from_folder, from, to_folder, to, flags); });
}

int link(const char* from, const char* to) noexcept {
  static const auto call = POWER_CUT_REAL(link);
  return noted_names(Call::link, AT_FDCWD, from, AT_FDCWD, to, [&] { return call(from, to); });
}
int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) noexcept {
  static const auto call = POWER_CUT_REAL(linkat);
  return noted_names(Call::link, from_folder, from, to_folder, to,
                     [&] { return call(from_folder, from, to_folder, to, flags); });
}
int symlink(const char* target, const char* path) noexcept {
  static const auto call = POWER_CUT_REAL(symlink);
  return noted_name(Call::unknown, AT_FDCWD, path, [&] { return call(target, path); });
}
}
