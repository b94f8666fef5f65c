// What an access control list (acl(5)) adds to a file's mode, as setfacl and udisks set them.
#pragma once

#include "core/user.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace minidvr {

// The list of a file, as the kernel has it in system.posix_acl_access; empty: it has none.
std::string access_list_of(const std::filesystem::path& path);

// Whether the list allows all of `wanted`, as allows() tells it of a mode alone; nullopt: there is
// no list, or none that is understood. What the mode shows for the group is then only its mask.
// Pure.
std::optional<bool> list_allows(std::string_view list, const FileMode& mode, const User& user,
                                mode_t wanted);

}  // namespace minidvr
