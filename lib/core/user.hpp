// Who is to use camera and folder: who asks, or, asked by root, the service's own user.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace minidvr {

struct User {
  std::string name;
  uid_t uid = 0;
  std::vector<gid_t> groups;
  bool is_self = true;
};

// Root is allowed everything, and finds nothing wrong: then it is `minidvr`, where there is one,
// with the group that its unit adds.
User user_in_question();

// Whom a file is for that root writes and that else would be root's: the service, where there is
// one.
std::optional<uid_t> reader_instead_of_root();

// Who runs this program.
User own_user();

// What a file's mode asks and allows.
struct FileMode {
  uid_t owner = 0;
  gid_t group = 0;
  mode_t bits = 0;
};

// Whether the mode allows all of `wanted`, a sum of 4 (read), 2 (write) and 1 (enter). Pure.
bool allows(const FileMode& mode, const User& user, mode_t wanted);

// Why `user` may not: an errno, 0 when all is well. By the kernel's own word where it is about
// ourselves; of others by the file's mode and its access list. Opens nothing.
int refusal(const User& user, const std::filesystem::path& path, mode_t wanted);

// Why `user` may not read it, or what else is wanted: the outermost folder above it, or above what
// it is a link to, that he may not enter, else the file itself; empty: he may.
std::filesystem::path what_keeps_from(const User& user, const std::filesystem::path& file,
                                      mode_t wanted = 4);
bool is_kept_from(const User& user, const std::filesystem::path& file, mode_t wanted = 4);

// Name of the group of a file; its number when it has no name.
std::string group_of(const std::filesystem::path& path);

}  // namespace minidvr
