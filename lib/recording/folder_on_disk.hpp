// What the disk says of a folder: its marker, its file system, its place. All of it blocks as long
// as the disk does.
#pragma once

#include "core/file.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>

namespace minidvr::recording {

// The file in a recordings folder that says which one it is.
inline constexpr const char* kFolderMarker = ".mini-dvr-folder";
inline constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

// 32 hexadecimal digits at random.
std::string new_folder_id();
// Empty: the folder has none, or it can not be read.
std::string marker_in(int folder);
// Whole, or not at all. False: it can not be written.
bool write_marker(int folder, const std::string& id);

// What the kernel calls it: most file systems are told apart by a number of their own. Empty: it
// has none.
std::string file_system_of(int folder);
// Of all folders above this one that are there.
std::vector<std::string> file_systems_above(const std::filesystem::path& path);
// Whether the file is, or would be made, on the disk of `folder`.
bool is_on_disk_of(int folder, const std::filesystem::path& file);

// Why what is written there does not stay, as people are told after its name; empty: it does, as
// far as is known.
std::string why_not_lasting(int folder);

// Whether an open folder lies in a /tmp that systemd made for one service (PrivateTmp), by its
// /proc/self/fdinfo/FD and by /proc/self/mountinfo. Pure.
bool lies_in_private_tmp(std::string_view fdinfo, std::string_view mountinfo);

bool holds_recordings(int folder);
// Both are one folder.
bool is_same_folder(int a, int b);
// The nearest folder above that is there, and what is missing below it, from there on.
std::pair<FileDescriptor, std::vector<std::string>> place_of(const std::filesystem::path& path);

}  // namespace minidvr::recording
