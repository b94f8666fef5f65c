// Makes names durable on any file system.
#pragma once

namespace minidvr {

// Of an open folder. False, with errno: it failed. Where a folder can not be synced at all (some
// network file systems) nothing has failed: its names are the server's matter.
bool sync_names(int folder);

// After a rename: what the file's new name leads to, that name, and that the old one is gone. FAT
// makes the new name lead to nothing (or to what it led to before) until the file itself is synced
// once more, and keeps the old one until its folder is. The file was opened before; -1: it could
// not be. False, with errno: it failed.
bool sync_moved(int file, int from_folder, int to_folder);

}  // namespace minidvr
